import { type GlobalWork, TenantWork } from '@binnacle/registry/work';
import type { AuditEvent } from './audit-event.ts';

/**
 * Adds a row to the audit log in the transaction of the change it tells of: both are there, or neither.
 * It is linked into the chain after the commit (`link-audit.ts`), so that writers do not wait for each other.
 */
export async function appendAudit(work: TenantWork | GlobalWork, event: AuditEvent): Promise<void> {
  const { id, service, actor, action, object, result, correlationId, details } = event;
  const values = [
    id,
    service,
    actor.type,
    actor.id,
    actor.onBehalfOf || null,
    action,
    object?.type ?? null,
    object?.id ?? null,
    result,
    correlationId || null,
    details ? JSON.stringify(details) : null,
  ];
  if (work instanceof TenantWork) await work.query('audit.append', APPEND, values);
  else await work.query('audit.append', APPEND, [event.tenant ?? null, ...values]);
}

const APPEND = `/* audit.append */ insert into audit (tenant_id, id, service, actor_type, actor, on_behalf_of, action, object_type, object_id, result, correlation_id, diff)
  values ($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb)`;
