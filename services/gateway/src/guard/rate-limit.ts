/** How often a key may call. */
export interface Rate {
  readonly perSecond: number;
  /** Calls that may come at once after a quiet time. */
  readonly burst: number;
}

export interface RateLimiter {
  /** Takes one call; milliseconds to wait when there is none left, else 0. */
  take(key: string, now: number): number;
}

const MAX_KEYS = 100_000;

/** GCRA: one time for each key, the moment at which its allowance is whole again. */
export function createRateLimiter({ perSecond, burst }: Rate): RateLimiter {
  const interval = 1000 / perSecond;
  const tolerance = burst * interval;
  const full = new Map<string, number>();
  return {
    take(key, now) {
      const next = Math.max(full.get(key) ?? 0, now) + interval;
      if (next - now > tolerance) return Math.ceil(next - now - tolerance);
      if (full.size >= MAX_KEYS) for (const [old, at] of full) if (at < now) full.delete(old);
      full.set(key, next);
      return 0;
    },
  };
}
