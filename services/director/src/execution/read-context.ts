import type { Caller } from '@binnacle/internal-token/caller';
import type { ReadContext } from '@binnacle/read-compiler/declaration';

/** What a read may know of a caller. */
export function readContextOf(caller: Caller, extra: Readonly<Record<string, string>> = {}): ReadContext {
  return { tenant: caller.tenant, scopes: caller.scopes, caller: { consumerId: caller.consumerId, consumerType: caller.consumerType, ...extra } };
}
