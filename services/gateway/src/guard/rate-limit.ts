/** How often a key may call. */
export interface Rate {
  readonly perSecond: number;
  /** Calls that may come at once after a quiet time. */
  readonly burst: number;
}

/** What a key has left after a call. */
export interface Allowance {
  /** 0 when the call was within the allowance, else how long until the next one will be. */
  readonly waitMs: number;
  /** Calls that may come at once now. */
  readonly left: number;
  /** Until the allowance is whole again. */
  readonly wholeMs: number;
}

export interface RateLimiter {
  readonly rate: Rate;
  /** Takes one call, if there is one left. */
  take(key: string, now: number): Allowance;
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
      if (next - now > tolerance) return { waitMs: Math.ceil(next - now - tolerance), left: 0, wholeMs: next - interval - now };
      if (whole.size >= MAX_KEYS && !whole.has(key)) makeRoom(now);
      whole.set(key, next);
      return { waitMs: 0, left: Math.floor((tolerance - (next - now)) / interval), wholeMs: next - now };
    },
  };
}
