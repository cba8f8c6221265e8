import type { KeyObject } from 'node:crypto';
import { bitString, context, integer, sequence, time } from './der-write.ts';
import type { KeyKind } from './public-key.ts';
import { type Certificate, readCertificate } from './read-certificate.ts';
import { newSerial } from './serial-number.ts';
import { ownAlgorithm, signInPool } from './signature.ts';

/** A key that signs certificates and lists, and the name under which it does. */
export interface SigningKey {
  readonly kind: KeyKind;
  readonly key: KeyObject;
}

export interface CertificateContent {
  /** DER of both names. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  readonly extensions: readonly Uint8Array[];
}

const VERSION_3 = context(0, integer(2));

/** Signs a version 3 certificate with a random serial number. */
export async function signCertificate(content: CertificateContent, { kind, key }: SigningKey): Promise<Certificate> {
  const { identifier } = ownAlgorithm(kind);
  const tbs = sequence(
    VERSION_3,
    integer(newSerial()),
    identifier,
    content.issuer,
    sequence(time(content.notBefore), time(content.notAfter)),
    content.subject,
    content.spki,
    context(3, sequence(...content.extensions)),
  );
  const signature = await signInPool(kind, tbs, key);
  return readCertificate(sequence(tbs, identifier, bitString(signature)));
}

/** notBefore lies a minute back, for clients whose clocks are behind. */
const CLOCK_SKEW_MS = 60_000;

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** From a minute ago for `validitySeconds` from now, but never beyond the end of the issuer; whole seconds. */
export function validityFrom(now: Date, validitySeconds: number, issuerNotAfter?: Date): Validity {
  const start = Math.floor(now.getTime() / 1_000) * 1_000;
  const end = Math.min(start + validitySeconds * 1_000, issuerNotAfter?.getTime() ?? Number.POSITIVE_INFINITY);
  return { notBefore: new Date(start - CLOCK_SKEW_MS), notAfter: new Date(end) };
}
