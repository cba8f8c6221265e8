const SMALL_PRIMES = primesBelow(752);
/** Primes by which moduli made with the faulty library of CVE-2017-15361 ("ROCA") are known: each leaves a power of 65537. */
const ROCA_PRIMES = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];
const ROCA_RESIDUES = new Map(ROCA_PRIMES.map((prime) => [prime, powersOf(65_537, prime)]));
const FERMAT_ROUNDS = 100;

/** Products of small primes below 2^47, so that a few long divisions serve all of them. */
const BATCHES = batchesOf(SMALL_PRIMES);

/**
 * Whether anybody could factor the modulus at once: even or with a small factor, from a generator with the ROCA fault,
 * or a product of two primes close to each other (Fermat's method). Checks that public CAs run, too.
 */
export function isWeakModulus(modulus: bigint): boolean {
  let roca = true;
  for (const { product, primes } of BATCHES) {
    const rest = Number(modulus % product);
    for (const prime of primes) {
      const residue = rest % prime;
      if (residue === 0) return true;
      if (roca && ROCA_RESIDUES.get(prime)?.has(residue) === false) roca = false;
    }
  }
  return roca || hasCloseFactors(modulus);
}

/** Fermat: if n = a² − b² with a hardly above √n, its factors are a ± b. */
function hasCloseFactors(modulus: bigint): boolean {
  let a = squareRoot(modulus);
  if (a * a < modulus) a += 1n;
  let square = a * a - modulus;
  for (let round = 0; round < FERMAT_ROUNDS; round += 1) {
    if (mayBeSquare(square) && squareRoot(square) ** 2n === square) return true;
    square += 2n * a + 1n;
    a += 1n;
  }
  return false;
}

/** Squares leave few residues: of 100 candidates about three survive. */
function mayBeSquare(value: bigint): boolean {
  const low = Number(value & 63n);
  if (!SQUARES_64.has(low)) return false;
  const rest = Number(value % 45_045n);
  return SQUARES.every(({ modulus, residues }) => residues.has(rest % modulus));
}

const squaresOf = (modulus: number): ReadonlySet<number> => new Set(Array.from({ length: modulus }, (_, n) => (n * n) % modulus));
const SQUARES_64 = squaresOf(64);
const SQUARES = [63, 65, 11].map((modulus) => ({ modulus, residues: squaresOf(modulus) }));

function squareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt((value.toString(16).length * 4 + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

function primesBelow(limit: number): readonly number[] {
  const primes: number[] = [];
  for (let candidate = 2; candidate < limit; candidate += 1) if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  return primes;
}

function powersOf(base: number, modulus: number): ReadonlySet<number> {
  const powers = new Set<number>();
  for (let power = 1; !powers.has(power); power = (power * base) % modulus) powers.add(power);
  return powers;
}

function batchesOf(primes: readonly number[]): readonly { readonly product: bigint; readonly primes: readonly number[] }[] {
  const batches: { product: bigint; primes: number[] }[] = [];
  for (const prime of primes) {
    const last = batches.at(-1);
    if (last !== undefined && last.product * BigInt(prime) < 1n << 47n) {
      last.product *= BigInt(prime);
      last.primes.push(prime);
    } else batches.push({ product: BigInt(prime), primes: [prime] });
  }
  return batches;
}
