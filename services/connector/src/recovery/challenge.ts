import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

/** Texts to be signed by who wants back in: made by us, good for some minutes, and answered once (which the record of answers sees to). */
export interface Challenges {
  make(now: Date): { readonly challenge: string; readonly expiresAt: Date };
  /** Whether it was made by us and its time is not over. */
  isGood(challenge: string, now: Date): boolean;
}

export const CHALLENGE_SECONDS = 300;
const NONCE = 16;
const TIME = 6;
const MAC = 32;

/** Nothing is kept of a challenge that was made: anybody may ask for any number of them. @param keys envelope keys, newest first */
export function createChallenges(keys: readonly Buffer[]): Challenges {
  const derived = keys.map((key) => Buffer.from(hkdfSync('sha256', key, '', 'binnacle recovery-challenge', MAC)));
  const [newest] = derived;
  if (!newest) throw new Error('challenges need at least one key');
  const macOf = (key: Buffer, body: Buffer): Buffer => createHmac('sha256', key).update(body).digest();
  return {
    make(now) {
      const expiresAt = new Date(now.getTime() + CHALLENGE_SECONDS * 1_000);
      const body = Buffer.concat([randomBytes(NONCE), Buffer.alloc(TIME)]);
      body.writeUIntBE(expiresAt.getTime(), NONCE, TIME);
      return { challenge: Buffer.concat([body, macOf(newest, body)]).toString('base64url'), expiresAt };
    },
    isGood(challenge, now) {
      const bytes = Buffer.from(challenge, 'base64url');
      // One challenge has one text: else it could be answered once in each of its spellings.
      if (bytes.length !== NONCE + TIME + MAC || bytes.toString('base64url') !== challenge) return false;
      const body = bytes.subarray(0, NONCE + TIME);
      return derived.some((key) => timingSafeEqual(macOf(key, body), bytes.subarray(NONCE + TIME))) && body.readUIntBE(NONCE, TIME) > now.getTime();
    },
  };
}
