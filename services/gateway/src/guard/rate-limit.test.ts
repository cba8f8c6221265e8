import { describe, expect, it } from '@jest/globals';
import { createRateLimiter } from './rate-limit.ts';

describe('the rate limiter', () => {
  it('lets a burst pass, then one call an interval, and says how long to wait', () => {
    const limiter = createRateLimiter({ perSecond: 10, burst: 3 });
    const taken = [0, 0, 0, 0].map(() => limiter.take('a', 1_000));
    expect(taken.map(({ waitMs }) => waitMs)).toEqual([0, 0, 0, 100]);
    expect(taken.map(({ left }) => left)).toEqual([2, 1, 0, 0]);
    expect(taken.map(({ wholeMs }) => wholeMs)).toEqual([100, 200, 300, 300]);
    expect(limiter.take('a', 1_100).waitMs).toBe(0);
    expect(limiter.take('a', 1_100).waitMs).toBe(100);
  });

  it('counts each key by itself', () => {
    const limiter = createRateLimiter({ perSecond: 1, burst: 1 });
    expect(limiter.take('a', 0).waitMs).toBe(0);
    expect(limiter.take('a', 0).waitMs).toBeGreaterThan(0);
    expect(limiter.take('b', 0).waitMs).toBe(0);
  });
});
