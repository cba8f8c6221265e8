import type { Identity } from '@binnacle/trust/system-auths';
import { ConnectorError } from '../connector-error.ts';
import { createTokenBuckets } from '../token-buckets.ts';

export interface SigningLimits {
  readonly perIdentityAnHour: number;
  readonly perTenantAMinute: number;
}

/** Limits what one identity, and one tenant, may have signed by this process. */
export interface SigningRate {
  /** @throws ConnectorError RATE_LIMITED */
  take(identity: Identity): void;
}

export function createSigningRate({ perIdentityAnHour, perTenantAMinute }: SigningLimits, nowMs: () => number): SigningRate {
  const identities = createTokenBuckets(perIdentityAnHour, 3_600_000, nowMs);
  const tenants = createTokenBuckets(perTenantAMinute, 60_000, nowMs);
  return {
    take({ id, tenant }) {
      if (!identities.take(id)) throw limited(`this identity may have ${perIdentityAnHour} certificates signed an hour`);
      if (tenant !== undefined && !tenants.take(tenant)) throw limited(`this tenant may have ${perTenantAMinute} certificates signed a minute`);
    },
  };
}

function limited(limit: string): ConnectorError {
  return new ConnectorError('RATE_LIMITED', `Error while signing Certificate Signing Request: ${limit}: try again later`);
}
