import { CertificateRefused } from './certificate-refused.ts';
import { type CertificateRequest, decodeCertificateRequest, readCertificateRequest } from './certificate-request.ts';
import { DerError, readDer } from './der-read.ts';
import { valuesOf } from './distinguished-name.ts';
import { type Extension, readGeneralNames, urisOf } from './extensions.ts';
import { OID } from './oids.ts';
import { isStrong, type KeyKind } from './public-key.ts';
import { SUBJECT_PARTS, type SubjectSettings } from './subject.ts';

/** Names of the keys that the default policy accepts, as clients are told them; RSA may also be of sizes between and up to 8192. */
export const KEY_ALGORITHMS: readonly string[] = ['rsa2048', 'rsa3072', 'rsa4096', 'ecdsa-p256', 'ecdsa-p384', 'ed25519'];

const KEY_KINDS: readonly KeyKind[] = ['rsa', 'p256', 'p384', 'ed25519'];

/** What a request must be to get a certificate for `clientId`. */
export interface RequestPolicy {
  readonly clientId: string;
  readonly subject: SubjectSettings;
  readonly keyKinds?: readonly KeyKind[];
  /** The URI that the certificate will carry: a request may ask for it. */
  readonly uri?: string;
  /** `refuse` requests that ask for any other extension (the default), or sign without what they ask for. */
  readonly unwantedExtensions?: 'refuse' | 'ignore';
  /** SHA-256 of the only SubjectPublicKeyInfo that may be signed, when the enrolment was bound to a key. */
  readonly requiredSpkiSha256?: string;
  /** SHA-256 of keys that may never be signed, such as those of our authorities. */
  readonly forbiddenSpkiSha256?: ReadonlySet<string>;
}

/**
 * From the wire form to a request that may be signed.
 * @throws CertificateRefused with the message for the client; the first fault in the order of the contract
 */
export function acceptCertificateRequest(csr: string, policy: RequestPolicy): CertificateRequest {
  return acceptCertificateRequestDer(decodeCertificateRequest(csr), policy);
}

/** The same for a request that came as DER. */
export function acceptCertificateRequestDer(der: Uint8Array, policy: RequestPolicy): CertificateRequest {
  const request = readCertificateRequest(der);
  checkSubject(request, policy);
  checkExtensions(request.extensions, policy);
  checkKey(request, policy);
  return request;
}

function checkSubject({ subject }: CertificateRequest, { clientId, subject: settings }: RequestPolicy): void {
  if (valuesOf(subject, 'CN')[0] !== clientId) throw new CertificateRefused('common-name', 'CSR: Invalid common name provided.');
  const attributes = subject.flat();
  for (const { type, key, word } of SUBJECT_PARTS) {
    if (!attributes.some((attribute) => attribute.type === type)) throw new CertificateRefused('subject', `CSR: No ${word} provided.`);
    if (valuesOf(subject, type)[0] !== settings[key]) throw new CertificateRefused('subject', `CSR: Invalid ${word} provided.`);
  }
  // Whatever else a subject holds could be taken for the identity by somebody who reads its text.
  const allowed = new Set(['CN', ...SUBJECT_PARTS.map(({ type }) => type as string)]);
  const foreign = attributes.find(({ type }) => !allowed.delete(type));
  if (foreign !== undefined) throw new CertificateRefused('subject', `CSR: Invalid subject attribute provided: ${foreign.type}.`);
}

function checkExtensions(extensions: readonly Extension[], { uri, unwantedExtensions = 'refuse' }: RequestPolicy): void {
  if (unwantedExtensions === 'ignore') return;
  const unwanted = extensions.find((extension) => !asksForUri(extension, uri));
  if (unwanted !== undefined) throw new CertificateRefused('extension', `CSR: Invalid extension requested: ${unwanted.type}.`);
}

function asksForUri({ type, value }: Extension, uri: string | undefined): boolean {
  if (type !== OID.subjectAltName || uri === undefined) return false;
  try {
    const { uris, others } = urisOf(readGeneralNames(readDer(value), 'subject alternative name'));
    return others === 0 && uris.length === 1 && uris[0] === uri;
  } catch (error) {
    if (error instanceof DerError) return false;
    throw error;
  }
}

function checkKey({ publicKey }: CertificateRequest, policy: RequestPolicy): void {
  const { keyKinds = KEY_KINDS, requiredSpkiSha256, forbiddenSpkiSha256 } = policy;
  const accepted =
    publicKey.kind !== undefined &&
    keyKinds.includes(publicKey.kind) &&
    isStrong(publicKey) &&
    (requiredSpkiSha256 === undefined || requiredSpkiSha256 === publicKey.spkiSha256) &&
    forbiddenSpkiSha256?.has(publicKey.spkiSha256) !== true;
  if (!accepted) throw new CertificateRefused('key', 'CSR: Invalid key');
}
