import type { Identity } from '@binnacle/trust/system-auths';
import { ConnectorError } from '../connector-error.ts';

export interface SigningLimits {
  readonly perIdentityAnHour: number;
  readonly perTenantAMinute: number;
}

/** Limits what one identity, and one tenant, may have signed by this process. */
export interface SigningRate {
  /** @throws ConnectorError RATE_LIMITED */
  take(identity: Identity): void;
}

interface Bucket {
  left: number;
  at: number;
}

const MAX_BUCKETS = 50_000;

/** Token buckets: full at first, filled evenly. */
export function createSigningRate({ perIdentityAnHour, perTenantAMinute }: SigningLimits, nowMs: () => number): SigningRate {
  const identities = new Map<string, Bucket>();
  const tenants = new Map<string, Bucket>();
  const takeFrom = (buckets: Map<string, Bucket>, key: string, size: number, periodMs: number): boolean => {
    const now = nowMs();
    const known = buckets.get(key);
    const left = known ? Math.min(size, known.left + ((now - known.at) * size) / periodMs) : size;
    buckets.delete(key);
    if (buckets.size >= MAX_BUCKETS) buckets.delete(buckets.keys().next().value ?? '');
    buckets.set(key, { left: left >= 1 ? left - 1 : left, at: now });
    return left >= 1;
  };
  return {
    take({ id, tenant }) {
      if (!takeFrom(identities, id, perIdentityAnHour, 3_600_000)) throw limited(`this identity may have ${perIdentityAnHour} certificates signed an hour`);
      if (tenant !== undefined && !takeFrom(tenants, tenant, perTenantAMinute, 60_000))
        throw limited(`this tenant may have ${perTenantAMinute} certificates signed a minute`);
    },
  };
}

function limited(limit: string): ConnectorError {
  return new ConnectorError('RATE_LIMITED', `Error while signing Certificate Signing Request: ${limit}: try again later`);
}
