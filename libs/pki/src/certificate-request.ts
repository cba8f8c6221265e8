import type { KeyObject } from 'node:crypto';
import { CertificateRefused } from './certificate-refused.ts';
import { bitStringOf, childrenOf, contextTag, DerError, type DerNode, expectTag, integerContentOf, oidOf, readDer, TAG } from './der-read.ts';
import { type DistinguishedName, readName } from './distinguished-name.ts';
import { readExtensions, type Extension } from './extensions.ts';
import { OID } from './oids.ts';
import { PemError, readSinglePem, strictBase64 } from './pem.ts';
import { importPublicKey, isAffordable, type PublicKeyInfo, readPublicKeyInfo } from './public-key.ts';
import { readSignatureAlgorithm, verifies } from './signature.ts';

/** A PKCS#10 request whose signature was checked: who sent it holds the key. */
export interface CertificateRequest {
  readonly der: Buffer;
  readonly subject: DistinguishedName;
  readonly publicKey: PublicKeyInfo;
  readonly key: KeyObject;
  /** What the request wants in its certificate; nothing of it is copied. */
  readonly extensions: readonly Extension[];
}

/** Longest request that is looked at, in characters of its base64 form and in bytes. */
export const MAX_REQUEST_BYTES = 16_384;

/**
 * From the wire form (base64 of PEM, line breaks allowed) to DER.
 * @throws CertificateRefused encoding, pem
 */
export function decodeCertificateRequest(csr: string): Buffer {
  if (csr.length > MAX_REQUEST_BYTES) throw new CertificateRefused('encoding', `More than ${MAX_REQUEST_BYTES} characters.`);
  const text = strictBase64(csr.replace(/[\r\n]/g, ''));
  if (text === undefined) throw new CertificateRefused('encoding', 'Error while parsing base64 content. Incorrect value provided.');
  try {
    return readSinglePem(text.toString('latin1')).der;
  } catch (error) {
    if (error instanceof PemError) throw new CertificateRefused('pem', 'Error while decoding pem block.');
    throw error;
  }
}

/**
 * Reads a request strictly and checks that its sender holds the key.
 * @throws CertificateRefused syntax, signature-algorithm, signature; key when even checking would be too costly
 */
export function readCertificateRequest(der: Uint8Array): CertificateRequest {
  try {
    return readAndVerify(der);
  } catch (error) {
    if (error instanceof DerError) throw new CertificateRefused('syntax', `Error while parsing CSR: ${error.message}`);
    throw error;
  }
}

function readAndVerify(der: Uint8Array): CertificateRequest {
  if (der.length > MAX_REQUEST_BYTES) throw new DerError(`more than ${MAX_REQUEST_BYTES} bytes`);
  const [info, algorithm, signature, extra] = childrenOf(readDer(der), TAG.sequence, 'request');
  if (info === undefined || extra !== undefined) throw new DerError('malformed request');
  const parts = readInfo(info);
  const signatureOctets = bitStringOf(signature, 'signature');
  const allowed = readSignatureAlgorithm(algorithm);
  if (allowed === undefined) throw new CertificateRefused('signature-algorithm', 'CSR: Invalid signature algorithm');
  if (!isAffordable(parts.publicKey)) throw new CertificateRefused('key', 'CSR: Invalid key');
  const key = importPublicKey(parts.publicKey);
  if (!verifies(allowed, info.raw, key, signatureOctets)) {
    throw new CertificateRefused('signature', 'CSR signature invalid: the signature does not match the public key');
  }
  return { der: Buffer.from(der), key, ...parts };
}

function readInfo(info: DerNode): Pick<CertificateRequest, 'subject' | 'publicKey' | 'extensions'> {
  const [version, subject, publicKey, attributes, extra] = childrenOf(info, TAG.sequence, 'request');
  if (extra !== undefined || !integerContentOf(version, 'version').equals(Buffer.from([0]))) throw new DerError('malformed request');
  return { subject: readSubject(subject), publicKey: readPublicKeyInfo(publicKey), extensions: readAttributes(attributes) };
}

/** Values must be texts of their type: others read such a subject differently, or not at all. */
function readSubject(node: DerNode | undefined): DistinguishedName {
  const subject = readName(node, 'subject');
  if (subject.flat().some((attribute) => 'der' in attribute)) throw new DerError('malformed subject');
  return subject;
}

/** Attributes but the requested extensions (challenge passwords, names of client programs) do not matter to us. */
function readAttributes(attributes: DerNode | undefined): readonly Extension[] {
  const requested = childrenOf(attributes, contextTag(0), 'attributes').flatMap((attribute) => {
    const [type, values, extra] = childrenOf(attribute, TAG.sequence, 'attributes');
    const { children } = expectTag(values, TAG.set, 'attributes');
    if (extra !== undefined || children.length === 0) throw new DerError('malformed attributes');
    return oidOf(type, 'attributes') === OID.extensionRequest ? [children] : [];
  });
  const [values, second] = requested;
  if (values === undefined) return [];
  if (second !== undefined || values.length !== 1) throw new DerError('malformed attributes');
  return readExtensions(values[0], 'requested extensions');
}
