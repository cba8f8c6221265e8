import { randomBytes } from 'node:crypto';

/** 16 random octets, positive and of full length (RFC 5280 §4.1.2.2): 126 bits nobody can guess. */
export function newSerial(): Buffer {
  const octets = randomBytes(16);
  octets[0] = ((octets[0] ?? 0) & 0x7f) | 0x40;
  return octets;
}

/** Lower-case hexadecimal without zeros in front: the form in which serial numbers are handed around here. */
export function serialHex(octets: Uint8Array): string {
  return Buffer.from(octets)
    .toString('hex')
    .replace(/^0+(?=.)/, '');
}

/** Decimal, as a `numeric` column holds it. */
export const decimalOfSerial = (hex: string): string => BigInt(`0x${hex}`).toString();

export const serialOfDecimal = (decimal: string): string => BigInt(decimal).toString(16);

export const octetsOfSerial = (hex: string): Buffer => Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
