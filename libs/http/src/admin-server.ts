import { createServer } from 'node:http';
import type { AddressInfo, Server as TcpServer } from 'node:net';
import { log } from '@binnacle/log/log';
import { collectDefaultMetrics, Registry as Metrics } from 'prom-client';
import { measureUnhandled } from './unhandled-errors.ts';

export { Counter, Gauge, Histogram, Registry as Metrics } from 'prom-client';

/** One thing a service needs before it can work. Rejects with the reason when it is not there. */
export type ReadyCheck = () => Promise<void>;

export interface AdminServerOptions {
  readonly host: string;
  readonly port: number;
  readonly metrics: Metrics;
  /** By name, as shown in the readiness detail. */
  readonly checks: Readonly<Record<string, ReadyCheck>>;
}

export interface AdminServer {
  readonly port: number;
  /** From now on `/readyz` answers 503, so that no new calls are sent here. */
  startDraining(): void;
  close(): Promise<void>;
}

const CHECK_LIMIT_MS = 2_000;

/** Metrics of the process under the names that prom-client uses everywhere. */
export function createMetrics(service: string): Metrics {
  const metrics = new Metrics();
  metrics.setDefaultLabels({ service });
  collectDefaultMetrics({ register: metrics });
  measureUnhandled(metrics);
  return metrics;
}

/**
 * Health and metrics on a port of their own: `/livez` (the loop turns), `/healthz` (the same, text `ok`), `/readyz` (each check,
 * JSON detail, 503 when one fails or while draining), `/metrics` (Prometheus text).
 */
export async function startAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  let draining = false;
  const server = createServer((request, response) => {
    void (async () => {
      const path = (request.url ?? '/').split('?')[0];
      if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'text/plain', 'only GET here\n', { allow: 'GET, HEAD' });
      if (path === '/livez' || path === '/healthz') return answer(200, 'text/plain', 'ok');
      if (path === '/metrics') return answer(200, options.metrics.contentType, await options.metrics.metrics());
      if (path === '/readyz') {
        const { ready, detail } = await readiness(options.checks, draining);
        return answer(ready ? 200 : 503, 'application/json', JSON.stringify(detail));
      }
      return answer(404, 'text/plain', 'only /livez, /healthz, /readyz and /metrics here\n');
    })().catch((error: unknown) => {
      log().error({ err: error }, 'admin request failed');
      response.destroy();
    });

    function answer(status: number, type: string, body: string, headers: Record<string, string> = {}): void {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', ...headers }).end(body);
    }
  });
  await listen(server, options.port, options.host);
  return {
    port: (server.address() as AddressInfo).port,
    startDraining: () => void (draining = true),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function readiness(checks: Readonly<Record<string, ReadyCheck>>, draining: boolean): Promise<{ ready: boolean; detail: object }> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      try {
        await Promise.race([check(), timeout()]);
        return [name, 'ok'] as const;
      } catch (error) {
        return [name, error instanceof Error ? error.message : String(error)] as const;
      }
    }),
  );
  const ready = !draining && results.every(([, result]) => result === 'ok');
  return { ready, detail: { ready, ...(draining ? { draining } : {}), checks: Object.fromEntries(results) } };
}

function timeout(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${CHECK_LIMIT_MS} ms`)), CHECK_LIMIT_MS).unref();
  });
}

/** Listens, or rejects with a sentence that names the port and what to do. */
export function listen(server: TcpServer, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? `port ${port} on ${host} is in use: stop what listens there or choose another port` : error.message;
      reject(new Error(reason, { cause: error }));
    });
    server.listen(port, host, () => resolve());
  });
}
