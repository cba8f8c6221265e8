import type { Caller } from '@binnacle/internal-token/caller';
import { malformed } from '../refusal.ts';
import type { AllowedHeaders } from '../routing/headers.ts';
import { INTERNAL_COMPONENT } from './scopes.ts';

const INTERNAL_TENANT = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** On the internal listener tenants are named by their internal ids. @throws GatewayRefusal 400 for anything else */
export function internalTenant({ tenant }: Pick<AllowedHeaders, 'tenant'>): string | undefined {
  if (tenant !== undefined && !INTERNAL_TENANT.test(tenant)) throw malformed('the header Tenant must be an internal tenant id here');
  return tenant;
}

/** A service of ours: its rights are fixed, and the tenant is whichever it named. */
export function internalComponent(id: string, tenant: string | undefined): Caller {
  return {
    consumerId: id,
    consumerType: 'Internal Component',
    flow: 'Internal',
    scopes: INTERNAL_COMPONENT,
    tenant,
    externalTenant: undefined,
    onBehalfOf: '',
    region: '',
    subject: id,
  };
}
