import { describe, expect, it } from '@jest/globals';
import { createRefusedTokens, networkOf } from './refused-tokens.ts';

class TooMany extends Error {}

describe('addresses whose tokens are refused', () => {
  const scene = (perMinute: number) => {
    let now = 0;
    let looks = 0;
    const refused = createRefusedTokens(
      perMinute,
      (waitMs) => new TooMany(String(waitMs)),
      () => now,
    );
    const attempt = (address: string, isGood = false): Promise<string> =>
      refused
        .attempt(
          address,
          (good: boolean) => !good,
          async () => {
            looks += 1;
            await new Promise((resolve) => setImmediate(resolve));
            return isGood;
          },
        )
        .then(
          (good) => (good ? 'good' : 'refused'),
          (error: unknown) => (error instanceof TooMany ? 'held back' : Promise.reject(error as Error)),
        );
    return { attempt, looks: () => looks, pass: (ms: number) => void (now += ms) };
  };

  it('are looked up at most so often in a minute, however many come at once; others are not held back', async () => {
    const { attempt, looks, pass } = scene(60);
    const outcomes = await Promise.all(Array.from({ length: 1_000 }, () => attempt('192.0.2.1')));
    expect(looks()).toBe(60);
    expect(outcomes.filter((outcome) => outcome === 'refused')).toHaveLength(60);
    expect(outcomes.filter((outcome) => outcome === 'held back')).toHaveLength(940);
    expect(await attempt('192.0.2.2')).toBe('refused');
    pass(60_001);
    expect(await attempt('192.0.2.1')).toBe('refused');
  });

  it('may send as many good ones as they like', async () => {
    const { attempt } = scene(5);
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => attempt('192.0.2.1', true)));
    expect(outcomes.every((outcome) => outcome === 'good')).toBe(true);
    for (let refusals = 0; refusals < 5; refusals += 1) expect(await attempt('192.0.2.1')).toBe('refused');
    expect(await attempt('192.0.2.1', true)).toBe('held back');
  });

  it('are one for the whole network that a client of IPv6 has', () => {
    expect(networkOf('2001:db8:0:1::5')).toBe(networkOf('2001:db8:0:1:ffff::9'));
    expect(networkOf('2001:db8:0:1::5')).not.toBe(networkOf('2001:db8:0:2::5'));
    expect(networkOf('::1')).toBe('0:0:0:0');
    expect(networkOf('192.0.2.1')).toBe('192.0.2.1');
    expect(networkOf('::ffff:192.0.2.1')).toBe('::ffff:192.0.2.1');
  });
});
