import { booleanOf, childrenOf, contextTag, DerError, expectTag, oidOf, readDer, smallIntegerOf, TAG } from './der-read.ts';
import { bitString, booleanTrue, context, contextPrimitive, integer, octetString, oid, sequence } from './der-write.ts';
import { type Extension, readGeneralNames, urisOf, writeExtension } from './extensions.ts';
import { OID } from './oids.ts';

/** Bits of KeyUsage that we know, as shifts from the highest bit. */
const USAGES = { digitalSignature: 0, keyEncipherment: 2, keyCertSign: 5, crlSign: 6 } as const;
export type KeyUsage = keyof typeof USAGES;

export function keyUsage(...usages: readonly KeyUsage[]): Buffer {
  let octet = 0;
  for (const usage of usages) octet |= 0x80 >> USAGES[usage];
  const unused = 31 - Math.clz32(octet & -octet);
  return writeExtension(OID.keyUsage, bitString(Buffer.from([octet]), unused), true);
}

export const basicConstraints = (authority: false | { readonly pathLength: number | undefined }): Buffer =>
  writeExtension(
    OID.basicConstraints,
    authority === false ? sequence() : sequence(booleanTrue, ...(authority.pathLength === undefined ? [] : [integer(authority.pathLength)])),
    true,
  );

export const extendedKeyUsage = (...purposes: readonly string[]): Buffer => writeExtension(OID.extendedKeyUsage, sequence(...purposes.map(oid)));
export const subjectKeyIdentifier = (identifier: Uint8Array): Buffer => writeExtension(OID.subjectKeyIdentifier, octetString(identifier));
export const authorityKeyIdentifier = (identifier: Uint8Array): Buffer => writeExtension(OID.authorityKeyIdentifier, sequence(contextPrimitive(0, identifier)));
/** @param names DER of GeneralName */
export const alternativeNames = (names: readonly Uint8Array[]): Buffer => writeExtension(OID.subjectAltName, sequence(...names));
export const uriAlternativeName = (uri: string): Buffer => alternativeNames([contextPrimitive(6, Buffer.from(uri, 'latin1'))]);

export const crlDistributionPoint = (url: string): Buffer => writeExtension(OID.crlDistributionPoints, sequence(sequence(distributionPointName(url))));
export const freshestCrl = (url: string): Buffer => writeExtension(OID.freshestCrl, sequence(sequence(distributionPointName(url))));

/** `fullName` of a DistributionPointName; its tag is explicit, for it is a choice. */
function distributionPointName(url: string): Buffer {
  return context(0, context(0, contextPrimitive(6, Buffer.from(url, 'latin1'))));
}

export function authorityInfoAccess(urls: { readonly ocsp?: string; readonly issuer?: string }): Buffer {
  const entry = (method: string, url: string | undefined): readonly Buffer[] =>
    url === undefined ? [] : [sequence(oid(method), contextPrimitive(6, Buffer.from(url, 'latin1')))];
  return writeExtension(OID.authorityInfoAccess, sequence(...entry(OID.accessOcsp, urls.ocsp), ...entry(OID.accessCaIssuers, urls.issuer)));
}

/** What the extensions of a certificate say, as far as we act on it. */
export interface CertificateExtensions {
  readonly isAuthority: boolean;
  readonly pathLength: number | undefined;
  /** Undefined: no restriction. */
  readonly keyUsages: ReadonlySet<KeyUsage> | undefined;
  readonly extendedKeyUsages: readonly string[] | undefined;
  readonly uris: readonly string[];
  /** Names in the subject alternative name that are no URIs. */
  readonly otherNames: number;
  readonly subjectKeyIdentifier: string | undefined;
  readonly authorityKeyIdentifier: string | undefined;
  /** Types of critical extensions that we do not understand: such a certificate must not be relied on. */
  readonly unknownCritical: readonly string[];
}

const UNDERSTOOD: ReadonlySet<string> = new Set([
  OID.basicConstraints,
  OID.keyUsage,
  OID.extendedKeyUsage,
  OID.subjectAltName,
  OID.subjectKeyIdentifier,
  OID.authorityKeyIdentifier,
]);

/** @throws DerError when one that we act on is malformed */
export function interpretExtensions(extensions: readonly Extension[]): CertificateExtensions {
  const valueOf = (type: string): Buffer | undefined => extensions.find((extension) => extension.type === type)?.value;
  const names = optional(valueOf(OID.subjectAltName), (value) => urisOf(readGeneralNames(readDer(value), 'subject alternative name')));
  return {
    ...(optional(valueOf(OID.basicConstraints), readBasicConstraints) ?? { isAuthority: false, pathLength: undefined }),
    keyUsages: optional(valueOf(OID.keyUsage), readKeyUsage),
    extendedKeyUsages: optional(valueOf(OID.extendedKeyUsage), readPurposes),
    uris: names?.uris ?? [],
    otherNames: names?.others ?? 0,
    subjectKeyIdentifier: optional(valueOf(OID.subjectKeyIdentifier), (value) =>
      expectTag(readDer(value), TAG.octetString, 'key identifier').content.toString('hex'),
    ),
    authorityKeyIdentifier: optional(valueOf(OID.authorityKeyIdentifier), readAuthorityKey),
    unknownCritical: extensions.filter(({ critical, type }) => critical && !UNDERSTOOD.has(type)).map(({ type }) => type),
  };
}

function optional<T>(value: Buffer | undefined, read: (value: Buffer) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}

function readBasicConstraints(value: Buffer): { readonly isAuthority: boolean; readonly pathLength: number | undefined } {
  const children = childrenOf(readDer(value), TAG.sequence, 'basic constraints');
  const [flag, length, extra] = children[0]?.tag === TAG.boolean ? children : [undefined, ...children];
  if (extra !== undefined) throw new DerError('malformed basic constraints');
  return {
    isAuthority: flag !== undefined && booleanOf(flag, 'basic constraints'),
    pathLength: length === undefined ? undefined : smallIntegerOf(length, 'basic constraints'),
  };
}

function readKeyUsage(value: Buffer): ReadonlySet<KeyUsage> {
  const { content } = expectTag(readDer(value), TAG.bitString, 'key usage');
  const octet = content[1] ?? 0;
  return new Set((Object.keys(USAGES) as KeyUsage[]).filter((usage) => (octet & (0x80 >> USAGES[usage])) !== 0));
}

function readPurposes(value: Buffer): readonly string[] {
  return childrenOf(readDer(value), TAG.sequence, 'extended key usage').map((node) => oidOf(node, 'extended key usage'));
}

function readAuthorityKey(value: Buffer): string | undefined {
  const identifier = childrenOf(readDer(value), TAG.sequence, 'authority key identifier').find(({ tag }) => tag === contextTag(0, false));
  return identifier?.content.toString('hex');
}
