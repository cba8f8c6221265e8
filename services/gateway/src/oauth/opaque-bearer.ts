import type { Caller } from '@binnacle/internal-token/caller';
import type { Authenticator } from '../authentication/authenticate.ts';
import { bearerToken } from '../authentication/bearer-token.ts';
import { scopesOfConsumer } from '../authentication/consumer-scopes.ts';
import { ownTenant, tenantOfHeader } from '../authentication/tenancy.ts';
import { tenantHeader } from '../authentication/tenant-header.ts';
import type { TenantResolver } from '../authentication/tenants.ts';
import { unauthorized } from '../refusal.ts';
import type { Route } from '../routing/routes.ts';
import type { TokenIdentity } from './repository.ts';
import type { TokenIdentities } from './token-identities.ts';

export interface OpaqueBearerOptions {
  readonly identities: Pick<TokenIdentities, 'resolve'>;
  readonly tenants: Pick<TenantResolver, 'resolve'>;
  /** Which bearer tokens may be those of an OAuth2 client. */
  readonly accepts: (token: string) => boolean;
  /** Called for each accepted token. */
  readonly onUse: (identity: TokenIdentity) => void;
}

/**
 * An opaque bearer token of an OAuth2 client.
 * @throws GatewayRefusal 401 for a token that does not work, 400 for a malformed tenant header
 */
export function opaqueBearer({ identities, tenants, accepts, onUse }: OpaqueBearerOptions): Authenticator {
  /** The same caller for as long as its identity is the same object: then its token is not made anew either. */
  const kept = new WeakMap<TokenIdentity, Caller>();
  return ({ headers, route }) => {
    const token = bearerToken(headers);
    return token === undefined || !accepts(token) ? undefined : () => callerOf(token, tenantHeader(headers), route.errorStyle);
  };

  async function callerOf(token: string, header: string | undefined, errorStyle: Route['errorStyle']): Promise<Caller> {
    const identity = await identities.resolve(token);
    if (!identity) throw unauthorized(errorStyle);
    onUse(identity);
    const tenancy = identity.type === 'Integration System' ? await tenantOfHeader(header, tenants) : ownTenant(identity.tenant, header);
    const last = kept.get(identity);
    if (last && last.tenant === tenancy.tenant && last.externalTenant === tenancy.externalTenant) return last;
    const caller: Caller = {
      consumerId: identity.objectId,
      consumerType: identity.type,
      flow: 'OAuth2',
      scopes: last?.scopes ?? scopesOf(identity),
      ...tenancy,
      onBehalfOf: '',
      region: '',
      subject: '',
    };
    kept.set(identity, caller);
    return caller;
  }
}

/** Those the token was made for; a token that names none has all that its client has. */
function scopesOf({ scope, scopes, type }: TokenIdentity): ReadonlySet<string> {
  return new Set(scope === '' ? (scopes ?? scopesOfConsumer(type)) : scope.split(' ').filter((one) => one !== ''));
}
