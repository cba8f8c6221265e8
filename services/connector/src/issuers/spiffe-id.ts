import { spiffeId, type SpiffeOwner } from '@binnacle/pki/spiffe';
import type { Identity } from '@binnacle/trust/system-auths';

const OWNERS: Readonly<Record<Identity['kind'], SpiffeOwner>> = { Application: 'application', Runtime: 'runtime', 'Integration System': 'integration-system' };

/** The SPIFFE id of an identity's certificates: whose they are, in terms that outlast the identity itself. */
export function spiffeIdOf(trustDomain: string, { kind, objectId, tenant }: Pick<Identity, 'kind' | 'objectId' | 'tenant'>): string {
  return spiffeId({ trustDomain, tenant: tenant ?? 'none', owner: OWNERS[kind], id: objectId });
}
