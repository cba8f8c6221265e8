import type { AuditActor } from '@binnacle/audit/audit-event';
import type { Registry } from '@binnacle/registry/registry';
import type { Audit } from '../audit.ts';
import { recoveriesOf } from './repository.ts';

/** Approves or rejects a recovery that waits. @returns false when none with this id waits */
export function decideRecovery(registry: Registry, audit: Audit, id: string, approve: boolean, actor: AuditActor): Promise<boolean> {
  return registry.asGlobal('connector: decision on a recovery', async (work) => {
    const decided = await recoveriesOf(work).decide(id, approve, actor.id);
    if (!decided) return false;
    const event = { action: 'recovery.decided', actor, object: { type: 'Recovery', id }, tenant: decided.tenant } as const;
    await audit.record({ ...event, details: { decision: approve ? 'approved' : 'rejected', systemAuth: decided.authId } }, work);
    return true;
  });
}
