import type { Caller } from '@binnacle/internal-token/caller';
import type { DirectorCall } from './director-client.ts';
import { LegacyRefusal, notAccepted } from './refusal.ts';

/** One call of a legacy client. */
export interface LegacyCall {
  readonly caller: Caller;
  readonly requestId: string | undefined;
  readonly idempotencyKey: string | undefined;
}

/**
 * The Director is asked with rights of this service, so what the caller may do is decided here.
 * @throws LegacyRefusal 403 for those who are no Application of a tenant, 401 without the scope
 */
export function requireApplication({ caller, requestId }: LegacyCall, scope: string): DirectorCall & { readonly applicationId: string } {
  if (caller.consumerType !== 'Application' || caller.tenant === undefined) throw notAccepted();
  if (!caller.scopes.has(scope)) throw new LegacyRefusal(401, `insufficient scopes provided [actual=${[...caller.scopes].join(';')}; required=${scope}]`);
  return { tenant: caller.tenant, requestId, applicationId: caller.consumerId };
}
