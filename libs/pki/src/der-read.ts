import forge from 'node-forge';

/** Identifier octets that we expect. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** One value of a DER document, with the bytes it was read from. */
export interface DerNode {
  /** The identifier octet: class, form and number. */
  readonly tag: number;
  readonly children: readonly DerNode[];
  /** What follows tag and length. */
  readonly content: Buffer;
  /** Tag, length and content. */
  readonly raw: Buffer;
}

/** The bytes are not what they should be; the message says where, and holds nothing of the input. */
export class DerError extends Error {
  override readonly name = 'DerError';
}

const MAX_DEPTH = 24;
// The type declarations know its older form only.
const fromDer = forge.asn1.fromDer as unknown as (bytes: string, options: Readonly<Record<string, boolean | number>>) => forge.asn1.Asn1;

/**
 * Reads one DER value that takes up all of `bytes`.
 * BER liberties (indefinite or padded lengths, long tags) are refused: two readings of one document are how policies are passed by.
 * @throws DerError
 */
export function readDer(bytes: Uint8Array): DerNode {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const node = parse(buffer);
  const result = locate(node, buffer, 0);
  if (result.raw.length !== buffer.length) throw new DerError('trailing data');
  return result;
}

function parse(buffer: Buffer): forge.asn1.Asn1 {
  try {
    return fromDer(buffer.toString('latin1'), { strict: true, parseAllBytes: true, decodeBitStrings: false, maxDepth: MAX_DEPTH });
  } catch {
    // The library's messages differ by release, and some are its own TypeErrors.
    throw new DerError('malformed ASN.1');
  }
}

/** Finds the bytes of a parsed value; refuses what DER would have written otherwise. */
function locate(node: forge.asn1.Asn1, buffer: Buffer, start: number): DerNode {
  const tag = buffer[start] ?? 0;
  if ((tag & 0x1f) === 0x1f) throw new DerError('unsupported tag');
  const { length, at } = lengthAt(buffer, start + 1);
  const end = at + length;
  if (end > buffer.length) throw new DerError('malformed ASN.1');
  const children: DerNode[] = [];
  let next = at;
  if (node.constructed) {
    for (const child of node.value as forge.asn1.Asn1[]) {
      const located = locate(child, buffer, next);
      next += located.raw.length;
      children.push(located);
    }
    if (next !== end) throw new DerError('malformed ASN.1');
  }
  const located = { tag, children, content: buffer.subarray(at, end), raw: buffer.subarray(start, end) };
  if (!isWellFormed(located)) throw new DerError('malformed ASN.1');
  return located;
}

const CONSTRUCTED: ReadonlySet<number> = new Set([TAG.sequence, TAG.set]);

/** Whether a value of a universal type has the form of its type, also where nobody here looks at it: other readers do. */
function isWellFormed({ tag, content }: DerNode): boolean {
  if ((tag & 0xc0) !== 0) return true;
  if ((tag & 0x20) !== 0 || CONSTRUCTED.has(tag | 0x20)) return CONSTRUCTED.has(tag);
  const [first = 0, second = 0] = content;
  switch (tag) {
    case TAG.boolean:
      return content.length === 1 && (first === 0 || first === 0xff);
    case TAG.integer:
    case TAG.enumerated:
      return content.length === 1 || (content.length > 1 && !(first === 0 && second < 0x80) && !(first === 0xff && second >= 0x80));
    case TAG.bitString:
      return first === 0 ? content.length > 0 : first < 8 && content.length > 1;
    case TAG.null:
      return content.length === 0;
    case TAG.oid:
      return content.length > 0 && (content.at(-1) ?? 0) < 0x80;
    case TAG.bmpString:
      return content.length % 2 === 0;
    case TAG.universalString:
      return content.length % 4 === 0;
    default:
      return true;
  }
}

function lengthAt(buffer: Buffer, start: number): { readonly length: number; readonly at: number } {
  const first = buffer[start];
  if (first === undefined) throw new DerError('malformed ASN.1');
  if (first < 0x80) return { length: first, at: start + 1 };
  const octets = first & 0x7f;
  if (octets === 0 || octets > 4 || start + 1 + octets > buffer.length) throw new DerError('length is not DER');
  const length = buffer.readUIntBE(start + 1, octets);
  if (length < 0x80 || length < 2 ** (8 * (octets - 1))) throw new DerError('length is not DER');
  return { length, at: start + 1 + octets };
}

