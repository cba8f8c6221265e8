import type { JsonWebKey } from 'node:crypto';
import { type Certificate, publicKeyOf } from './read-certificate.ts';

export type SpiffeOwner = 'application' | 'runtime' | 'integration-system';

export interface SpiffeIdentity {
  readonly trustDomain: string;
  readonly tenant: string;
  readonly owner: SpiffeOwner;
  readonly id: string;
}

const TRUST_DOMAIN = /^[a-z0-9._-]{1,255}$/;
const SEGMENT = /^(?!\.{1,2}$)[A-Za-z0-9._-]+$/;
const ID = /^spiffe:\/\/([a-z0-9._-]{1,255})\/tenant\/([A-Za-z0-9._-]+)\/(application|runtime|integration-system)\/([A-Za-z0-9._-]+)$/;

export const isTrustDomain = (name: string): boolean => TRUST_DOMAIN.test(name);

/**
 * `spiffe://<trust domain>/tenant/<tenant>/<application|runtime|integration-system>/<id>`
 * @throws RangeError when a part holds a character that the standard does not allow
 */
export function spiffeId({ trustDomain, tenant, owner, id }: SpiffeIdentity): string {
  if (!TRUST_DOMAIN.test(trustDomain)) throw new RangeError('not a SPIFFE trust domain');
  if (!SEGMENT.test(tenant) || !SEGMENT.test(id)) throw new RangeError('not a SPIFFE path segment');
  return `spiffe://${trustDomain}/tenant/${tenant}/${owner}/${id}`;
}

/** The parts of an id of ours; undefined for any other text. */
export function parseSpiffeId(uri: string): SpiffeIdentity | undefined {
  const [, trustDomain = '', tenant = '', owner, id = ''] = (uri.length <= 2_048 && ID.exec(uri)) || [];
  if (owner === undefined || !SEGMENT.test(tenant) || !SEGMENT.test(id)) return undefined;
  return { trustDomain, tenant, owner: owner as SpiffeOwner, id };
}

/** The SPIFFE id of a leaf by the rules of X.509-SVID: exactly one URI, and no authority; undefined otherwise. */
export function spiffeIdOf(certificate: Certificate): string | undefined {
  const [uri, second] = certificate.uris;
  if (uri === undefined || second !== undefined || certificate.isAuthority || !uri.startsWith('spiffe://')) return undefined;
  return certificate.keyUsages?.has('keyCertSign') === true || certificate.keyUsages?.has('crlSign') === true ? undefined : uri;
}

export interface SpiffeBundle {
  readonly keys: readonly (JsonWebKey & { readonly use: 'x509-svid'; readonly x5c: readonly string[] })[];
  readonly spiffe_sequence: number;
  readonly spiffe_refresh_hint: number;
}

/**
 * The trust bundle of a trust domain as a JWK set: one key for each authority that leafs are verified with.
 * @param sequence grows whenever the set of authorities changes
 */
export function spiffeBundle(authorities: readonly Certificate[], sequence: number, refreshHintSeconds: number): SpiffeBundle {
  return {
    keys: authorities.map((certificate) => ({
      ...publicKeyOf(certificate).export({ format: 'jwk' }),
      use: 'x509-svid' as const,
      x5c: [certificate.der.toString('base64')],
    })),
    spiffe_sequence: sequence,
    spiffe_refresh_hint: refreshHintSeconds,
  };
}
