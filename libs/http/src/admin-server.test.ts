import { afterEach, describe, expect, it } from '@jest/globals';
import { type AdminServer, createMetrics, startAdminServer } from './admin-server.ts';

describe('the admin server', () => {
  let server: AdminServer | undefined;
  afterEach(() => server?.close());

  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${server?.port}${path}`);
    return { status: response.status, body: await response.text() };
  };

  it('is ready when every check passes, and says which one does not', async () => {
    let broken = false;
    const check = () => (broken ? Promise.reject(new Error('registry is away')) : Promise.resolve());
    server = await startAdminServer({ host: '127.0.0.1', port: 0, metrics: createMetrics('test'), checks: { registry: check } });
    expect(await get('/readyz')).toEqual({ status: 200, body: '{"ready":true,"checks":{"registry":"ok"}}' });
    broken = true;
    expect(await get('/readyz')).toEqual({ status: 503, body: '{"ready":false,"checks":{"registry":"registry is away"}}' });
    expect((await get('/livez')).status).toBe(200);
  });

  it('is not ready while draining', async () => {
    server = await startAdminServer({ host: '127.0.0.1', port: 0, metrics: createMetrics('test'), checks: {} });
    server.startDraining();
    expect((await get('/readyz')).status).toBe(503);
  });

  it('serves metrics', async () => {
    server = await startAdminServer({ host: '127.0.0.1', port: 0, metrics: createMetrics('test'), checks: {} });
    expect((await get('/metrics')).body).toContain('process_cpu_seconds_total{service="test"}');
  });

  it('names the port when it is taken', async () => {
    server = await startAdminServer({ host: '127.0.0.1', port: 0, metrics: createMetrics('test'), checks: {} });
    await expect(startAdminServer({ host: '127.0.0.1', port: server.port, metrics: createMetrics('test'), checks: {} })).rejects.toThrow(`port ${server.port}`);
  });
});
