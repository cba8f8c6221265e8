import { appendAudit } from '@binnacle/audit/append-audit';
import type { AuditEvent } from '@binnacle/audit/audit-event';
import { log } from '@binnacle/log/log';
import type { Registry } from '@binnacle/registry/registry';
import type { Audit, SecurityEvent } from './audit.ts';

/** Events as rows of the audit log: in the transaction of what they tell of, or in one of their own. */
export function createRegistryAudit(registry: Registry, newId: () => string): Audit {
  return {
    async record(event, work) {
      const row = rowOf(event, newId());
      if (work) return appendAudit(work, row);
      try {
        await registry.asGlobal('security events of the Connector', (own) => appendAudit(own, row));
      } catch (error) {
        // Nothing was changed, so nothing is undone; the event is not lost either.
        log().error({ err: error, event }, 'a security event could not be stored');
      }
    },
  };
}

function rowOf({ action, authId, actor, object, tenant, requestId, details }: SecurityEvent, id: string): AuditEvent {
  return {
    id,
    tenant,
    service: 'connector',
    actor: actor ?? (authId === undefined ? { type: 'System', id: 'connector' } : { type: 'System Auth', id: authId }),
    action,
    object: object ?? (authId === undefined ? undefined : { type: 'SystemAuth', id: authId }),
    result: REFUSED.has(action) ? 'refused' : 'success',
    correlationId: requestId,
    details,
  };
}

const REFUSED: ReadonlySet<SecurityEvent['action']> = new Set(['certificate.refused', 'recovery.refused', 'call.unauthenticated']);
