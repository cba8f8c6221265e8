import type { Registry } from '@binnacle/registry/registry';
import { createKeyedHash } from '@binnacle/trust/keyed-hash';
import type { UseRecorder } from '@binnacle/trust/use-recorder';
import type { Authenticator } from '../authentication/authenticate.ts';
import { looksSigned, unverifiedIssuer } from '../authentication/bearer-token.ts';
import type { TenantResolver } from '../authentication/tenants.ts';
import { createRateLimiter, type Rate } from '../guard/rate-limit.ts';
import { keepDroppingDeadTokens } from './drop-dead-tokens.ts';
import { createFailingClients, type FailureRates } from './failing-clients.ts';
import { introspectAt, type IntrospectionServer } from './introspect-elsewhere.ts';
import { opaqueBearer } from './opaque-bearer.ts';
import { oauthRepository } from './repository.ts';
import { createOAuthServer, type OAuthServerOptions, type ServeOAuth } from './serve-oauth.ts';
import { createTokenIdentities } from './token-identities.ts';

export interface OAuthOptions extends Pick<OAuthServerOptions, 'issuer' | 'tokenSeconds' | 'introspectors' | 'onRefusal'> {
  readonly registry: Registry;
  /** 32 bytes each, newest first. */
  readonly envelopeKeys: readonly Buffer[];
  readonly tenants: Pick<TenantResolver, 'resolve'>;
  readonly failures: FailureRates;
  /** How many tokens one client may ask for. */
  readonly issues: Rate;
  /** Another OAuth2 server whose tokens are accepted as well. */
  readonly elsewhere: IntrospectionServer | undefined;
  /** Who signs the tokens of users. */
  readonly oidcIssuer: string;
  readonly recorder: Pick<UseRecorder, 'used'>;
}

export interface OAuth {
  readonly serve: ServeOAuth;
  /** Accepts the tokens of OAuth2 clients. */
  readonly authenticator: Authenticator;
  /** To be called after whatever may have ended a client. */
  readonly onChange: () => void;
  stop(): void;
}

/** The OAuth2 server for system auths, and the door for its tokens. */
export function openOAuth(options: OAuthOptions): OAuth {
  const { registry, envelopeKeys, tenants, elsewhere, recorder } = options;
  const repository = oauthRepository(registry, createKeyedHash(envelopeKeys, 'oauth-token'));
  const identities = createTokenIdentities({ registry, repository, introspect: elsewhere && introspectAt(elsewhere) });
  const stopDropping = keepDroppingDeadTokens(repository);
  return {
    serve: createOAuthServer({
      ...options,
      repository: { ...repository, revokeToken: (token) => repository.revokeToken(token).finally(identities.forget) },
      secretHash: createKeyedHash(envelopeKeys, 'client-secret'),
      failing: createFailingClients(options.failures),
      issuing: createRateLimiter(options.issues),
    }),
    authenticator: opaqueBearer({
      identities,
      tenants,
      // Ours are opaque; another server's may be signed, if not by the users' provider.
      accepts: (token) => !looksSigned(token) || (elsewhere !== undefined && unverifiedIssuer(token) !== options.oidcIssuer),
      onUse: ({ clientId }) => recorder.used(clientId, 'OAuth2'),
    }),
    onChange: identities.forget,
    stop() {
      identities.stop();
      stopDropping();
    },
  };
}
