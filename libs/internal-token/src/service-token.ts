import { randomUUID } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import type { SigningKey } from './mint.ts';

/** What a service names as audience when it calls the Gateway's internal listener. */
export const SERVICE_AUDIENCE = 'binnacle-gateway';

const LIFE_SECONDS = 60;

/**
 * Signs the token by which a service shows itself at the Gateway's internal listener, with its own key.
 * @param service name under which the Gateway knows the key
 */
export function mintServiceToken(key: SigningKey, service: string, nowSeconds: number): string {
  const claims = { iss: service, sub: service, aud: SERVICE_AUDIENCE, iat: nowSeconds, nbf: nowSeconds, exp: nowSeconds + LIFE_SECONDS, jti: randomUUID() };
  return jsonwebtoken.sign(claims, key.privateKey, { algorithm: 'ES256', keyid: key.kid });
}
