import type { Caller } from '@binnacle/internal-token/caller';
import type { TenantResolver } from './tenants.ts';

/** For which tenant a call is. */
export type Tenancy = Pick<Caller, 'tenant' | 'externalTenant'>;

/** Integration Systems and others who choose work for the tenant they name; one that is not known the service behind refuses. */
export async function tenantOfHeader(header: string | undefined, tenants: Pick<TenantResolver, 'resolve'>): Promise<Tenancy> {
  return { tenant: header === undefined ? undefined : (await tenants.resolve(header))?.id, externalTenant: header };
}

/** Applications and Runtimes work in their own: any other one looks like one that does not exist, and the service says so. */
export function ownTenant(tenant: { readonly id: string | undefined; readonly externalId: string } | undefined, header: string | undefined): Tenancy {
  if (header !== undefined && header !== tenant?.externalId) return { tenant: undefined, externalTenant: header };
  return { tenant: tenant?.id, externalTenant: tenant?.externalId };
}
