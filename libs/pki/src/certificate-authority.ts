import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import {
  authorityInfoAccess,
  authorityKeyIdentifier,
  basicConstraints,
  crlDistributionPoint,
  extendedKeyUsage,
  keyUsage,
  subjectKeyIdentifier,
  uriAlternativeName,
} from './certificate-extensions.ts';
import { DerError } from './der-read.ts';
import { nothing } from './der-write.ts';
import { type DistinguishedName, writeName } from './distinguished-name.ts';
import { writeExtension } from './extensions.ts';
import { OID } from './oids.ts';
import { PemError } from './pem.ts';
import { isStrong, type KeyKind, keyIdentifierOf, type PublicKeyInfo, publicKeyInfoOf } from './public-key.ts';
import { type Certificate, isIssuedBy, isInDate, readCertificates } from './read-certificate.ts';
import { signCertificate, type SigningKey, validityFrom } from './sign-certificate.ts';

/** A certificate authority that can sign: its certificate and the key that belongs to it. */
export interface Authority extends SigningKey {
  readonly certificate: Certificate;
}

/** Where what an authority publishes is found; written into the certificates that it signs. */
export interface PublishedUrls {
  readonly crl?: string;
  readonly ocsp?: string;
  /** The certificate of the authority itself. */
  readonly issuer?: string;
}

/** A key and a certificate that cannot be used as an authority; the message says why and is meant for the operator. */
export class AuthorityUnusable extends Error {
  override readonly name = 'AuthorityUnusable';
}

/**
 * Opens an authority from the PEM of its certificate (the first of the text) and of its key (PKCS#8, PKCS#1 or SEC 1).
 * @throws AuthorityUnusable when one is missing or malformed, they do not belong together, it is out of date, weak or no CA
 */
export function openAuthority(certificatePem: string, keyPem: string, now: Date): Authority {
  const certificate = readFirstCertificate(certificatePem);
  const key = readPrivateKey(keyPem);
  const own = publicKeyInfo(key);
  if (own.kind === undefined || !isStrong(own)) throw new AuthorityUnusable('the CA key is of a kind or size that is not supported');
  if (!own.spki.equals(certificate.publicKey.spki)) throw new AuthorityUnusable('the CA key does not belong to the CA certificate');
  if (!certificate.isAuthority) throw new AuthorityUnusable('the CA certificate is not one of a certificate authority (basic constraints)');
  if (certificate.keyUsages?.has('keyCertSign') === false) throw new AuthorityUnusable('the CA certificate may not sign certificates (key usage)');
  if (!isInDate(certificate, now)) {
    const [when, verb] = certificate.notAfter < now ? [certificate.notAfter, 'expired at'] : [certificate.notBefore, 'is not valid before'];
    throw new AuthorityUnusable(`the CA certificate ${verb} ${when.toISOString()}`);
  }
  return { certificate, key, kind: own.kind };
}

function readFirstCertificate(pem: string): Certificate {
  try {
    const [certificate] = readCertificates(pem);
    if (certificate === undefined) throw new AuthorityUnusable('the CA certificate is missing');
    return certificate;
  } catch (error) {
    if (error instanceof DerError || error instanceof PemError)
      throw new AuthorityUnusable(`the CA certificate cannot be read: ${error.message}`, { cause: error });
    throw error;
  }
}

function readPrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // The cause may repeat parts of the key.
    throw new AuthorityUnusable('the CA key is missing or cannot be read');
  }
}

function publicKeyInfo(key: KeyObject): PublicKeyInfo {
  try {
    return publicKeyInfoOf(key);
  } catch {
    throw new AuthorityUnusable('the CA key is of a kind or size that is not supported');
  }
}

const GENERATORS: Readonly<Record<KeyKind, () => Promise<KeyObject>>> = {
  rsa: async () => (await promisify(generateKeyPair)('rsa', { modulusLength: 3_072 })).privateKey,
  p256: async () => (await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })).privateKey,
  p384: async () => (await promisify(generateKeyPair)('ec', { namedCurve: 'P-384' })).privateKey,
  ed25519: async () => (await promisify(generateKeyPair)('ed25519')).privateKey,
};

/** A new private key; RSA of 3072 bits. */
export const generateKey = (kind: KeyKind): Promise<KeyObject> => GENERATORS[kind]();

/** PKCS#8 PEM, in clear: sealing it is the caller's. */
export const privateKeyPem = ({ key }: Pick<SigningKey, 'key'>): string => key.export({ format: 'pem', type: 'pkcs8' }).toString();

