import Provider, { type Configuration, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import type { ProviderKeys } from './keys.ts';
import { deviceConfirmPage, devicePage, donePage, errorPage, loggedOutPage, logoutPage, PAGE_POLICY } from './login-page.ts';
import { findUser } from './users.ts';

/** Access tokens are made for this resource, with this audience. */
const RESOURCE = 'urn:binnacle';
const AUDIENCE = 'binnacle';
const HOUR = 3_600;

export interface ProviderOptions {
  readonly issuer: string;
  /** Address of the Gateway, whose pages log in here. */
  readonly gatewayUrl: string;
  readonly keys: ProviderKeys;
}

/** An OpenID provider whose users are the demo users: code flow with PKCE, device flow, refresh tokens, signed access tokens. */
export function createProvider({ issuer, gatewayUrl, keys }: ProviderOptions): Provider {
  // Only a native application, which cannot choose its port, may be sent back to any port of loopback.
  const publicClient = (client_id: string, application_type: 'web' | 'native', redirect_uris: string[], more: readonly string[] = []) => ({
    client_id,
    application_type,
    token_endpoint_auth_method: 'none' as const,
    grant_types: ['authorization_code', 'refresh_token', ...more],
    response_types: ['code' as const],
    redirect_uris,
    post_logout_redirect_uris: application_type === 'web' ? redirect_uris : [],
  });
  const configuration: Configuration = {
    clients: [
      publicClient('playground', 'web', [`${gatewayUrl}/playground`, `${gatewayUrl}/playground/`]),
      publicClient('cockpit', 'web', [`${gatewayUrl}/cockpit`, `${gatewayUrl}/cockpit/`]),
      publicClient('cli', 'native', ['http://127.0.0.1/callback'], ['urn:ietf:params:oauth:grant-type:device_code']),
    ],
    jwks: keys.jwks,
    cookies: { keys: [...keys.cookieKeys] },
    scopes: ['openid', 'profile', 'offline_access'],
    claims: { openid: ['sub'], profile: ['name', 'groups', 'tenants'] },
    pkce: { required: () => true },
    ttl: { AccessToken: HOUR, IdToken: HOUR, RefreshToken: 14 * 24 * HOUR, Session: 14 * 24 * HOUR, Grant: 14 * 24 * HOUR, Interaction: HOUR, DeviceCode: 600 },
    interactions: { policy: loginOnly(), url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, id) => {
      const user = findUser(id);
      return (
        user && {
          accountId: id,
          claims: () => ({ sub: id, name: user.name, groups: [...user.groups], ...(user.tenants ? { tenants: [...user.tenants] } : {}) }),
        }
      );
    },
    extraTokenClaims: (_, token) => {
      const user = 'accountId' in token ? findUser(String(token.accountId)) : undefined;
      return user && { name: user.name, groups: user.groups, ...(user.tenants ? { tenants: user.tenants } : {}) };
    },
    issueRefreshToken: (_, client, code) => client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
    // All clients are of this stack: nobody is asked whether they may.
    loadExistingGrant: grantEverything,
    clientBasedCORS: (_, origin) => origin === new URL(gatewayUrl).origin,
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true },
      introspection: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => show(ctx, logoutPage(form)),
        postLogoutSuccessSource: (ctx) => show(ctx, loggedOutPage()),
      },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: (ctx, form) => show(ctx, devicePage(form)),
        userCodeConfirmSource: (ctx, form, _client, _device, code) => show(ctx, deviceConfirmPage(form, code)),
        successSource: (ctx) => show(ctx, donePage()),
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'openid profile',
          audience: AUDIENCE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: HOUR,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    renderError: (ctx, { error, error_description }) => show(ctx, errorPage(`${error}: ${error_description ?? 'the provider does not say more'}`)),
  };
  return new Provider(issuer, configuration);
}

function show(ctx: KoaContextWithOIDC, page: string): void {
  ctx.set('content-security-policy', PAGE_POLICY);
  ctx.type = 'html';
  ctx.body = page;
}

/** Clients on loopback would be asked for consent each time; all clients here are of this stack. */
function loginOnly(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  policy.get('consent')?.checks.remove('native_client_prompt');
  return policy;
}

async function grantEverything(ctx: KoaContextWithOIDC) {
  const { client, session } = ctx.oidc;
  if (!client || !session?.accountId) return undefined;
  const known = session.grantIdFor(client.clientId);
  const grant =
    (known ? await ctx.oidc.provider.Grant.find(known) : undefined) ?? new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope('openid profile offline_access');
  grant.addResourceScope(RESOURCE, 'openid profile');
  await grant.save();
  return grant;
}
