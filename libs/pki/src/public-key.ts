import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { bitStringOf, childrenOf, DerError, type DerNode, oidOf, readDer, TAG, unsignedOf } from './der-read.ts';
import { OID } from './oids.ts';
import { isWeakModulus } from './weak-keys.ts';

/** Kinds of keys that we certify and sign with. */
export type KeyKind = 'rsa' | 'p256' | 'p384' | 'ed25519';

/** A SubjectPublicKeyInfo that was read strictly. */
export interface PublicKeyInfo {
  /** Undefined: nothing that we would certify, such as P-224, secp256k1, RSASSA-PSS, DSA, X25519. */
  readonly kind: KeyKind | undefined;
  /** Bits of an RSA modulus, else 0. */
  readonly bits: number;
  readonly spki: Buffer;
  /** SHA-256 of `spki`, lower-case hexadecimal. */
  readonly spkiSha256: string;
  /** The octets of the BIT STRING, which key identifiers are hashes of. */
  readonly keyOctets: Buffer;
  readonly rsa: { readonly modulus: Buffer; readonly exponent: Buffer } | undefined;
}

const CURVES: Readonly<Record<string, { readonly kind: KeyKind; readonly octets: number }>> = {
  [OID.p256]: { kind: 'p256', octets: 32 },
  [OID.p384]: { kind: 'p384', octets: 48 },
};

/**
 * Reads a SubjectPublicKeyInfo. Points must be uncompressed and curves named, as everybody writes them and every verifier reads them.
 * @throws DerError when it is malformed; a kind that we do not know is not an error
 */
export function readPublicKeyInfo(node: DerNode | undefined): PublicKeyInfo {
  const [algorithm, key, extra] = childrenOf(node, TAG.sequence, 'public key');
  const [type, parameters, more] = childrenOf(algorithm, TAG.sequence, 'public key');
  if (node === undefined || extra !== undefined || more !== undefined) throw new DerError('malformed public key');
  const keyOctets = bitStringOf(key, 'public key');
  const known = kindOf(oidOf(type, 'public key'), parameters, keyOctets);
  const spkiSha256 = createHash('sha256').update(node.raw).digest('hex');
  return { kind: undefined, bits: 0, rsa: undefined, ...known, spki: node.raw, spkiSha256, keyOctets };
}

function kindOf(type: string, parameters: DerNode | undefined, octets: Buffer): Partial<PublicKeyInfo> {
  if (type === OID.rsaEncryption) {
    if (parameters?.tag !== TAG.null) throw new DerError('malformed public key');
    return rsaOf(octets);
  }
  if (type === OID.ecPublicKey) {
    const curve = parameters?.tag === TAG.oid ? CURVES[oidOf(parameters, 'public key')] : undefined;
    if (curve === undefined) return {};
    if (octets.length !== 1 + 2 * curve.octets || octets[0] !== 4) throw new DerError('malformed public key');
    return { kind: curve.kind };
  }
  if (type === OID.ed25519) {
    if (parameters !== undefined || octets.length !== 32) throw new DerError('malformed public key');
    return { kind: 'ed25519' };
  }
  return {};
}

function rsaOf(octets: Buffer): Partial<PublicKeyInfo> {
  const [first, second, extra] = childrenOf(readDer(octets), TAG.sequence, 'public key');
  const modulus = unsignedOf(first, 'public key');
  const exponent = unsignedOf(second, 'public key');
  if (extra !== undefined || modulus[0] === 0 || exponent[0] === 0) throw new DerError('malformed public key');
  return { kind: 'rsa', bits: (modulus.length - 1) * 8 + (32 - Math.clz32(modulus[0] ?? 0)), rsa: { modulus, exponent } };
}

/** Largest modulus that we verify with: the time of a verification grows with its square. */
const MAX_RSA_BITS = 8_192;
const MIN_RSA_BITS = 2_048;

/** Whether using the key is cheap; keys that are not cannot even prove that they are possessed. */
export function isAffordable({ rsa, bits }: PublicKeyInfo): boolean {
  return rsa === undefined || (bits <= MAX_RSA_BITS && rsa.exponent.length <= 4);
}

/**
 * Whether nobody but its holder can sign with the key, as far as can be seen from outside: size, exponent (65537 to 2³¹ − 1, odd),
 * moduli that are factored easily, points of small order.
 */
export function isStrong(key: PublicKeyInfo): boolean {
  if (key.kind === undefined) return false;
  if (key.kind === 'ed25519') return !isOfSmallOrder(key.keyOctets);
  if (key.rsa === undefined) return true;
  const exponent = BigInt(`0x${key.rsa.exponent.toString('hex')}`);
  if (key.bits < MIN_RSA_BITS || key.bits > MAX_RSA_BITS) return false;
  if (exponent < 65_537n || exponent >= 1n << 31n || exponent % 2n === 0n) return false;
  return !isWeakModulus(BigInt(`0x${key.rsa.modulus.toString('hex')}`));
}

/** The y coordinates of Ed25519's points of small order, little endian, canonical or not: with them anybody's signature verifies. */
const SMALL_ORDER = new Set([
  `00${'00'.repeat(31)}`,
  `01${'00'.repeat(31)}`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
]);

function isOfSmallOrder(point: Buffer): boolean {
  const y = Buffer.from(point);
  // The highest bit is the sign of x.
  y[31] = (y[31] ?? 0) & 0x7f;
  return SMALL_ORDER.has(y.toString('hex'));
}

/** @throws DerError when the key library refuses it, as it does points that are not on their curve */
export function importPublicKey(key: PublicKeyInfo): KeyObject {
  try {
    return createPublicKey({ key: key.spki, format: 'der', type: 'spki' });
  } catch {
    throw new DerError('malformed public key');
  }
}

/** Of a key of our own making or configuration. */
export function publicKeyInfoOf(key: KeyObject): PublicKeyInfo {
  const spki = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'der', type: 'spki' });
  return readPublicKeyInfo(readDer(spki));
}

/** Key identifier of RFC 7093 §2 (1): the first 160 bits of the SHA-256 of the key octets. */
export function keyIdentifierOf({ keyOctets }: PublicKeyInfo): Buffer {
  return createHash('sha256').update(keyOctets).digest().subarray(0, 20);
}