/** The children of a value of that tag. */
export function childrenOf(node: DerNode | undefined, tag: number, what: string): readonly DerNode[] {
  return expectTag(node, tag, what).children;
}

export function expectTag(node: DerNode | undefined, tag: number, what: string): DerNode {
  if (node === undefined || node.tag !== tag) throw new DerError(`malformed ${what}`);
  return node;
}

/** The identifier octet of `[number]`, constructed or not. */
export const contextTag = (number: number, constructed = true): number => (constructed ? 0xa0 : 0x80) | number;

const knownOids = new Map<string, string>();

/** Dotted decimal, of any size: a number that overflowed would turn one attribute into another. */
export function oidOf(node: DerNode | undefined, what: string): string {
  const { content } = expectTag(node, TAG.oid, what);
  const key = content.toString('latin1');
  const known = knownOids.get(key);
  if (known !== undefined) return known;
  const text = decodeOid(content, what);
  if (knownOids.size < 512) knownOids.set(key, text);
  return text;
}

function decodeOid(content: Buffer, what: string): string {
  const arcs: bigint[] = [];
  let arc = 0n;
  let fresh = true;
  for (const byte of content) {
    if (fresh && byte === 0x80) throw new DerError(`malformed ${what}`);
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    fresh = (byte & 0x80) === 0;
    if (!fresh) continue;
    arcs.push(arc);
    arc = 0n;
  }
  const first = arcs[0];
  if (!fresh || first === undefined || content.length > 64) throw new DerError(`malformed ${what}`);
  const root = first < 80n ? first / 40n : 2n;
  return [root, first - root * 40n, ...arcs.slice(1)].join('.');
}

/** The content of an INTEGER that is not negative, as a number without its sign octet. */
export function unsignedOf(node: DerNode | undefined, what: string): Buffer {
  const content = integerContentOf(node, what);
  if ((content[0] ?? 0) >= 0x80) throw new DerError(`malformed ${what}`);
  return content[0] === 0 && content.length > 1 ? content.subarray(1) : content;
}

export function smallIntegerOf(node: DerNode | undefined, what: string): number {
  const value = unsignedOf(node, what);
  if (value.length > 4) throw new DerError(`malformed ${what}`);
  return value.readUIntBE(0, value.length);
}

/** The two's complement content of an INTEGER, whatever its sign. */
export function integerContentOf(node: DerNode | undefined, what: string): Buffer {
  return expectTag(node, TAG.integer, what).content;
}

export function booleanOf(node: DerNode | undefined, what: string): boolean {
  return expectTag(node, TAG.boolean, what).content[0] === 0xff;
}

/** The octets of a BIT STRING whose last octet is used whole. */
export function bitStringOf(node: DerNode | undefined, what: string): Buffer {
  const { content } = expectTag(node, TAG.bitString, what);
  if (content.length < 1 || content[0] !== 0) throw new DerError(`malformed ${what}`);
  return content.subarray(1);
}

/** UTCTime or GeneralizedTime in the one form that RFC 5280 §4.1.2.5 allows. */
export function timeOf(node: DerNode | undefined, what: string): Date {
  const text = node?.content.toString('latin1') ?? '';
  const digits =
    node?.tag === TAG.utcTime && /^\d{12}Z$/.test(text)
      ? (Number(text.slice(0, 2)) < 50 ? '20' : '19') + text
      : node?.tag === TAG.generalizedTime && /^\d{14}Z$/.test(text)
        ? text
        : undefined;
  const iso = digits?.replace(/^(....)(..)(..)(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6.000Z');
  const time = iso === undefined ? undefined : new Date(iso);
  // The 30th of February would be read as another day.
  if (time === undefined || Number.isNaN(time.getTime()) || time.toISOString() !== iso) throw new DerError(`malformed ${what}`);
  return time;
}
