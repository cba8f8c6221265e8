import type { Registry } from '@binnacle/registry/registry';
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
  const kept = new Map<string, { readonly identity: TokenIdentity; readonly until: number }>();
  const reading = new Map<string, Promise<TokenIdentity | undefined>>();
  const forget = (): void => {
    kept.clear();
    // Whoever comes from now on starts a reading of its own.
    reading.clear();
  };
  const stop = options.registry.listen('system_auth_changed', forget);

  async function find(token: string): Promise<TokenIdentity | undefined> {
    const own = await options.repository.findTokenIdentity(token);
    if (own || !options.introspect) return own;
    const foreign = await options.introspect(token);
    const identity = foreign && (await options.repository.findClientIdentity(foreign.clientId));
    return identity && { ...identity, scope: foreign.scope, millisecondsLeft: foreign.millisecondsLeft };
  }

  function read(token: string): Promise<TokenIdentity | undefined> {
    const started: Promise<TokenIdentity | undefined> = find(token)
      .then((identity) => {
        if (identity && reading.get(token) === started) keep(token, identity);
        return identity;
      })
      .finally(() => {
        if (reading.get(token) === started) reading.delete(token);
      });
    reading.set(token, started);
    return started;
  }

  function keep(token: string, identity: TokenIdentity): void {
    const [oldest] = kept.keys();
    if (kept.size >= MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    kept.set(token, { identity, until: performance.now() + Math.min(LIFE_MS, identity.millisecondsLeft) });
  }

  return {
    async resolve(token) {
      if (token.length > MAX_TOKEN_LENGTH) return undefined;
      const known = kept.get(token);
      if (known && known.until > performance.now()) return known.identity;
      kept.delete(token);
      return reading.get(token) ?? read(token);
    },
    forget,
    stop,
  };
}