export interface AuthorityRequest {
  readonly subject: DistinguishedName;
  readonly kind: KeyKind;
  readonly validitySeconds: number;
  /** A key to use instead of a new one. */
  readonly key?: KeyObject;
  /** The trust domain (`spiffe://…`), as the signing certificates of SPIFFE carry it. */
  readonly uri?: string;
}

/** Makes a root: signed by itself, no limit on the chain below it. */
export async function makeRoot(request: AuthorityRequest, now: Date): Promise<Authority> {
  const key = request.key ?? (await generateKey(request.kind));
  const info = publicKeyInfoOf(key);
  const subject = writeName(request.subject);
  const extensions = authorityExtensions(request, info, keyIdentifierOf(info), undefined);
  const content = { issuer: subject, subject, ...validityFrom(now, request.validitySeconds), spki: info.spki, extensions };
  return { certificate: await signCertificate(content, { kind: request.kind, key }), key, kind: request.kind };
}

/** Makes an authority below another one; it may sign leafs only. */
export function makeIntermediate(parent: Authority, request: AuthorityRequest, urls: PublishedUrls, now: Date): Promise<Authority> {
  return makeBelow(parent, request, now, (info, signer) => [...authorityExtensions(request, info, signer, 0), ...pointers(urls)]);
}

/**
 * A certificate with a key of its own, signed by the parent, which it never outlives.
 * @param extensionsOf gets the key of the certificate and the key identifier of what signs it
 */
export async function makeBelow(
  parent: Authority,
  request: AuthorityRequest,
  now: Date,
  extensionsOf: (info: PublicKeyInfo, signer: Buffer) => readonly Buffer[],
): Promise<Authority> {
  const key = request.key ?? (await generateKey(request.kind));
  const info = publicKeyInfoOf(key);
  const content = {
    issuer: parent.certificate.subjectDer,
    subject: writeName(request.subject),
    ...validityFrom(now, request.validitySeconds, parent.certificate.notAfter),
    spki: info.spki,
    extensions: extensionsOf(info, identifierOf(parent.certificate)),
  };
  return { certificate: await signCertificate(content, parent), key, kind: request.kind };
}

function authorityExtensions({ uri }: AuthorityRequest, info: PublicKeyInfo, signer: Buffer, pathLength: number | undefined): readonly Buffer[] {
  return [
    basicConstraints({ pathLength }),
    keyUsage('keyCertSign', 'crlSign'),
    subjectKeyIdentifier(keyIdentifierOf(info)),
    authorityKeyIdentifier(signer),
    ...(uri === undefined ? [] : [uriAlternativeName(uri)]),
  ];
}

/** The key identifier that certificates of this authority point to: the one it states, else the one of its key. */
export function identifierOf({ subjectKeyIdentifier: stated, publicKey }: Certificate): Buffer {
  return stated === undefined ? keyIdentifierOf(publicKey) : Buffer.from(stated, 'hex');
}

/** CRL and AIA extensions for what is configured. */
export function pointers({ crl, ocsp, issuer }: PublishedUrls): readonly Buffer[] {
  const access = { ...(ocsp === undefined ? {} : { ocsp }), ...(issuer === undefined ? {} : { issuer }) };
  return [...(crl === undefined ? [] : [crlDistributionPoint(crl)]), ...(Object.keys(access).length === 0 ? [] : [authorityInfoAccess(access)])];
}

/**
 * A delegated responder (RFC 6960 §4.2.2.2): signs OCSP answers so that the key of the authority need not.
 * Short-lived, therefore exempt from revocation checks itself.
 */
export function makeOcspResponder(parent: Authority, request: AuthorityRequest, now: Date): Promise<Authority> {
  return makeBelow(parent, request, now, (info, signer) => [
    basicConstraints(false),
    keyUsage('digitalSignature'),
    extendedKeyUsage(OID.ocspSigning),
    writeExtension(OID.ocspNoCheck, nothing),
    subjectKeyIdentifier(keyIdentifierOf(info)),
    authorityKeyIdentifier(signer),
  ]);
}

/** Whether every certificate is signed by the one behind it, as in a chain that is handed out. */
export function isChain(certificates: readonly Certificate[]): boolean {
  return certificates.every((certificate, index) => {
    const next = certificates[index + 1];
    return next === undefined || isIssuedBy(certificate, next);
  });
}
