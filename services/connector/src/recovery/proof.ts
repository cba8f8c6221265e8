import { createHash, type KeyObject, verify } from 'node:crypto';

/** What the holder of the old key signs: the challenge, and the request that it is answered with. One line each, no line feed at the end. */
export function textToSign(challenge: string, csrDer: Uint8Array): string {
  return `binnacle-recovery-v1\n${challenge}\n${createHash('sha256').update(csrDer).digest('hex')}`;
}

const HASHES: Readonly<Record<string, readonly (string | null)[]>> = { rsa: ['sha256'], ec: ['sha256', 'sha384'], ed25519: [null] };

/**
 * Whether the key signed the text: RSA (PKCS #1 v1.5) with SHA-256, ECDSA with SHA-256 or SHA-384 as openssl writes it, Ed25519.
 * Never throws.
 */
export function isSignedBy(key: KeyObject, text: string, signature: Uint8Array): boolean {
  const data = Buffer.from(text);
  return (HASHES[key.asymmetricKeyType ?? ''] ?? []).some((hash) => {
    try {
      return verify(hash, data, key, signature);
    } catch {
      return false;
    }
  });
}
