import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { KeyedHash } from '@binnacle/trust/keyed-hash';
import { errors } from 'oidc-provider';
import type { FailingClients } from './failing-clients.ts';
import { createOAuthProvider, type ProviderOptions } from './provider.ts';
import type { OAuthRepository } from './repository.ts';

/** Answers a request at one of the addresses of the OAuth2 server. */
export type ServeOAuth = (request: IncomingMessage, response: ServerResponse) => void;

export interface OAuthServerOptions extends Pick<ProviderOptions, 'issuer' | 'tokenSeconds' | 'introspectors'> {
  readonly repository: OAuthRepository;
  readonly secretHash: KeyedHash;
  readonly failing: FailingClients;
  readonly onRefusal: (reason: 'unknown client' | 'wrong secret' | 'failed too often') => void;
}

/** The OAuth2 server behind the Gateway's door. */
export function createOAuthServer({ failing, onRefusal, ...options }: OAuthServerOptions): ServeOAuth {
  /** The provider does not say on whose behalf it looks for a client. */
  const answering = new AsyncLocalStorage<ServerResponse>();
  const addressOf = (): string => answering.getStore()?.req.socket.remoteAddress ?? '';
  const failed = (clientId: string, reason: 'unknown client' | 'wrong secret'): void => {
    failing.failed(addressOf(), clientId);
    onRefusal(reason);
  };
  const provider = createOAuthProvider({
    ...options,
    admit(clientId) {
      const waitMs = failing.blockedMs(addressOf(), clientId);
      if (waitMs === 0) return;
      onRefusal('failed too often');
      answering.getStore()?.setHeader('retry-after', String(Math.ceil(waitMs / 1000)));
      throw Object.assign(new errors.OIDCProviderError(429, 'temporarily_unavailable'), {
        error_description: 'the authentication of this client has failed too often: try again later',
      });
    },
    onUnknownClient: (clientId) => failed(clientId, 'unknown client'),
    onWrongSecret: (clientId) => failed(clientId, 'wrong secret'),
  });
  const callback = provider.callback();
  return (request, response) => void answering.run(response, () => callback(request, response));
}
