import { DomainError } from '@binnacle/errors/domain-error';

/**
 * The SHA-256 of a public key as hexadecimal text, from hexadecimal, base64 or base64url.
 * @throws DomainError InvalidData
 */
export function thumbprintFrom(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  const bytes = /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : undefined;
  if (bytes?.length !== 32) throw new DomainError('InvalidData', { publicKeyThumbprint: 'must be a SHA-256 in hexadecimal or base64' });
  return bytes.toString('hex');
}
