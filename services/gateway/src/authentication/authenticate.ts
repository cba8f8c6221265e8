import type { Caller } from '@binnacle/internal-token/caller';
import { GatewayRefusal, unauthorized } from '../refusal.ts';
import type { AllowedHeaders } from '../routing/headers.ts';
import type { OidcVerifier } from './oidc.ts';
import { type GroupNames, scopesOfGroups } from './scopes.ts';
import type { TenantResolver } from './tenants.ts';

/** Finds out who calls. Strategies for certificates, client credentials and one-time tokens stand beside this one. */
export type Authenticate = (headers: AllowedHeaders) => Promise<Caller>;

export interface BearerOptions {
  readonly verifier: OidcVerifier;
  readonly tenants: TenantResolver;
  readonly groups: GroupNames;
}

const TENANT = /^[A-Za-z0-9._-]{1,255}$/;

/**
 * A bearer token of the OpenID provider, and the tenant that the header names.
 * @throws GatewayRefusal 401 for a token that is not accepted, 400 for a malformed tenant header, 403 when token and header disagree
 */
export function bearerStrategy({ verifier, tenants, groups }: BearerOptions): Authenticate {
  return async ({ authorization, tenant: header }) => {
    const token = /^Bearer ([\w~+/.=-]+)$/.exec(authorization ?? '')?.[1];
    if (token === undefined) throw unauthorized();
    if (header !== undefined && !TENANT.test(header))
      throw new GatewayRefusal(400, 'BAD_REQUEST', 'the header Tenant must be one external tenant id of letters, digits, dots, dashes and underscores');
    const user = await verifier.verify(token);
    if (!user) throw unauthorized();
    if (header !== undefined && user.tenantClaim !== undefined && header !== user.tenantClaim)
      throw new GatewayRefusal(403, 'FORBIDDEN', 'the token is for another tenant than the header Tenant names');
    const external = header ?? user.tenantClaim;
    const resolved = external === undefined ? undefined : await tenants.resolve(external);
    // A tenant that the user may not work in looks like one that does not exist.
    const isAllowed = resolved && (user.tenants === undefined || resolved.lineage.some((above) => user.tenants?.includes(above)));
    return {
      consumerId: user.subject,
      consumerType: 'Static User',
      flow: 'JWT',
      scopes: scopesOfGroups(user.groups, groups),
      tenant: isAllowed ? resolved.id : undefined,
      externalTenant: external,
      onBehalfOf: '',
      region: '',
      subject: user.name,
    };
  };
}
