import { describe, expect, it } from '@jest/globals';
import { decimalOfSerial, newSerial, octetsOfSerial, serialHex, serialOfDecimal } from './serial-number.ts';

describe('serial numbers', () => {
  it('are the same in every form', () => {
    for (const hex of ['0', 'f', '80', serialHex(newSerial())]) {
      expect(serialOfDecimal(decimalOfSerial(hex))).toBe(hex);
      expect(serialHex(octetsOfSerial(hex))).toBe(hex);
    }
    expect(decimalOfSerial('ff')).toBe('255');
  });
});
