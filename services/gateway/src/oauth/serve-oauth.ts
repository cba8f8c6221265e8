import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { KeyedHash } from '@binnacle/trust/keyed-hash';
import { errors } from 'oidc-provider';
import type { RateLimiter } from '../guard/rate-limit.ts';
import type { FailingClients } from './failing-clients.ts';
import { createOAuthProvider, type ProviderOptions } from './provider.ts';
import type { OAuthRepository } from './repository.ts';

/** Answers a request at one of the addresses of the OAuth2 server. */
export type ServeOAuth = (request: IncomingMessage, response: ServerResponse) => void;

export interface OAuthServerOptions extends Pick<ProviderOptions, 'issuer' | 'tokenSeconds' | 'introspectors'> {
  readonly repository: OAuthRepository;
  readonly secretHash: KeyedHash;
  readonly failing: FailingClients;
  /** How many tokens one client may ask for. */
  readonly issuing: RateLimiter;
  readonly onRefusal: (reason: 'unknown client' | 'wrong secret' | 'failed too often' | 'asks too often') => void;
}

/** The OAuth2 server behind the Gateway's door. */
export function createOAuthServer({ failing, issuing, onRefusal, ...options }: OAuthServerOptions): ServeOAuth {
  /** The provider does not say on whose behalf it looks for a client. */
  const answering = new AsyncLocalStorage<ServerResponse>();
  const addressOf = (): string => answering.getStore()?.req.socket.remoteAddress ?? '';
  const failed = (clientId: string, reason: 'unknown client' | 'wrong secret'): void => {
    failing.failed(addressOf(), clientId);
    onRefusal(reason);
  };
  /** @throws OIDCProviderError 429 with the seconds to wait, when there is something to wait for */
  const holdBack = (waitMs: number, reason: 'failed too often' | 'asks too often'): void => {
    if (waitMs === 0) return;
    onRefusal(reason);
    answering.getStore()?.setHeader('retry-after', String(Math.ceil(waitMs / 1000)));
    throw Object.assign(new errors.OIDCProviderError(429, 'temporarily_unavailable'), { error_description: `this client ${reason}: try again later` });
  };
  const provider = createOAuthProvider({
    ...options,
    admit: (clientId) => holdBack(failing.blockedMs(addressOf(), clientId), 'failed too often'),
    admitIssue: (clientId) => holdBack(issuing.take(clientId, Date.now()).waitMs, 'asks too often'),
    onUnknownClient: (clientId) => failed(clientId, 'unknown client'),
    onWrongSecret: (clientId) => failed(clientId, 'wrong secret'),
  });
  const callback = provider.callback();
  return (request, response) => void answering.run(response, () => callback(request, response));
}
