import { createHash } from 'node:crypto';
import type { Authority } from './certificate-authority.ts';
import { DerError } from './der-read.ts';
import { bitString, context, contextPrimitive, encode, enumerated, generalizedTime, octetString, oid, sequence } from './der-write.ts';
import { writeExtension } from './extensions.ts';
import { OID } from './oids.ts';
import { type OcspCertId, type OcspRequest, readOcspRequest } from './ocsp-request.ts';
import { strictBase64 } from './pem.ts';
import type { Certificate } from './read-certificate.ts';
import { REVOCATION_REASONS, type RevocationReason } from './revocation-list.ts';
import { ownAlgorithm, signInPool } from './signature.ts';

export type OcspStatus =
  | { readonly kind: 'good' }
  | { readonly kind: 'revoked'; readonly at: Date; readonly reason?: RevocationReason }
  | { readonly kind: 'unknown' };

/** An authority that is answered for, and the key that answers: a delegated responder of that authority, or itself. */
export interface OcspResponder {
  readonly issuer: Certificate;
  readonly signer: Authority;
}

export interface OcspAnswer {
  readonly kind: 'successful' | 'malformedRequest' | 'unauthorized';
  readonly der: Buffer;
  /** Until when the answer may be kept; undefined when it may not, as with a nonce. */
  readonly validUntil: Date | undefined;
}

export interface OcspOptions {
  readonly responders: readonly OcspResponder[];
  readonly statusOf: (issuer: Certificate, serial: string) => OcspStatus | Promise<OcspStatus>;
  readonly now: Date;
  readonly validitySeconds: number;
}

/**
 * Answers an OCSP request (RFC 6960). A body that is no request gets `malformedRequest`; one about issuers that are
 * not ours gets `unauthorized`: nobody here could sign for them.
 */
export async function answerOcsp(body: Uint8Array, options: OcspOptions): Promise<OcspAnswer> {
  const request = readOrRefuse(body);
  if (request === undefined) return failure('malformedRequest', 1);
  const responder = request.certIds.map((certId) => responderFor(certId, options.responders)).find((found) => found !== undefined);
  if (responder === undefined) return failure('unauthorized', 6);
  return sign(request, responder, options);
}

function readOrRefuse(body: Uint8Array): OcspRequest | undefined {
  try {
    return readOcspRequest(body);
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

const failure = (kind: OcspAnswer['kind'], status: number): OcspAnswer => ({ kind, der: sequence(enumerated(status)), validUntil: undefined });

/** The path segment of `GET …/ocsp/<segment>`, URL-decoded, to the body of a POST; undefined when it is not base64. */
export function decodeOcspPath(segment: string): Buffer | undefined {
  // Some clients send the URL-safe alphabet, though RFC 6960 A.1 has the standard one.
  return strictBase64(segment.replaceAll('-', '+').replaceAll('_', '/'));
}

const hashes = new WeakMap<Certificate, Map<string, Buffer>>();

function hashOf(issuer: Certificate, hash: OcspCertId['hash'], part: 'name' | 'key'): Buffer {
  const known = hashes.get(issuer) ?? new Map<string, Buffer>();
  hashes.set(issuer, known);
  const id = `${hash}/${part}`;
  const value =
    known.get(id) ??
    createHash(hash)
      .update(part === 'name' ? issuer.subjectDer : issuer.publicKey.keyOctets)
      .digest();
  known.set(id, value);
  return value;
}

function responderFor(certId: OcspCertId, responders: readonly OcspResponder[]): OcspResponder | undefined {
  return responders.find(
    ({ issuer }) => hashOf(issuer, certId.hash, 'name').equals(certId.issuerNameHash) && hashOf(issuer, certId.hash, 'key').equals(certId.issuerKeyHash),
  );
}

async function sign(request: OcspRequest, { issuer, signer }: OcspResponder, options: OcspOptions): Promise<OcspAnswer> {
  const until = new Date(options.now.getTime() + options.validitySeconds * 1_000);
  const single = async (certId: OcspCertId): Promise<Buffer> => {
    const ours = responderFor(certId, options.responders)?.issuer === issuer;
    const status: OcspStatus = ours ? await options.statusOf(issuer, certId.serial) : { kind: 'unknown' };
    return sequence(certId.raw, encodeStatus(status), generalizedTime(options.now), context(0, generalizedTime(until)));
  };
  const { nonce } = request;
  const data = sequence(
    context(1, signer.certificate.subjectDer),
    generalizedTime(options.now),
    sequence(...(await Promise.all(request.certIds.map(single)))),
    ...(nonce === undefined ? [] : [context(1, sequence(writeExtension(OID.ocspNonce, nonce)))]),
  );
  const { identifier } = ownAlgorithm(signer.kind);
  const signature = bitString(await signInPool(signer.kind, data, signer.key));
  const basic = sequence(data, identifier, signature, context(0, sequence(signer.certificate.der)));
  const der = sequence(enumerated(0), context(0, sequence(oid(OID.ocspBasic), octetString(basic))));
  return { kind: 'successful', der, validUntil: nonce === undefined ? until : undefined };
}

const GOOD = contextPrimitive(0, Buffer.alloc(0));
const UNKNOWN = contextPrimitive(2, Buffer.alloc(0));

function encodeStatus(status: OcspStatus): Buffer {
  if (status.kind === 'good') return GOOD;
  if (status.kind === 'unknown') return UNKNOWN;
  const { reason = 'unspecified' } = status;
  const stated = reason === 'unspecified' ? [] : [context(0, enumerated(REVOCATION_REASONS[reason]))];
  return encode(0xa1, generalizedTime(status.at), ...stated);
}
