import type { Registry } from '@binnacle/registry/registry';
import { keepReadings } from '../authentication/kept-readings.ts';
import type { Introspect } from './introspect-elsewhere.ts';
import type { OAuthRepository, TokenIdentity } from './repository.ts';

/** Whom opaque tokens stand for. */
export interface TokenIdentities {
  /** Undefined for a token that does not work. @throws RegistryUnavailable, IntrospectionUnavailable */
  resolve(token: string): Promise<TokenIdentity | undefined>;
  /** From now on nothing that was found before is taken for true: a change has gone through this Gateway. */
  forget(): void;
  stop(): void;
}

/** Bounds what a lost notification can do; in the ordinary case a change is told at once. */
const LIFE_MS = 1_000;
const MAX_KEPT = 20_000;
const MAX_TOKEN_LENGTH = 4_096;

/**
 * Finds tokens, and remembers what it found for a second at most: the database tells when an identity changes, is deleted, or a token of
 * its is revoked. What a reading that began before such a change found is not kept.
 */
export function createTokenIdentities(options: {
  readonly registry: Pick<Registry, 'listen'>;
  readonly repository: Pick<OAuthRepository, 'findTokenIdentity' | 'findClientIdentity'>;
  /** Asks another OAuth2 server about tokens that are not ours. */
  readonly introspect: Introspect | undefined;
}): TokenIdentities {
  const readings = keepReadings({ read: find, lifeMs: ({ millisecondsLeft }) => Math.min(LIFE_MS, millisecondsLeft), maxKept: MAX_KEPT });
  const stop = options.registry.listen('system_auth_changed', readings.forget);

  async function find(token: string): Promise<TokenIdentity | undefined> {
    const own = await options.repository.findTokenIdentity(token);
    if (own || !options.introspect) return own;
    const foreign = await options.introspect(token);
    const identity = foreign && (await options.repository.findClientIdentity(foreign.clientId));
    return identity && { ...identity, scope: foreign.scope, millisecondsLeft: foreign.millisecondsLeft };
  }

  return {
    resolve: async (token) => (token.length > MAX_TOKEN_LENGTH ? undefined : readings.find(token)),
    forget: readings.forget,
    stop,
  };
}
