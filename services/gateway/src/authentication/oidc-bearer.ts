import type { Caller } from '@binnacle/internal-token/caller';
import { GatewayRefusal, unauthorized } from '../refusal.ts';
import type { Authenticator } from './authenticate.ts';
import { bearerToken } from './bearer-token.ts';
import type { OidcUser, OidcVerifier } from './oidc.ts';
import { type GroupNames, isSuperAdmin, scopesOfGroups } from './scopes.ts';
import { tenantHeader } from './tenant-header.ts';
import type { ResolvedTenant, TenantResolver } from './tenants.ts';

/** Which tenants a user may work in whose token does not list them. */
export type TenantsWithoutClaim = 'super-admins' | 'everybody';

export interface OidcBearerOptions {
  readonly verifier: Pick<OidcVerifier, 'isOfIssuer' | 'verify'>;
  readonly tenants: Pick<TenantResolver, 'resolve'>;
  readonly groups: GroupNames;
  /** `super-admins`: only they may use any tenant; others then need the claim. */
  readonly tenantsWithoutClaim: TenantsWithoutClaim;
}

/**
 * A bearer token of the OpenID provider, and the tenant that the header names.
 * @throws GatewayRefusal 401 for a token that is not accepted, 400 for a malformed tenant header, 403 when token and header disagree
 */
export function oidcBearer(options: OidcBearerOptions): Authenticator {
  const callers = keepCallers();
  return ({ headers, route }) => {
    const token = bearerToken(headers);
    if (token === undefined || !options.verifier.isOfIssuer(token)) return undefined;
    return async () => {
      const named = tenantHeader(headers);
      const user = await options.verifier.verify(token);
      if (!user) throw unauthorized(route.errorStyle);
      if (named !== undefined && user.tenantClaim !== undefined && named !== user.tenantClaim)
        throw new GatewayRefusal(403, 'FORBIDDEN', 'the token is for another tenant than the header Tenant names');
      const external = named ?? user.tenantClaim;
      const resolved = external === undefined ? undefined : await options.tenants.resolve(external);
      return callers(user, external, resolved, () => ({
        consumerId: user.subject,
        consumerType: 'Static User',
        flow: 'JWT',
        scopes: scopesOfGroups(user.groups, options.groups),
        // One that the user may not work in looks like one that does not exist: the service says so for both.
        tenant: resolved && mayWorkIn(resolved, user, options) ? resolved.id : undefined,
        externalTenant: external,
        onBehalfOf: '',
        region: '',
        subject: user.name,
      }));
    };
  };
}

type KeepCallers = (user: OidcUser, external: string | undefined, resolved: ResolvedTenant | undefined, make: () => Caller) => Caller;

/** Verifier and resolver answer the same objects for as long as what they know holds; so long the caller made of them is the same one too. */
function keepCallers(): KeepCallers {
  const kept = new WeakMap<OidcUser, { readonly external: string | undefined; readonly resolved: ResolvedTenant | undefined; readonly caller: Caller }>();
  return (user, external, resolved, make) => {
    const last = kept.get(user);
    if (last && last.external === external && last.resolved === resolved) return last.caller;
    const caller = make();
    kept.set(user, { external, resolved, caller });
    return caller;
  };
}

function mayWorkIn({ lineage }: ResolvedTenant, { tenants, groups }: OidcUser, options: OidcBearerOptions): boolean {
  if (tenants) return lineage.some((above) => tenants.includes(above));
  return options.tenantsWithoutClaim === 'everybody' || isSuperAdmin(groups, options.groups);
}
