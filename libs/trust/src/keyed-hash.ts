import { createHmac, hkdfSync } from 'node:crypto';

/** What a keyed hash is for; hashes of one kind say nothing about another. */
export type HashContext = 'one-time-token' | 'client-secret' | 'oauth-token' | 'idempotency-key';

/** HMAC-SHA-256 under keys that only the services hold: what lies in the database cannot be tried out by who reads it. */
export interface KeyedHash {
  /** Under the newest key: for what is stored. */
  hash(text: string): Buffer;
  /** Under every key, newest first: for what is looked up, so that keys can be changed while older hashes live. */
  candidates(text: string): readonly Buffer[];
}

/**
 * Derives a key for each context by HKDF (RFC 5869) from the envelope keys.
 * @param keys 32 bytes each, newest first
 */
export function createKeyedHash(keys: readonly Buffer[], context: HashContext): KeyedHash {
  const derived = keys.map((key) => Buffer.from(hkdfSync('sha256', key, '', `binnacle ${context}`, 32)));
  const [newest] = derived;
  if (!newest) throw new Error('a keyed hash needs at least one key');
  const under = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text, 'utf8').digest();
  return { hash: (text) => under(newest, text), candidates: (text) => derived.map((key) => under(key, text)) };
}
