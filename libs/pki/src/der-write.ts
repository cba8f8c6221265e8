import { TAG } from './der-read.ts';

/** Tag, length and the parts one after the other. */
export function encode(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  return Buffer.concat([header(tag, length), ...parts]);
}

function header(tag: number, length: number): Buffer {
  if (length < 0x80) return Buffer.from([tag, length]);
  if (length < 0x100) return Buffer.from([tag, 0x81, length]);
  if (length < 0x1_0000) return Buffer.from([tag, 0x82, length >> 8, length & 0xff]);
  if (length < 0x100_0000) return Buffer.from([tag, 0x83, length >> 16, (length >> 8) & 0xff, length & 0xff]);
  return Buffer.from([tag, 0x84, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff]);
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => encode(TAG.sequence, ...parts);
export const set = (...parts: readonly Uint8Array[]): Buffer => encode(TAG.set, ...parts);
/** `[number]` around whole values (EXPLICIT), or in place of a constructed tag (IMPLICIT). */
export const context = (number: number, ...parts: readonly Uint8Array[]): Buffer => encode(0xa0 | number, ...parts);
/** `[number]` in place of a primitive tag (IMPLICIT). */
export const contextPrimitive = (number: number, content: Uint8Array): Buffer => encode(0x80 | number, content);
export const octetString = (...parts: readonly Uint8Array[]): Buffer => encode(TAG.octetString, ...parts);
export const bitString = (octets: Uint8Array, unusedBits = 0): Buffer => encode(TAG.bitString, Buffer.from([unusedBits]), octets);
export const booleanTrue: Buffer = encode(TAG.boolean, Buffer.from([0xff]));
export const nothing: Buffer = encode(TAG.null);
export const text = (tag: number, value: string): Buffer => encode(tag, Buffer.from(value, 'utf8'));

/** A whole number that is not negative: as such, or as its octets. */
export function integer(value: number | bigint | Uint8Array): Buffer {
  const octets = value instanceof Uint8Array ? Buffer.from(value) : hexOctets(value.toString(16));
  let start = 0;
  while (start < octets.length - 1 && octets[start] === 0) start += 1;
  const minimal = octets.subarray(start);
  return (minimal[0] ?? 0) >= 0x80 ? encode(TAG.integer, Buffer.from([0]), minimal) : encode(TAG.integer, minimal);
}

const hexOctets = (hex: string): Buffer => Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');

export const enumerated = (value: number): Buffer => encode(TAG.enumerated, Buffer.from([value]));

/** An object identifier from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0n, second = 0n, ...rest] = dotted.split('.').map(BigInt);
  return encode(TAG.oid, ...[first * 40n + second, ...rest].map(arc));
}

function arc(value: bigint): Buffer {
  const octets = [Number(value & 0x7fn)];
  for (let left = value >> 7n; left > 0n; left >>= 7n) octets.unshift(Number(left & 0x7fn) | 0x80);
  return Buffer.from(octets);
}

/** UTCTime before 2050, GeneralizedTime from then on (RFC 5280 §4.1.2.5); whole seconds. */
export function time(value: Date): Buffer {
  const digits = `${value.toISOString().slice(0, 19).replace(/[-T:]/g, '')}Z`;
  const year = value.getUTCFullYear();
  return year >= 1950 && year < 2050 ? text(TAG.utcTime, digits.slice(2)) : text(TAG.generalizedTime, digits);
}

/** Always GeneralizedTime, as OCSP wants it (RFC 6960 §4.2.2.1). */
export const generalizedTime = (value: Date): Buffer => text(TAG.generalizedTime, `${value.toISOString().slice(0, 19).replace(/[-T:]/g, '')}Z`);
