import { log } from '@binnacle/log/log';
import type { Registry } from '@binnacle/registry/registry';
import type { GlobalWork } from '@binnacle/registry/work';
import { AUDIT_COLUMNS, auditHash, type AuditRow } from './audit-hash.ts';

const BATCH = 500;
const PARTITIONS_EVERY_MS = 6 * 3_600_000;
const MONTHS_AHEAD = 3;

export interface AuditLinker {
  /** Links what is committed by now. */
  linkNow(): Promise<number>;
  stop(): Promise<void>;
}

/** Links committed rows into the chain, by turns with other processes: whoever holds the chain's head does the batch. */
export function startAuditLinker(registry: Registry, { everyMs = 500 }: { readonly everyMs?: number } = {}): AuditLinker {
  let running: Promise<number> | undefined;
  let partitionsAt = 0;
  const linkAll = async (): Promise<number> => {
    if (Date.now() - partitionsAt > PARTITIONS_EVERY_MS) {
      await registry.asGlobal('months of the audit log', (work) => work.query('audit.partitions', 'select ensure_audit_partitions($1)', [MONTHS_AHEAD]));
      partitionsAt = Date.now();
    }
    let linked = 0;
    for (;;) {
      const batch = await registry.asGlobal('chain of the audit log', linkBatch);
      linked += batch;
      if (batch < BATCH) return linked;
    }
  };
  const linkNow = (): Promise<number> => (running ??= linkAll().finally(() => (running = undefined)));
  const timer = setInterval(() => void linkNow().catch((error: unknown) => log().warn({ err: error }, 'the audit log could not be linked')), everyMs);
  timer.unref();
  return {
    linkNow,
    async stop() {
      clearInterval(timer);
      await running?.catch(() => undefined);
    },
  };
}

/** Links up to one batch. Rows that another process is linking now are left to it. @returns how many were linked */
export async function linkBatch(work: GlobalWork): Promise<number> {
  const [head] = await work.query<{ readonly seq: string; readonly hash: Buffer }>('audit.head', HEAD);
  if (!head) return 0;
  const rows = await work.query<AuditRow>('audit.unlinked', UNLINKED, [BATCH]);
  const last = rows.at(-1);
  if (!last) return 0;
  let { hash } = head;
  const links = rows.map((row, index) => {
    const seq = String(BigInt(head.seq) + BigInt(index) + 1n);
    const previous = hash;
    hash = auditHash(previous, seq, row);
    return { id: row.id, at: row.at, seq, previous, hash };
  });
  await work.query('audit.link', LINK, [
    links.map(({ id }) => id),
    links.map(({ at }) => at),
    links.map(({ seq }) => seq),
    links.map(({ previous }) => previous),
    links.map((link) => link.hash),
  ]);
  await work.query('audit.move', 'update audit_chain set seq = $1, hash = $2, linked_at = now() where id = 1', [links.at(-1)?.seq, hash]);
  return rows.length;
}

const HEAD = '/* audit.head */ select seq::text as seq, hash from audit_chain where id = 1 for update skip locked';
const UNLINKED = `/* audit.unlinked */ select ${AUDIT_COLUMNS} from audit a where a.seq is null order by a.id limit $1`;
const LINK = `/* audit.link */ update audit a set seq = l.seq, prev_hash = l.previous, hash = l.hash
  from unnest($1::uuid[], $2::timestamptz[], $3::bigint[], $4::bytea[], $5::bytea[]) as l(id, at, seq, previous, hash) where a.id = l.id and a.at = l.at`;
