import { createHmac } from 'node:crypto';
import { log } from '@binnacle/log/log';
import type { Registry } from '@binnacle/registry/registry';
import { AUDIT_COLUMNS } from './audit-hash.ts';
import { type ExportedRow, exportBody, type ExportFormat } from './export-format.ts';

export interface AuditExportOptions {
  readonly url: string;
  readonly format: ExportFormat;
  /** Signs webhook bodies: header `x-binnacle-signature: sha256=<HMAC-SHA-256, hex>`. */
  readonly secret?: string | undefined;
  readonly everyMs?: number;
}

export interface AuditExporter {
  /** Sends what waits. @returns how many rows were taken by the receiver */
  exportNow(): Promise<number>;
  stop(): Promise<void>;
}

const BATCH = 200;
const TIMEOUT_MS = 30_000;
const LEASE_SECONDS = 60;
const MAX_WAIT_SECONDS = 300;

/**
 * Sends linked rows of the audit log to a receiver, in order, each at least once: a receiver knows repeated rows by `seq`.
 * Processes take turns by a lease in the database; nothing is sent inside a transaction. A receiver that is away is asked again, at most 5 minutes later.
 */
export function startAuditExport(registry: Registry, options: AuditExportOptions): AuditExporter {
  let running: Promise<number> | undefined;
  const exportAll = async (): Promise<number> => {
    let sent = 0;
    for (;;) {
      const taken = await exportBatch(registry, options);
      sent += taken;
      if (taken < BATCH) return sent;
    }
  };
  const exportNow = (): Promise<number> => (running ??= exportAll().finally(() => (running = undefined)));
  const timer = setInterval(
    () => void exportNow().catch((error: unknown) => log().warn({ err: error }, 'the audit log could not be exported')),
    options.everyMs ?? 2_000,
  );
  timer.unref();
  return {
    exportNow,
    async stop() {
      clearInterval(timer);
      await running?.catch(() => undefined);
    },
  };
}

async function exportBatch(registry: Registry, options: AuditExportOptions): Promise<number> {
  const global = <Row>(name: string, text: string, values: readonly unknown[]): Promise<readonly Row[]> =>
    registry.asGlobal('export of the audit log', (work) => work.query<Row>(name, text, values));
  const [lease] = await global<{ readonly seq: string; readonly failures: number }>('audit.lease', LEASE, [options.url, LEASE_SECONDS]);
  if (!lease) return 0;
  const rows = await global<ExportedRow>('audit.export', ROWS, [lease.seq, BATCH]);
  const last = rows.at(-1);
  if (!last) {
    await global('audit.released', 'update audit_export set next_try_at = now() where target = $1', [options.url]);
    return 0;
  }
  try {
    await send(options, exportBody(options.format, rows));
  } catch (error) {
    const waitSeconds = Math.min(2 ** lease.failures, MAX_WAIT_SECONDS);
    await global('audit.failed', FAILED, [options.url, waitSeconds, String(error instanceof Error ? error.message : error).slice(0, 500)]);
    throw error;
  }
  await global('audit.sent', SENT, [options.url, last.seq]);
  return rows.length;
}

async function send({ url, secret }: AuditExportOptions, body: string): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(secret ? { 'x-binnacle-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` } : {}),
    },
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the receiver of the audit log answered ${response.status}`);
}

/** Makes the row of a new receiver and takes it, unless another process has it or it has to wait. */
const LEASE = `/* audit.lease */ insert into audit_export as e (target, next_try_at) values ($1, now() + make_interval(secs => $2))
  on conflict (target) do update set next_try_at = excluded.next_try_at where e.next_try_at <= now() returning e.seq::text as seq, e.failures`;
const ROWS = `/* audit.export */ select ${AUDIT_COLUMNS}, a.seq::text as seq, encode(a.hash, 'hex') as hash from audit a where a.seq > $1 order by a.seq limit $2`;
const SENT = `/* audit.sent */ update audit_export set seq = greatest(seq, $2::bigint), exported_at = now(), next_try_at = now(), failures = 0, last_error = null where target = $1`;
const FAILED = `/* audit.failed */ update audit_export set failures = failures + 1, next_try_at = now() + make_interval(secs => $2), last_error = $3 where target = $1`;
