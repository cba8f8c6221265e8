import { childrenOf, contextTag, DerError, type DerNode, expectTag, oidOf, readDer, smallIntegerOf, TAG, unsignedOf } from './der-read.ts';
import { readExtensions } from './extensions.ts';
import { OID } from './oids.ts';
import { serialHex } from './serial-number.ts';

/** Which certificate is asked about: its issuer by hashes, and its serial number. */
export interface OcspCertId {
  readonly hash: 'sha1' | 'sha256' | 'sha384' | 'sha512';
  readonly issuerNameHash: Buffer;
  readonly issuerKeyHash: Buffer;
  /** Hexadecimal. */
  readonly serial: string;
  /** DER, repeated in the answer as it is. */
  readonly raw: Buffer;
}

export interface OcspRequest {
  readonly certIds: readonly OcspCertId[];
  /** DER inside the nonce extension, repeated in the answer. */
  readonly nonce: Buffer | undefined;
}

export const MAX_OCSP_REQUEST_BYTES = 8_192;
const MAX_CERT_IDS = 32;
// SHA-1 only names issuers here (RFC 6960 §4.1.1), and is what every client sends.
const HASHES: Readonly<Record<string, OcspCertId['hash']>> = { [OID.sha1]: 'sha1', [OID.sha256]: 'sha256', [OID.sha384]: 'sha384', [OID.sha512]: 'sha512' };

/**
 * Reads a request of RFC 6960 §4.1; signatures of requestors are not looked at.
 * @throws DerError
 */
export function readOcspRequest(der: Uint8Array): OcspRequest {
  if (der.length > MAX_OCSP_REQUEST_BYTES) throw new DerError('OCSP request is too long');
  const [tbs, signature, extra] = childrenOf(readDer(der), TAG.sequence, 'OCSP request');
  if (extra !== undefined || (signature !== undefined && signature.tag !== contextTag(0))) throw new DerError('malformed OCSP request');
  const parts = [...childrenOf(tbs, TAG.sequence, 'OCSP request')];
  const version = parts[0]?.tag === contextTag(0) ? parts.shift() : undefined;
  if (version !== undefined && smallIntegerOf(version.children[0], 'OCSP version') !== 0) throw new DerError('malformed OCSP request');
  if (parts[0]?.tag === contextTag(1)) parts.shift();
  const [list, extensions, more] = parts;
  const requests = childrenOf(list, TAG.sequence, 'OCSP request');
  if (more !== undefined || requests.length === 0 || requests.length > MAX_CERT_IDS) throw new DerError('malformed OCSP request');
  return { certIds: requests.map(readSingleRequest), nonce: extensions === undefined ? undefined : readNonce(extensions) };
}

function readSingleRequest(node: DerNode): OcspCertId {
  const [certId, extensions, extra] = childrenOf(node, TAG.sequence, 'OCSP request');
  if (certId === undefined || extra !== undefined || (extensions !== undefined && extensions.tag !== contextTag(0))) {
    throw new DerError('malformed OCSP request');
  }
  const [algorithm, name, key, serial, more] = childrenOf(certId, TAG.sequence, 'OCSP request');
  const hash = HASHES[oidOf(childrenOf(algorithm, TAG.sequence, 'OCSP request')[0], 'OCSP request')];
  if (hash === undefined || more !== undefined) throw new DerError('malformed OCSP request');
  return {
    hash,
    issuerNameHash: expectTag(name, TAG.octetString, 'OCSP request').content,
    issuerKeyHash: expectTag(key, TAG.octetString, 'OCSP request').content,
    serial: serialHex(unsignedOf(serial, 'serial number')),
    raw: certId.raw,
  };
}

/** 1 to 128 octets (RFC 9654 §2.1). */
function readNonce(node: DerNode): Buffer | undefined {
  if (node.tag !== contextTag(2) || node.children.length !== 1) throw new DerError('malformed OCSP request');
  const nonce = readExtensions(node.children[0], 'OCSP request').find(({ type }) => type === OID.ocspNonce)?.value;
  if (nonce === undefined) return undefined;
  const { length } = expectTag(readDer(nonce), TAG.octetString, 'OCSP nonce').content;
  if (length < 1 || length > 128) throw new DerError('malformed OCSP nonce');
  return nonce;
}
