import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import type { Audience, Caller } from './caller.ts';

/** Seconds that an internal token lives. */
export const TOKEN_LIFE_SECONDS = 60;

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
}

/** Makes a new ES256 key pair. */
export function generateSigningKey(): { readonly kid: string; readonly privateKey: KeyObject; readonly publicJwk: Readonly<Record<string, unknown>> } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = randomUUID();
  return { kid, privateKey, publicJwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' } };
}

/**
 * Signs what the Gateway found out about a caller, for one service and at most a minute.
 * @param nowSeconds time of the database, which those who verify use too
 */
export function mintInternalToken(key: SigningKey, caller: Caller, issuer: string, audience: Audience, nowSeconds: number): string {
  const claims = {
    ...callerClaims(caller),
    iss: issuer,
    aud: audience,
    iat: nowSeconds,
    nbf: nowSeconds,
    exp: nowSeconds + TOKEN_LIFE_SECONDS,
    jti: randomUUID(),
  };
  return jsonwebtoken.sign(claims, key.privateKey, { algorithm: 'ES256', keyid: key.kid });
}

/**
 * A caller as claims: equal callers have equal claims. Every claim of ours is a text, the tenants a JSON object written into one, as
 * consumers of these claims have always read them.
 */
export function callerClaims(caller: Caller): Readonly<Record<string, string>> {
  return {
    consumerID: caller.consumerId,
    consumerType: caller.consumerType,
    flow: caller.flow,
    onBehalfOf: caller.onBehalfOf,
    region: caller.region,
    scopes: [...caller.scopes].join(' '),
    tenant: JSON.stringify({ consumerTenant: caller.tenant ?? '', externalTenant: caller.externalTenant ?? '' }),
    tokenClientID: '',
    subject: caller.subject,
    sub: caller.systemAuthId ?? caller.consumerId,
    ...(caller.systemAuthId === undefined ? {} : { systemAuthID: caller.systemAuthId }),
    ...(caller.oneTimeTokenId === undefined ? {} : { oneTimeTokenID: caller.oneTimeTokenId }),
    ...(caller.certificate === undefined ? {} : { certificateHash: caller.certificate.fingerprint, certificateSerial: caller.certificate.serial }),
  };
}
