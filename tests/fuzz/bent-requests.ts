import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { basicConstraints, keyUsage, uriAlternativeName } from '@binnacle/pki/certificate-extensions';
import { bitString, context, contextPrimitive, integer, nothing, oid, sequence, set, text } from '@binnacle/pki/der-write';
import { parseDistinguishedName, writeName } from '@binnacle/pki/distinguished-name';
import { OID } from '@binnacle/pki/oids';
import { writePem } from '@binnacle/pki/pem';
import { bend, flip, toBytes, toTree, type Tree } from './der-tree.ts';
import type { Random } from './random.ts';

export const CLIENT_ID = '5f3a0a3c-6d0f-4a6e-8a55-4f5f0a0b3b11';
export const SUBJECT = { country: 'PL', organization: 'Org', organizationalUnit: 'OrgUnit', locality: 'Locality', province: 'State' };

export const URI = `spiffe://binnacle.test/tenant/t/application/${CLIENT_ID}`;
/** What a request that asks for its URI holds in the extension. */
export const ALTERNATIVE_NAME: Buffer = sequence(contextPrimitive(6, Buffer.from(URI)));

interface Signer {
  readonly key: KeyObject;
  readonly hash: string | null;
  readonly identifier: Buffer;
}

const rsa = (bits: number): KeyObject => generateKeyPairSync('rsa', { modulusLength: bits }).privateKey;
const ec = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey;

/** Keys of all kinds, those that are refused too, with the algorithms that they may sign with. */
function makeSigners(): readonly Signer[] {
  const [rsa2048, rsa1024] = [rsa(2_048), rsa(1_024)];
  const [p256, p384, p224, k1] = [ec('P-256'), ec('P-384'), ec('secp224r1'), ec('secp256k1')];
  const ed25519 = generateKeyPairSync('ed25519').privateKey;
  const rsaIdentifier = (type: string): Buffer => sequence(oid(type), nothing);
  return [
    { key: rsa2048, hash: 'sha256', identifier: rsaIdentifier(OID.sha256WithRsa) },
    { key: rsa2048, hash: 'sha512', identifier: rsaIdentifier(OID.sha512WithRsa) },
    { key: rsa2048, hash: 'sha256', identifier: sequence(oid(OID.sha256WithRsa)) },
    { key: rsa2048, hash: 'sha1', identifier: rsaIdentifier(OID.sha1WithRsa) },
    { key: rsa1024, hash: 'sha256', identifier: rsaIdentifier(OID.sha256WithRsa) },
    ...[p256, p384, p224, k1].map((key) => ({ key, hash: 'sha256', identifier: sequence(oid(OID.ecdsaWithSha256)) })),
    { key: p384, hash: 'sha384', identifier: sequence(oid(OID.ecdsaWithSha384)) },
    { key: p256, hash: 'sha256', identifier: sequence(oid(OID.ecdsaWithSha256), nothing) },
    { key: ed25519, hash: null, identifier: sequence(oid(OID.ed25519)) },
  ];
}

const RIGHT = `O=Org,OU=OrgUnit,L=Locality,ST=State,C=PL,CN=${CLIENT_ID}`;
const SUBJECTS = [RIGHT, RIGHT, RIGHT, `${RIGHT},serialNumber=CN\\=victim`, `CN=victim,${RIGHT}`, RIGHT.replace(',OU=', '+OU='), 'CN=x', '', `CN=ä😀,${RIGHT}`];

const ATTRIBUTES = [
  [],
  [],
  [sequence(oid('1.2.840.113549.1.9.7'), set(text(0x0c, 'secret')))],
  [sequence(oid(OID.extensionRequest), set(sequence(uriAlternativeName(URI))))],
  [sequence(oid(OID.extensionRequest), set(sequence(uriAlternativeName(URI), keyUsage('digitalSignature'))))],
  [sequence(oid(OID.extensionRequest), set(sequence(basicConstraints({ pathLength: 3 }))))],
];

/** DER of a request that is right in every way. */
export function requestFor(key: KeyObject): Buffer {
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const info = sequence(integer(0), writeName(parseDistinguishedName(RIGHT)), spki, context(0));
  return signed(info, { key, hash: 'sha256', identifier: sequence(oid(OID.sha256WithRsa), nothing) });
}

/** One case: what is sent, and what it says when it is DER. */
export interface BentRequest {
  readonly der: Buffer;
  /** PEM as it is sent; bent itself in some cases. */
  readonly pem: string;
}

/** Makes requests that are almost right: bent before they are signed (so that the signature is right), or after. */
export function bentRequests(random: Random): () => BentRequest {
  const signers = makeSigners();
  return () => {
    const signer = random.among(signers);
    const info = toTree(infoOf(signer, random));
    if (random.chance(0.7)) for (let times = 1 + random.below(2); times > 0; times -= 1) bend(info, random);
    const infoBytes = toBytes(info);
    let der = signed(infoBytes, signer);
    if (random.chance(0.25)) der = bendOutside(infoBytes, signer, random);
    if (random.chance(0.15)) der = flip(der, random);
    if (random.chance(0.03)) der = random.among([der.subarray(0, random.below(der.length)), Buffer.concat([der, random.bytes(1 + random.below(3))])]);
    return { der, pem: pemOf(der, random) };
  };
}

function infoOf({ key }: Signer, random: Random): Buffer {
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return sequence(
    integer(random.chance(0.95) ? 0 : random.below(3)),
    writeName(parseDistinguishedName(random.among(SUBJECTS))),
    spki,
    context(0, ...random.among(ATTRIBUTES)),
  );
}

function signed(info: Buffer, { key, hash, identifier }: Signer): Buffer {
  return sequence(info, identifier, bitString(sign(hash, info, key)));
}

/** Changes algorithm, signature or how the three parts are put together. */
function bendOutside(info: Buffer, { key, hash, identifier }: Signer, random: Random): Buffer {
  const inside: Tree = { tag: info[0] ?? 0, children: undefined, content: Buffer.alloc(0), length: 'der' };
  const rest = toTree(sequence(identifier, bitString(sign(hash, info, key))));
  const outer: Tree = { tag: 0x30, children: [inside, ...(rest.children ?? [])], content: Buffer.alloc(0), length: 'der' };
  bend(outer, random);
  // The signed part goes back in as it is.
  const children = (outer.children ?? []).map((child) => (child === inside ? raw(info) : child));
  return toBytes({ ...outer, children });
}

/** Bytes that are put into a tree as they are. */
function raw(bytes: Buffer): Tree {
  const octets = bytes[1] ?? 0;
  const start = octets < 0x80 ? 2 : 2 + (octets & 0x7f);
  return { tag: bytes[0] ?? 0, children: undefined, content: bytes.subarray(start), length: 'der' };
}

function pemOf(der: Buffer, random: Random): string {
  const pem = writePem(random.chance(0.9) ? 'CERTIFICATE REQUEST' : 'NEW CERTIFICATE REQUEST', der);
  if (random.chance(0.8)) return pem;
  const at = random.below(pem.length);
  return random.among<() => string>([
    () => pem.slice(0, at) + random.among(['\n', ' ', '=', '\r\n', '-', 'A', '\0', ':', '\t']) + pem.slice(at),
    () => pem.slice(0, at) + pem.slice(at + 1),
    () => pem.replaceAll('\n', '\r\n'),
    () => pem + pem,
    () => `words\n${pem}`,
    () => pem.slice(0, at),
    () => pem.trimEnd(),
    () => `${pem}\n \n`,
  ])();
}
