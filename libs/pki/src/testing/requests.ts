import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { bitString, context, integer, oid, sequence, set } from '../der-write.ts';
import { type DistinguishedName, parseDistinguishedName, writeName } from '../distinguished-name.ts';
import { writeExtension } from '../extensions.ts';
import { OID } from '../oids.ts';
import { writePem } from '../pem.ts';
import { publicKeyInfoOf } from '../public-key.ts';
import { ownAlgorithm } from '../signature.ts';

export const SUBJECT = { country: 'PL', organization: 'Org', organizationalUnit: 'OrgUnit', locality: 'Locality', province: 'State' };
export const CLIENT_ID = '5f3a0a3c-6d0f-4a6e-8a55-4f5f0a0b3b11';
export const POLICY = { clientId: CLIENT_ID, subject: SUBJECT };
export const SUBJECT_TEXT = `O=Org,OU=OrgUnit,L=Locality,ST=State,C=PL,CN=${CLIENT_ID}`;

/** Keys for tests, made once. */
export const KEYS: Readonly<Record<'rsa' | 'p256' | 'p384' | 'ed25519', KeyObject>> = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey,
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  ed25519: generateKeyPairSync('ed25519').privateKey,
};

export interface RequestParts {
  readonly key?: KeyObject;
  readonly subject?: string | DistinguishedName;
  /** DER of the name in place of `subject`. */
  readonly subjectDer?: Uint8Array;
  /** DER of Attribute values. */
  readonly attributes?: readonly Uint8Array[];
  readonly spki?: Uint8Array;
  readonly version?: number;
}

/** DER of a request with a right signature over whatever the parts are. */
export function requestDer(parts: RequestParts = {}): Buffer {
  const { key = KEYS.p256, subject = SUBJECT_TEXT, attributes = [] } = parts;
  const kind = publicKeyInfoOf(key).kind ?? 'p256';
  const name = parts.subjectDer ?? writeName(typeof subject === 'string' ? parseDistinguishedName(subject) : subject);
  const spki = parts.spki ?? createPublicKey(key).export({ format: 'der', type: 'spki' });
  const info = sequence(integer(parts.version ?? 0), name, spki, context(0, ...attributes));
  const { hash, identifier } = ownAlgorithm(kind);
  return sequence(info, identifier, bitString(sign(hash, info, key)));
}

/** As clients send it: base64 of PEM. */
export const wireForm = (der: Uint8Array, label = 'CERTIFICATE REQUEST'): string => Buffer.from(writePem(label, der)).toString('base64');

export const extensionRequest = (...extensions: readonly Uint8Array[]): Buffer => sequence(oid(OID.extensionRequest), set(sequence(...extensions)));

export const alternativeNames = (...names: readonly Uint8Array[]): Buffer => writeExtension(OID.subjectAltName, sequence(...names));
