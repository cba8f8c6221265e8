import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A sealed text and the name of the key that opens it. */
export interface Sealed {
  readonly keyId: string;
  /** nonce (12 bytes), tag (16 bytes), ciphertext. */
  readonly ciphertext: Buffer;
}

/** Seals and opens texts that must not lie in clear in the database. */
export interface Envelope {
  /** `context` binds the ciphertext to its place (such as the id of its row): moved elsewhere it does not open. */
  seal(plaintext: string, context: string): Sealed;
  /** @throws Error when the key is unknown or the ciphertext was changed or moved. */
  open(sealed: Sealed, context: string): string;
}

/**
 * AES-256-GCM (NIST SP 800-38D) under the first key; older keys only open.
 * @param keys 32 bytes each, newest first
 */
export function createEnvelope(keys: readonly Buffer[]): Envelope {
  const [newest] = keys;
  if (!newest) throw new Error('an envelope needs at least one key');
  for (const key of keys) if (key.length !== 32) throw new Error(`an envelope key has 32 bytes, not ${key.length}`);
  const byId = new Map(keys.map((key) => [keyIdOf(key), key]));
  return {
    seal(plaintext, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', newest, nonce).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
      return { keyId: keyIdOf(newest), ciphertext: Buffer.concat([nonce, cipher.getAuthTag(), body]) };
    },
    open({ keyId, ciphertext }, context) {
      const key = byId.get(keyId);
      if (!key) throw new Error(`no key ${keyId} to open a secret with`);
      const decipher = createDecipheriv('aes-256-gcm', key, ciphertext.subarray(0, NONCE_BYTES))
        .setAAD(Buffer.from(context))
        .setAuthTag(ciphertext.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      return Buffer.concat([decipher.update(ciphertext.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
    },
  };
}

/** Keys as they stand in a key file: one base64 text of 32 bytes a line, newest first. */
export function parseKeyFile(content: Buffer): readonly Buffer[] {
  const keys = content
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => Buffer.from(line, 'base64'));
  if (keys.length === 0 || keys.some((key) => key.length !== 32)) throw new Error('a key file holds base64 texts of 32 bytes, one a line, newest first');
  return keys;
}

function keyIdOf(key: Buffer): string {
  return createHash('sha256').update('binnacle envelope key id').update(key).digest('hex').slice(0, 16);
}
