/** How often a key may call. */
export interface Rate {
  readonly perSecond: number;
  /** Calls that may come at once after a quiet time. */
  readonly burst: number;
}

export interface RateLimiter {
  readonly rate: Rate;
  /** Takes one call; milliseconds to wait when there is none left, else 0. */
  take(key: string, now: number): number;
}

const MAX_KEYS = 100_000;
const SWEEP_MS = 1_000;

/** GCRA: one time for each key, the moment at which its allowance is whole again. Keys whose allowance is whole are forgotten. */
export function createRateLimiter(rate: Rate): RateLimiter {
  const interval = 1000 / rate.perSecond;
  const tolerance = rate.burst * interval;
  const whole = new Map<string, number>();
  let sweptAt = 0;
  const makeRoom = (now: number): void => {
    if (now - sweptAt >= SWEEP_MS) {
      sweptAt = now;
      for (const [key, at] of whole) if (at < now) whole.delete(key);
    }
    // Only more active keys than fit bring it here; the one that has been there longest starts anew.
    const [oldest] = whole.keys();
    if (whole.size >= MAX_KEYS && oldest !== undefined) whole.delete(oldest);
  };
  return {
    rate,
    take(key, now) {
      const next = Math.max(whole.get(key) ?? 0, now) + interval;
      if (next - now > tolerance) return Math.ceil(next - now - tolerance);
      if (whole.size >= MAX_KEYS && !whole.has(key)) makeRoom(now);
      whole.set(key, next);
      return 0;
    },
  };
}
