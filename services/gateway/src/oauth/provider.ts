import type { EventEmitter } from 'node:events';
import { log } from '@binnacle/log/log';
import { RegistryUnavailable } from '@binnacle/registry/registry-error';
import { matches } from '@binnacle/trust/client-credentials';
import type { KeyedHash } from '@binnacle/trust/keyed-hash';
import Provider, { type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { describeServer } from './describe-server.ts';
import { issueToken } from './issue-token.ts';
import { OWNED_SCOPES, providerStore, type ProviderStoreOptions } from './provider-store.ts';

export interface ProviderOptions extends ProviderStoreOptions {
  /** Address under which clients reach this server. */
  readonly issuer: string;
  readonly tokenSeconds: number;
  readonly secretHash: KeyedHash;
  readonly onWrongSecret: (clientId: string) => void;
  /** Clients that may ask about tokens of others too: services that these tokens are shown to. */
  readonly introspectors: readonly string[];
}

const ROUTES = { token: '/oauth2/token', introspection: '/oauth2/introspect', revocation: '/oauth2/revoke', jwks: '/.well-known/jwks.json' };

/** An OAuth2 server for programs: client credentials, introspection, revocation. There are no users here. */
export function createOAuthProvider(options: ProviderOptions): Provider {
  const configuration: Configuration = {
    adapter: providerStore(options),
    routes: ROUTES,
    ttl: { ClientCredentials: options.tokenSeconds },
    formats: { bitsOfOpaqueRandomness: 384 },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
    extraClientMetadata: { properties: [OWNED_SCOPES] },
    responseTypes: [],
    // Tokens are opaque: this server signs nothing, and its key set is empty.
    jwks: { keys: [] },
    enabledJWA: { idTokenSigningAlgValues: ['HS256'] },
    clientBasedCORS: () => false,
    renderError: (ctx, out) => void (ctx.body = out),
    features: {
      clientCredentials: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: (_, client, token) => token.clientId === client.clientId || options.introspectors.includes(client.clientId),
      },
      revocation: { enabled: true, allowedPolicy: (_, client, token) => token.clientId === client.clientId },
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      dPoP: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
    },
  };
  const provider = new Provider(options.issuer, configuration);
  provider.registerGrantType('client_credentials', issueToken, ['scope']);
  provider.Client.prototype.compareClientSecret = function (secret: string) {
    const isRight = matches(options.secretHash, this.clientSecret, secret);
    if (!isRight) options.onWrongSecret(this.clientId);
    return isRight;
  };
  provider.use(async (ctx, next) => {
    await next();
    finishAnswer(ctx as KoaContextWithOIDC, options.issuer);
  });
  provider.on('server_error', explainFailure);
  // Koa's own event, which the types leave out; without a listener it writes to the console.
  (provider as unknown as EventEmitter).on('error', (error: unknown) => log().warn({ err: error }, 'an answer of the OAuth2 server was broken off'));
  return provider;
}

/** What clients of this endpoint are used to beyond what the provider says. */
function finishAnswer(ctx: KoaContextWithOIDC, issuer: string): void {
  const body = ctx.body as Record<string, unknown> | undefined;
  if (ctx.status === 401 && !ctx.response.get('www-authenticate')) ctx.set('www-authenticate', `Basic realm="${issuer}", error="invalid_client"`);
  if (ctx.path === '/.well-known/openid-configuration' && body) ctx.body = describeServer(issuer, ROUTES, body);
  if (ctx.path === ROUTES.introspection && body?.['active'] === true) ctx.body = { ...body, sub: body['client_id'] };
}

/** The provider hides the reason from the client. That the database is away is no fault of ours, and worth another try. */
function explainFailure(ctx: KoaContextWithOIDC, error: Error): void {
  if (!(error instanceof RegistryUnavailable)) return log().error({ err: error }, 'the OAuth2 server failed');
  ctx.status = 503;
  ctx.set('retry-after', '1');
  ctx.body = { error: 'temporarily_unavailable', error_description: 'the registry is not available: try again' };
}
