interface Bucket {
  left: number;
  at: number;
}

const MAX_BUCKETS = 50_000;

/** Buckets by name, full at first, filled evenly over the period; the one that was longest not asked for is forgotten first. */
export interface TokenBuckets {
  /** False when the bucket is empty. */
  take(name: string): boolean;
}

export function createTokenBuckets(size: number, periodMs: number, nowMs: () => number): TokenBuckets {
  const buckets = new Map<string, Bucket>();
  return {
    take(name) {
      const now = nowMs();
      const known = buckets.get(name);
      const left = known ? Math.min(size, known.left + ((now - known.at) * size) / periodMs) : size;
      buckets.delete(name);
      if (buckets.size >= MAX_BUCKETS) buckets.delete(buckets.keys().next().value ?? '');
      buckets.set(name, { left: left >= 1 ? left - 1 : left, at: now });
      return left >= 1;
    },
  };
}
