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

interface Minted {
  readonly audience: Audience;
  readonly token: string;
  readonly until: number;
}

export function createMinter({ keys, issuer, nowSeconds }: MinterOptions): Minter {
  const kept = new Map<string, Minted>();
  /** Callers are kept by those who find them out, so mostly the same object comes again. */
  const lastOf = new WeakMap<Caller, Minted>();
  return {
    mint(caller, audience) {
      const now = nowSeconds();
      const last = lastOf.get(caller);
      if (last && last.audience === audience && last.until > now) return last.token;
      const key = JSON.stringify([audience, callerClaims(caller)]);
      let minted = kept.get(key);
      if (!minted || minted.until <= now) {
        minted = { audience, token: mintInternalToken(keys().current, caller, issuer, audience, now), until: now + REUSE_SECONDS };
        if (kept.size >= MAX_KEPT) kept.clear();
        kept.set(key, minted);
      }
      lastOf.set(caller, minted);
      return minted.token;
    },
  };
}
