import { createPrivateKey } from 'node:crypto';
import type { SigningKey } from './mint.ts';

/**
 * Reads the key by which a service shows itself at the Gateway's internal listener: a private JWK of curve P-256 with a `kid`.
 * @throws Error when it is anything else
 */
export function parseServiceKey(file: Buffer): SigningKey {
  const jwk = JSON.parse(file.toString('utf8')) as Readonly<Record<string, string>>;
  if (typeof jwk['kid'] !== 'string' || jwk['kid'] === '') throw new Error('the key has no kid');
  const privateKey = createPrivateKey({ key: { ...jwk }, format: 'jwk' });
  if (privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('the key is not one of curve P-256');
  return { kid: jwk['kid'], privateKey };
}
