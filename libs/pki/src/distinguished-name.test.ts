import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readDer } from './der-read.ts';
import {
  type DistinguishedName,
  NameError,
  onlyValueOf,
  parseDistinguishedName,
  printDistinguishedName,
  readName,
  valuesOf,
  writeName,
} from './distinguished-name.ts';

/** The full run of 100,000 names: BINNACLE_FUZZ_NAMES=100000. */
const numRuns = Number(process.env['BINNACLE_FUZZ_NAMES'] ?? 3_000);

const type = fc.constantFrom(
  'CN',
  'O',
  'OU',
  'C',
  'L',
  'ST',
  'DC',
  'UID',
  'serialNumber',
  'STREET',
  'postalCode',
  'emailAddress',
  '1.2.3.4',
  '2.999.1',
  '2.5.4.99999999999',
);
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(' ', ',', '+', '"', '\\', '<', '>', ';', '=', '#', '\0', 'C', 'N', 'ä', '😀', '0'), maxLength: 8 }),
);
const attribute = fc.oneof(
  { weight: 9, arbitrary: fc.record({ type, value: text }) },
  { weight: 1, arbitrary: fc.record({ type, der: fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from([4, bytes.length, ...bytes]).toString('hex')) }) },
);
const name: fc.Arbitrary<DistinguishedName> = fc.array(fc.array(attribute, { minLength: 1, maxLength: 3 }), { maxLength: 6 });

describe('distinguished names', () => {
  it('are the same after printing and reading, whatever they hold (T3)', () => {
    fc.assert(
      fc.property(name, (dn) => {
        expect(parseDistinguishedName(printDistinguishedName(dn))).toEqual(dn);
      }),
      { numRuns },
    );
  });

  it('are the same after writing them as DER', () => {
    const single = fc.array(fc.tuple(fc.record({ type: fc.constantFrom('CN', 'O', 'C', 'DC', 'emailAddress', '2.999.1'), value: text })), { maxLength: 6 });
    fc.assert(
      fc.property(single, (dn) => {
        expect(readName(readDer(writeName(dn)))).toEqual(dn);
      }),
      { numRuns },
    );
  });

  it('are refused with a NameError or read, never anything else, and name at most the identity that was written (T3)', () => {
    const unit = fc.constantFrom(
      'CN=',
      'victim',
      'attacker',
      ',',
      '+',
      '\\,',
      '\\',
      '"',
      '=',
      '#',
      '#0c01',
      ' ',
      'serialNumber=',
      'C=',
      'DC=',
      ';',
      '\\2C',
      '\\C3',
      'O=x',
      '<',
      '2.5.4.3=',
      '\ud800',
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 12 }), (input) => {
        try {
          const dn = parseDistinguishedName(input);
          expect(parseDistinguishedName(printDistinguishedName(dn))).toEqual(dn);
        } catch (error) {
          expect(error).toBeInstanceOf(NameError);
        }
      }),
      { numRuns },
    );
  });

  it.each([
    ['serialNumber=CN=victim,CN=attacker,O=Org', ['attacker']],
    ['CN=a\\,CN\\=victim', ['a,CN=victim']],
    ['CN=a\\",OU=CN=victim', ['a"']],
    ['OU="CN=victim, x",CN=me', ['me']],
    ['2.5.4.3=me,O=x', ['me']],
    ['CN=#0c026d65', ['me']],
    ['CN=a+CN=b', ['a', 'b']],
    ['cn = me , o = x', ['me']],
    ['CN=\\C3\\A4', ['ä']],
  ])('%s has the common names %j', (input, names) => {
    expect(valuesOf(parseDistinguishedName(input), 'CN')).toEqual(names);
  });

  it.each([
    'CN',
    'CN=a,',
    'CN=a,,O=b',
    ',CN=a',
    'XY=a',
    'CN=a"b',
    'CN="a',
    'CN="a"b',
    'CN=a;O=b',
    'CN=\\',
    'CN=\\x',
    'CN=#',
    'CN=#0',
    'CN=#ff',
    'CN=\\FF',
    '=a',
    'CN=<a>',
    '3.1=x',
    '1.40=x',
  ])('%s is no name', (input) => {
    expect(() => parseDistinguishedName(input)).toThrow(NameError);
  });

  it('follow the examples of RFC 4514', () => {
    const dn = parseDistinguishedName('OU=Sales+CN=J.  Smith,DC=example,DC=net');
    expect(dn).toEqual([
      [{ type: 'DC', value: 'net' }],
      [{ type: 'DC', value: 'example' }],
      [
        { type: 'OU', value: 'Sales' },
        { type: 'CN', value: 'J.  Smith' },
      ],
    ]);
    expect(valuesOf(parseDistinguishedName('CN=James \\"Jim\\" Smith\\, III,DC=example'), 'CN')).toEqual(['James "Jim" Smith, III']);
    expect(valuesOf(parseDistinguishedName('CN=Before\\0dAfter'), 'CN')).toEqual(['Before\rAfter']);
    expect(parseDistinguishedName('1.3.6.1.4.1.1466.0=#04024869')).toEqual([[{ type: '1.3.6.1.4.1.1466.0', der: '04024869' }]]);
  });

  it('do not take one attribute for another because its number is too large for a machine word', () => {
    // 2.5.4.(3 + 2^32): a reader that shifts 32-bit numbers takes it for a common name.
    const whole = Buffer.from('3010310e300c06075504908080800313016d', 'hex');
    expect(readName(readDer(whole))).toEqual([[{ type: '2.5.4.4294967299', value: 'm' }]]);
  });

  it('have a single value of a type only when there is one', () => {
    expect(onlyValueOf(parseDistinguishedName('CN=a,O=b'), 'CN')).toBe('a');
    expect(onlyValueOf(parseDistinguishedName('CN=a,CN=a'), 'CN')).toBeUndefined();
    expect(onlyValueOf(parseDistinguishedName('CN=#040161'), 'CN')).toBeUndefined();
  });
});
