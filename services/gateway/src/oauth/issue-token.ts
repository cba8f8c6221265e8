import { errors, type TokenEndpointGrantContext } from 'oidc-provider';
import { OWNED_SCOPES } from './provider-store.ts';

/**
 * The client credentials grant (RFC 6749 §4.4) for a client that has authenticated itself. A token without scope has all that its client
 * has; the answer says so with an empty text, as clients of this endpoint know it.
 * @throws InvalidScope for one the client does not own, InvalidClientAuth when it has just been deleted
 */
export async function issueToken(ctx: TokenEndpointGrantContext<{ scope?: string }>): Promise<void> {
  const { client, provider, params } = ctx.oidc;
  const owned = client[OWNED_SCOPES] as readonly string[]; // put there by the store
  const asked = [...new Set((params.scope ?? '').split(' ').filter((scope) => scope !== ''))];
  for (const scope of asked) if (!owned.includes(scope)) throw new errors.InvalidScope('the client does not own a scope that it asks for', scope);
  const scope = asked.join(' ');
  const token = new provider.ClientCredentials({ client, ...(scope === '' ? {} : { scope }) });
  const value = await token.save();
  ctx.body = { access_token: value, expires_in: token.expiration, scope, token_type: 'bearer' };
}
