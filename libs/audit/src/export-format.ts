import type { AuditRow } from './audit-hash.ts';

/** A linked row as it leaves the system. */
export interface ExportedRow extends AuditRow {
  readonly seq: string;
  /** Lower-case hex. */
  readonly hash: string;
}

/** `webhook`: our own JSON. `otlp`: OTLP/HTTP logs as JSON (OpenTelemetry protocol 1.x). */
export type ExportFormat = 'webhook' | 'otlp';

/** The body that carries these rows. */
export function exportBody(format: ExportFormat, rows: readonly ExportedRow[]): string {
  return JSON.stringify(format === 'otlp' ? { resourceLogs: [otlpLogs(rows)] } : { entries: rows.map(entryOf) });
}

function entryOf(row: ExportedRow): object {
  return {
    seq: Number(row.seq),
    id: row.id,
    at: row.at,
    tenant: row.tenant_id,
    service: row.service,
    actor: { type: row.actor_type, id: row.actor, onBehalfOf: row.on_behalf_of },
    action: row.action,
    object: row.object_type === null ? null : { type: row.object_type, id: row.object_id },
    result: row.result,
    correlationId: row.correlation_id,
    diff: row.diff === null ? null : (JSON.parse(row.diff) as unknown),
    hash: row.hash,
  };
}

const INFO = 9;
const WARN = 13;

function otlpLogs(rows: readonly ExportedRow[]): object {
  return {
    resource: { attributes: [attribute('service.name', 'binnacle-audit')] },
    scopeLogs: [{ scope: { name: 'binnacle.audit' }, logRecords: rows.map(recordOf) }],
  };
}

function recordOf(row: ExportedRow): object {
  const named = {
    'audit.seq': row.seq,
    'audit.id': row.id,
    'audit.hash': row.hash,
    'audit.service': row.service,
    'audit.action': row.action,
    'audit.result': row.result,
    'audit.tenant': row.tenant_id,
    'audit.object.type': row.object_type,
    'audit.object.id': row.object_id,
    'audit.diff': row.diff,
    'audit.correlation_id': row.correlation_id,
    'enduser.type': row.actor_type,
    'enduser.id': row.actor,
  };
  return {
    timeUnixNano: String(BigInt(Date.parse(`${row.at.slice(0, 23)}Z`)) * 1_000_000n),
    severityNumber: row.result === 'success' ? INFO : WARN,
    severityText: row.result === 'success' ? 'INFO' : 'WARN',
    body: { stringValue: `${row.action} by ${row.actor_type} ${row.actor}: ${row.result}` },
    attributes: Object.entries(named).flatMap(([key, value]) => (value === null ? [] : [attribute(key, value)])),
  };
}

function attribute(key: string, value: string): object {
  return { key, value: { stringValue: value } };
}
