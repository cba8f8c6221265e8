import { createHash, type KeyObject } from 'node:crypto';
import { type CertificateExtensions, interpretExtensions } from './certificate-extensions.ts';
import { bitStringOf, childrenOf, contextTag, DerError, type DerNode, expectTag, readDer, smallIntegerOf, TAG, timeOf, unsignedOf } from './der-read.ts';
import { type DistinguishedName, readName } from './distinguished-name.ts';
import { readExtensions } from './extensions.ts';
import { readPem, writePem } from './pem.ts';
import { importPublicKey, isAffordable, type PublicKeyInfo, readPublicKeyInfo } from './public-key.ts';
import { readSignatureAlgorithm, verifies } from './signature.ts';
import { serialHex } from './serial-number.ts';

/** An X.509 certificate as data. Reading it says nothing about who signed it. */
export interface Certificate extends CertificateExtensions {
  readonly der: Buffer;
  /** Hexadecimal, lower case, no zeros in front. */
  readonly serial: string;
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
  readonly subjectDer: Buffer;
  readonly issuerDer: Buffer;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly publicKey: PublicKeyInfo;
  /** SHA-256 of `der`, lower-case hexadecimal: the name of the certificate everywhere. */
  readonly sha256: string;
  /** The part that is signed, and how. */
  readonly signed: { readonly tbs: Buffer; readonly algorithm: Buffer; readonly signature: Buffer };
}

const MAX_CERTIFICATE_BYTES = 65_536;

/** @throws DerError when it is not a version 3 certificate in DER */
export function readCertificate(der: Uint8Array): Certificate {
  if (der.length > MAX_CERTIFICATE_BYTES) throw new DerError('certificate is too long');
  const [tbs, algorithm, signature, extra] = childrenOf(readDer(der), TAG.sequence, 'certificate');
  if (tbs === undefined || algorithm === undefined || extra !== undefined) throw new DerError('malformed certificate');
  const [version, serial, inner, issuer, validity, subject, publicKey, ...optional] = childrenOf(tbs, TAG.sequence, 'certificate');
  const versionOctet = childrenOf(version, contextTag(0), 'version');
  if (smallIntegerOf(versionOctet[0], 'version') !== 2 || !expectTag(inner, TAG.sequence, 'certificate').raw.equals(algorithm.raw)) {
    throw new DerError('malformed certificate');
  }
  const [notBefore, notAfter] = childrenOf(validity, TAG.sequence, 'validity');
  return {
    der: Buffer.from(der),
    sha256: createHash('sha256').update(der).digest('hex'),
    serial: serialHex(unsignedOf(serial, 'serial number')),
    issuer: readName(issuer, 'issuer'),
    subject: readName(subject, 'subject'),
    issuerDer: issuer?.raw ?? Buffer.alloc(0),
    subjectDer: subject?.raw ?? Buffer.alloc(0),
    notBefore: timeOf(notBefore, 'validity'),
    notAfter: timeOf(notAfter, 'validity'),
    publicKey: readPublicKeyInfo(publicKey),
    signed: { tbs: tbs.raw, algorithm: algorithm.raw, signature: bitStringOf(signature, 'signature') },
    ...interpretExtensions(readLastExtensions(optional)),
  };
}

/** Unique identifiers ([1], [2]) of version 2 are skipped. */
function readLastExtensions(nodes: readonly DerNode[]): ReturnType<typeof readExtensions> {
  const wrapper = nodes.find(({ tag }) => tag === contextTag(3));
  if (nodes.some(({ tag }) => ![contextTag(1, false), contextTag(2, false), contextTag(3)].includes(tag))) throw new DerError('malformed certificate');
  if (wrapper === undefined) return [];
  if (wrapper.children.length !== 1) throw new DerError('malformed certificate');
  return readExtensions(wrapper.children[0]);
}

/**
 * All certificates of a PEM text, in its order.
 * @throws PemError, DerError
 */
export function readCertificates(pem: string): readonly Certificate[] {
  return readPem(pem)
    .filter(({ label }) => label === 'CERTIFICATE' || label === 'X509 CERTIFICATE' || label === 'TRUSTED CERTIFICATE')
    .map(({ der }) => readCertificate(der));
}

export const certificatePem = ({ der }: { readonly der: Uint8Array }): string => writePem('CERTIFICATE', der);

/** Both ends belong to the time of validity (RFC 5280 §4.1.2.5). */
export function isInDate({ notBefore, notAfter }: Pick<Certificate, 'notBefore' | 'notAfter'>, now: Date): boolean {
  const seconds = Math.floor(now.getTime() / 1_000) * 1_000;
  return notBefore.getTime() <= seconds && seconds <= notAfter.getTime();
}

const imported = new WeakMap<PublicKeyInfo, KeyObject>();

/** @throws DerError when the key library refuses the key */
export function publicKeyOf({ publicKey }: Certificate): KeyObject {
  const known = imported.get(publicKey) ?? importPublicKey(publicKey);
  imported.set(publicKey, known);
  return known;
}

/**
 * Whether `authority` may issue certificates and has signed this one: names, key identifiers, CA flag, key usage and signature.
 * Dates and revocation are the caller's.
 */
export function isIssuedBy(certificate: Certificate, authority: Certificate): boolean {
  if (!authority.isAuthority || authority.unknownCritical.length > 0 || !isAffordable(authority.publicKey)) return false;
  if (authority.keyUsages?.has('keyCertSign') === false || !certificate.issuerDer.equals(authority.subjectDer)) return false;
  const { authorityKeyIdentifier } = certificate;
  if (authorityKeyIdentifier !== undefined && authority.subjectKeyIdentifier !== undefined && authorityKeyIdentifier !== authority.subjectKeyIdentifier) {
    return false;
  }
  return isSignedBy(certificate, authority);
}

function isSignedBy({ signed }: Certificate, authority: Certificate): boolean {
  try {
    const algorithm = readSignatureAlgorithm(readDer(signed.algorithm));
    return algorithm !== undefined && verifies(algorithm, signed.tbs, publicKeyOf(authority), signed.signature);
  } catch (error) {
    if (error instanceof DerError) return false;
    throw error;
  }
}

/** The first of the authorities that issued the certificate and is in date. */
export function issuerOf(certificate: Certificate, authorities: readonly Certificate[], now: Date): Certificate | undefined {
  return authorities.find((authority) => isInDate(authority, now) && isIssuedBy(certificate, authority));
}
