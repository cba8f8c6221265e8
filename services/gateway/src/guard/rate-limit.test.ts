import { describe, expect, it } from '@jest/globals';
import { createRateLimiter } from './rate-limit.ts';

describe('the rate limiter', () => {
  it('lets a burst pass, then one call an interval, and says how long to wait', () => {
    const limiter = createRateLimiter({ perSecond: 10, burst: 3 });
    const waits = [0, 0, 0, 0].map(() => limiter.take('a', 1_000));
    expect(waits).toEqual([0, 0, 0, 100]);
    expect(limiter.take('a', 1_100)).toBe(0);
    expect(limiter.take('a', 1_100)).toBe(100);
  });

  it('counts each key by itself', () => {
    const limiter = createRateLimiter({ perSecond: 1, burst: 1 });
    expect(limiter.take('a', 0)).toBe(0);
    expect(limiter.take('a', 0)).toBeGreaterThan(0);
    expect(limiter.take('b', 0)).toBe(0);
  });
});
