import { malformed } from '../refusal.ts';
import type { AllowedHeaders } from '../routing/headers.ts';

const TENANT = /^[A-Za-z0-9._-]{1,255}$/;

/** The tenant that the caller names; an empty header names none. @throws GatewayRefusal 400 for what is no tenant id */
export function tenantHeader({ tenant }: Pick<AllowedHeaders, 'tenant'>): string | undefined {
  if (tenant === undefined || tenant === '') return undefined;
  if (!TENANT.test(tenant)) throw malformed('the header Tenant must be one external tenant id of letters, digits, dots, dashes and underscores');
  return tenant;
}
