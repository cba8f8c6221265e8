import type { Audience, Caller } from '@binnacle/internal-token/caller';
import { callerClaims, mintInternalToken } from '@binnacle/internal-token/mint';
import type { SigningKeys } from './signing-key-store.ts';

const REUSE_SECONDS = 30;
const MAX_KEPT = 10_000;

export interface Minter {
  /** A token for this caller and service; the same one for at most half a minute, since a signature costs more than most calls. */
  mint(caller: Caller, audience: Audience): string;
}

export interface MinterOptions {
  readonly keys: () => SigningKeys;
  readonly issuer: string;
  /** Seconds of the database's clock. */
  readonly nowSeconds: () => number;
}

export function createMinter({ keys, issuer, nowSeconds }: MinterOptions): Minter {
  const kept = new Map<string, { readonly token: string; readonly until: number }>();
  /** Callers are kept by those who find them out, so mostly the same object comes again. */
  const keyOf = new WeakMap<Caller, string>();
  return {
    mint(caller, audience) {
      let claims = keyOf.get(caller);
      if (claims === undefined) keyOf.set(caller, (claims = JSON.stringify(callerClaims(caller))));
      const key = `${audience} ${claims}`;
      const now = nowSeconds();
      const known = kept.get(key);
      if (known && known.until > now) return known.token;
      const token = mintInternalToken(keys().current, caller, issuer, audience, now);
      if (kept.size >= MAX_KEPT) kept.clear();
      kept.set(key, { token, until: now + REUSE_SECONDS });
      return token;
    },
  };
}
