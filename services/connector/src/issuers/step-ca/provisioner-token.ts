import { createPrivateKey, type KeyObject, randomUUID, sign } from 'node:crypto';

/** The key of a JWK provisioner of step-ca, as it stands (decrypted) in a file: a JWK of the curve P-256. */
export interface ProvisionerKey {
  readonly kid: string;
  readonly key: KeyObject;
}

/** @throws Error that says what a provisioner key is */
export function readProvisionerKey(text: string): ProvisionerKey {
  const WANTED = 'the key of a step-ca provisioner is a private JWK of the curve P-256 with a "kid"';
  let jwk: { readonly kid?: unknown; readonly crv?: unknown; readonly d?: unknown };
  try {
    jwk = JSON.parse(text) as typeof jwk;
  } catch {
    throw new Error(WANTED);
  }
  if (typeof jwk.kid !== 'string' || jwk.crv !== 'P-256' || typeof jwk.d !== 'string') throw new Error(WANTED);
  return { kid: jwk.kid, key: createPrivateKey({ key: jwk as never, format: 'jwk' }) }; // node:crypto checks the rest of the JWK
}

export interface ProvisionerClaims {
  /** Name of the provisioner. */
  readonly provisioner: string;
  /** URL of step-ca. */
  readonly url: string;
  /** Common name. */
  readonly subject: string;
  /** What the template (`certificate.tpl`) puts into the certificate. */
  readonly certificate: { readonly uri: string; readonly subject: readonly { readonly type: string; readonly value: string }[] };
}

const LIFETIME_SECONDS = 60;

/** The one-time token that step-ca wants for one certificate (JWT, ES256): it takes each `jti` once. */
export function provisionerToken({ kid, key }: ProvisionerKey, { provisioner, url, subject, certificate }: ProvisionerClaims, now: Date): string {
  const seconds = Math.floor(now.getTime() / 1_000);
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const content = `${encode({ alg: 'ES256', typ: 'JWT', kid })}.${encode({
    iss: provisioner,
    aud: `${url}/1.0/sign`,
    sub: subject,
    sans: [certificate.uri],
    binnacle: certificate,
    iat: seconds,
    nbf: seconds - LIFETIME_SECONDS,
    exp: seconds + LIFETIME_SECONDS,
    jti: randomUUID(),
  })}`;
  return `${content}.${sign('sha256', Buffer.from(content), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}
