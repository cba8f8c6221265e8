import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openRegistry, type Registry } from '@binnacle/registry/registry';
import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import { createTestDatabase, type TestDatabase } from '@binnacle/testkit/test-database';
import { appendAudit } from './append-audit.ts';
import { startAuditExport } from './export-audit.ts';
import { linkBatch } from './link-audit.ts';

interface Received {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

describe('export of the audit log', () => {
  let database: TestDatabase;
  let registry: Registry;
  let receiver: Server;
  let origin: string;
  let received: Received[] = [];
  let status = 200;

  beforeAll(async () => {
    database = await createTestDatabase();
    registry = openRegistry({ url: database.directorUrl, applicationName: 'audit export test', poolSize: 4 });
    receiver = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        received.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => void receiver.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    received = [];
    status = 200;
  });
  afterAll(async () => {
    receiver.close();
    await registry.close();
    await database.drop();
  });

  const add = (action: string): Promise<void> =>
    registry.asGlobal('test', async (work) => {
      await appendAudit(work, {
        id: newUuidV7(),
        tenant: undefined,
        service: 'director',
        actor: { type: 'Static User', id: 'ada' },
        action,
        object: { type: 'Application', id: 'a-1' },
        result: 'success',
        correlationId: undefined,
        details: { n: 1 },
      });
      await linkBatch(work);
    });
  const never = { everyMs: 3_600_000 };

  it('sends each linked row once, in order and signed', async () => {
    await add('one');
    await add('two');
    const exporter = startAuditExport(registry, { url: `${origin}/log`, format: 'webhook', secret: 's3', ...never });
    expect(await exporter.exportNow()).toBe(2);
    expect(await exporter.exportNow()).toBe(0);
    await exporter.stop();
    expect(received).toHaveLength(1);
    const [{ headers, body }] = received as [Received];
    expect(headers['x-binnacle-signature']).toBe(`sha256=${createHmac('sha256', 's3').update(body).digest('hex')}`);
    const { entries } = JSON.parse(body) as { entries: readonly object[] };
    expect(entries).toEqual([
      expect.objectContaining({
        seq: 1,
        action: 'one',
        actor: { type: 'Static User', id: 'ada', onBehalfOf: null },
        object: { type: 'Application', id: 'a-1' },
        diff: { n: 1 },
      }),
      expect.objectContaining({ seq: 2, action: 'two', hash: expect.stringMatching(/^[0-9a-f]{64}$/) }),
    ]);
  });

  it('keeps what a receiver did not take, and sends it later', async () => {
    const exporter = startAuditExport(registry, { url: `${origin}/away`, format: 'webhook', ...never });
    status = 503;
    await expect(exporter.exportNow()).rejects.toThrow('answered 503');
    // Not before its time.
    expect(await exporter.exportNow()).toBe(0);
    expect(received).toHaveLength(1);
    status = 200;
    await registry.asGlobal('test', (work) => work.query('test.later', `update audit_export set next_try_at = now() where target like '%/away'`));
    expect(await exporter.exportNow()).toBe(2);
    await exporter.stop();
  });

  it('speaks OTLP', async () => {
    const exporter = startAuditExport(registry, { url: `${origin}/v1/logs`, format: 'otlp', ...never });
    expect(await exporter.exportNow()).toBe(2);
    await exporter.stop();
    const { resourceLogs } = JSON.parse(received[0]?.body ?? '') as { resourceLogs: readonly { scopeLogs: readonly { logRecords: readonly object[] }[] }[] };
    expect(resourceLogs[0]?.scopeLogs[0]?.logRecords[0]).toMatchObject({
      severityText: 'INFO',
      timeUnixNano: expect.stringMatching(/^\d{19}$/),
      body: { stringValue: 'one by Static User ada: success' },
      attributes: expect.arrayContaining([{ key: 'audit.action', value: { stringValue: 'one' } }]),
    });
  });
});
