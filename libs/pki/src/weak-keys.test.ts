import { checkPrimeSync, createPublicKey, generateKeyPairSync, generatePrimeSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { isStrong, publicKeyInfoOf, type PublicKeyInfo } from './public-key.ts';
import { KEYS } from './testing/requests.ts';
import { isWeakModulus } from './weak-keys.ts';

const prime = (bits: number): bigint => generatePrimeSync(bits, { bigint: true });

function nextPrime(start: bigint): bigint {
  for (let candidate = start + 2n; ; candidate += 2n) if (checkPrimeSync(candidate)) return candidate;
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base % modulus];
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

describe('RSA moduli', () => {
  it('of good keys are not weak', () => {
    for (let n = 0; n < 20; n += 1) expect(isWeakModulus(prime(512) * prime(512))).toBe(false);
    expect(isStrong(publicKeyInfoOf(KEYS.rsa))).toBe(true);
  });

  it('that are even or have a small factor are weak', () => {
    for (const factor of [2n, 3n, 17n, 751n]) expect(isWeakModulus(factor * prime(2_040))).toBe(true);
  });

  it('whose primes are close to each other are weak', () => {
    const p = prime(1_024);
    expect(isWeakModulus(p * nextPrime(p))).toBe(true);
    expect(isWeakModulus(p * p)).toBe(true);
    expect(isWeakModulus(p * nextPrime(p + 2n ** 500n))).toBe(true);
    expect(isWeakModulus(p * nextPrime(p + 2n ** 600n))).toBe(false);
  });

  it('of the faulty generator of CVE-2017-15361 are weak (B6)', () => {
    // Its primes are k * M + (65537^a mod M), M being the product of the first primes.
    const M = [
      2n,
      3n,
      5n,
      7n,
      11n,
      13n,
      17n,
      19n,
      23n,
      29n,
      31n,
      37n,
      41n,
      43n,
      47n,
      53n,
      59n,
      61n,
      67n,
      71n,
      73n,
      79n,
      83n,
      89n,
      97n,
      101n,
      103n,
      107n,
      109n,
      113n,
      127n,
      131n,
      137n,
      139n,
      149n,
      151n,
      157n,
      163n,
      167n,
    ].reduce((product, factor) => product * factor);
    const rocaPrime = (): bigint => {
      for (;;) {
        const candidate = prime(200) * M + power(65_537n, prime(60), M);
        if (checkPrimeSync(candidate)) return candidate;
      }
    };
    for (let n = 0; n < 3; n += 1) expect(isWeakModulus(rocaPrime() * rocaPrime())).toBe(true);
  });
});

describe('Ed25519 keys', () => {
  const P = 2n ** 255n - 19n;
  const D = (P - 121_665n) * power(121_666n, P - 2n, P);
  const encoded = (y: bigint): Buffer => Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse();
  const infoOf = (octets: Buffer): PublicKeyInfo => {
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), octets]);
    return publicKeyInfoOf(createPublicKey({ key: spki, format: 'der', type: 'spki' }));
  };

  it('of an order of eight or less are refused, whatever their encoding (any signature would verify)', () => {
    // y of order 8: roots of  d·y⁴ + 2·y² − 1 = 0  (2·P has y = 0), found here by square roots modulo p.
    const root = (value: bigint): bigint | undefined => {
      const v = ((value % P) + P) % P;
      const candidates = [power(v, (P + 3n) / 8n, P), (power(v, (P + 3n) / 8n, P) * power(2n, (P - 1n) / 4n, P)) % P];
      return candidates.find((candidate) => (candidate * candidate) % P === v);
    };
    const inverse = power(D, P - 2n, P);
    const discriminant = root(1n + D) ?? 0n;
    const eighths = [discriminant, P - discriminant].flatMap((s) => root((s - 1n) * inverse) ?? []).flatMap((y) => [y, P - y]);
    expect(eighths).toHaveLength(2);
    for (const y of [...eighths, 0n, 1n, P - 1n, P, P + 1n]) {
      expect(isStrong(infoOf(encoded(y)))).toBe(false);
      expect(isStrong(infoOf(encoded(y | (1n << 255n))))).toBe(false);
    }
  });

  it('of honest holders are accepted', () => {
    for (let n = 0; n < 100; n += 1) expect(isStrong(publicKeyInfoOf(generateKeyPairSync('ed25519').privateKey))).toBe(true);
  });
});
