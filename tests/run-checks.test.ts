import { describe, expect, it } from '@jest/globals';
import { runChecks } from '../scripts/test.ts';

describe('the checks before the tests', () => {
  it('go on after one that failed and one that threw, and count both', async () => {
    const ran: string[] = [];
    const check = (name: string, run: () => Promise<number>) => [name, () => (ran.push(name), run())] as const;
    const counted = await runChecks([
      check('bad', () => Promise.resolve(2)),
      check('broken', () => Promise.reject(new Error('no such tool'))),
      check('good', () => Promise.resolve(0)),
    ]);
    expect(ran).toEqual(['bad', 'broken', 'good']);
    expect(counted).toEqual({ passed: 1, failed: 2 });
  });
});
