/** Holds back addresses from which too many tokens come that are refused. */
export interface RefusedTokens {
  /**
   * Runs an attempt when the address may still make one; attempts beyond what it has left wait for those under way.
   * @throws whatever `tooMany` makes, when the address has used up its refusals of the minute
   */
  attempt<T>(address: string, isRefusal: (result: T) => boolean, run: () => Promise<T>): Promise<T>;
}

interface Tally {
  refused: number;
  running: number;
  readonly endsAt: number;
  readonly waiting: (() => void)[];
}

const MINUTE_MS = 60_000;
const MAX_KEPT = 100_000;

/** @param tooMany makes what is thrown, given the milliseconds until the address may try again */
export function createRefusedTokens(perMinute: number, tooMany: (waitMs: number) => Error, now: () => number = Date.now): RefusedTokens {
  const tallies = new Map<string, Tally>();

  function tallyOf(address: string): Tally {
    const known = tallies.get(address);
    if (known && (known.endsAt > now() || known.running > 0)) return known;
    if (tallies.size >= MAX_KEPT) for (const [key, { endsAt, running }] of tallies) if (endsAt <= now() && running === 0) tallies.delete(key);
    const [oldest] = tallies.keys();
    if (tallies.size >= MAX_KEPT && oldest !== undefined) tallies.delete(oldest);
    const fresh: Tally = { refused: 0, running: 0, endsAt: now() + MINUTE_MS, waiting: [] };
    tallies.set(address, fresh);
    return fresh;
  }

  return {
    async attempt(address, isRefusal, run) {
      const tally = tallyOf(networkOf(address));
      // Each attempt under way may turn out to be a refusal.
      while (tally.refused < perMinute && tally.refused + tally.running >= perMinute) await new Promise<void>((resolve) => tally.waiting.push(resolve));
      if (tally.refused >= perMinute) throw tooMany(Math.max(tally.endsAt - now(), 1));
      tally.running += 1;
      try {
        const result = await run();
        if (isRefusal(result)) tally.refused += 1;
        return result;
      } finally {
        tally.running -= 1;
        for (const wake of tally.waiting.splice(0)) wake();
      }
    },
  };
}

/** Whoever has one IPv6 address has its whole /64. */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const whole = [...groups, ...Array.from({ length: Math.max(missing, 0) }, () => '0'), ...(tail ? tail.split(':') : [])];
  return whole
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
