import type { Registry } from '@binnacle/registry/registry';
import { AUDIT_COLUMNS, auditHash, type AuditRow } from './audit-hash.ts';

/** What reading the whole chain showed. */
export interface AuditVerdict {
  /** Linked rows that were read and found right. */
  readonly verified: number;
  /** Committed rows that are not linked yet. */
  readonly unlinked: number;
  /** The first row that is not as it was linked; none: the log is whole. */
  readonly broken?: { readonly seq: string; readonly id: string | undefined; readonly reason: string };
}

interface LinkedRow extends AuditRow {
  readonly seq: string;
  readonly prev_hash: Buffer;
  readonly hash: Buffer;
}

const PAGE = 2_000;

/** Reads the chain from its beginning and names the first row that was changed, removed, exchanged or slipped in. Rows added meanwhile are left for the next time. */
export async function verifyAudit(registry: Registry): Promise<AuditVerdict> {
  const state = await registry.asGlobal('verify the audit log', async (work) => {
    const [row] = await work.query<{ readonly seq: string; readonly hash: Buffer; readonly unlinked: string }>('audit.state', STATE);
    return row;
  });
  if (!state) throw new Error('the chain of the audit log has no head: the database is not migrated');
  const unlinked = Number(state.unlinked);
  let previous: Buffer = Buffer.alloc(0);
  let verified = 0;
  for (;;) {
    const rows = await registry.asGlobal('verify the audit log', (work) => work.query<LinkedRow>('audit.verify', VERIFY, [verified, state.seq, PAGE]));
    for (const row of rows) {
      const expected = String(verified + 1);
      if (row.seq !== expected)
        return { verified, unlinked, broken: { seq: expected, id: undefined, reason: `the row is missing: after ${verified} comes ${row.seq}` } };
      if (!row.prev_hash.equals(previous)) return broken(row, verified, unlinked, 'it does not follow the row before it');
      if (!row.hash.equals(auditHash(previous, row.seq, row))) return broken(row, verified, unlinked, 'its content is not what was linked');
      previous = row.hash;
      verified += 1;
    }
    if (rows.length < PAGE) break;
  }
  if (String(verified) !== state.seq)
    return { verified, unlinked, broken: { seq: String(verified + 1), id: undefined, reason: `the chain ends here, but its head says ${state.seq}` } };
  if (!state.hash.equals(previous)) return { verified, unlinked, broken: { seq: state.seq, id: undefined, reason: 'the head of the chain is of another row' } };
  return { verified, unlinked };
}

function broken({ seq, id }: LinkedRow, verified: number, unlinked: number, reason: string): AuditVerdict {
  return { verified, unlinked, broken: { seq, id, reason } };
}

const STATE = `/* audit.state */ select c.seq::text as seq, c.hash, (select count(*) from audit a where a.seq is null)::text as unlinked from audit_chain c where c.id = 1`;
const VERIFY = `/* audit.verify */ select ${AUDIT_COLUMNS}, a.seq::text as seq, a.prev_hash, a.hash from audit a where a.seq > $1 and a.seq <= $2 order by a.seq, a.id limit $3`;
