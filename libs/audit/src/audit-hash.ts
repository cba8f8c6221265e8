import { createHash } from 'node:crypto';

/** A row as it goes into its hash: every column but the chain's own, as text, in this order. */
export interface AuditRow {
  readonly id: string;
  readonly at: string;
  readonly tenant_id: string | null;
  readonly service: string;
  readonly actor_type: string;
  readonly actor: string;
  readonly on_behalf_of: string | null;
  readonly action: string;
  readonly object_type: string | null;
  readonly object_id: string | null;
  readonly result: string;
  readonly correlation_id: string | null;
  readonly diff: string | null;
}

/** Columns of `AuditRow`, of the table under the alias `a`: microseconds and the text of `jsonb` are the same wherever they are read. */
export const AUDIT_COLUMNS = `a.id::text as id, to_char(a.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, a.tenant_id::text as tenant_id, a.service,
  a.actor_type, a.actor, a.on_behalf_of, a.action, a.object_type, a.object_id, a.result, a.correlation_id, a.diff::text as diff`;

/** SHA-256 over the hash before and the row's place and content, as a JSON array: no two rows have the same text. */
export function auditHash(previous: Buffer, seq: string, row: AuditRow): Buffer {
  const content = JSON.stringify([
    seq,
    row.id,
    row.at,
    row.tenant_id,
    row.service,
    row.actor_type,
    row.actor,
    row.on_behalf_of,
    row.action,
    row.object_type,
    row.object_id,
    row.result,
    row.correlation_id,
    row.diff,
  ]);
  return createHash('sha256').update(previous).update(content, 'utf8').digest();
}
