import { describe, expect, it } from '@jest/globals';
import { isUuid } from './tenant-id.ts';
import { newUuidV7 } from './uuid-v7.ts';

describe('newUuidV7', () => {
  it('makes ids that sort in the order they were made, whatever the clock does', () => {
    const start = Date.now();
    const ids = Array.from({ length: 20_000 }, (_, n) => newUuidV7(start - (n % 50)));
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
    expect(ids.every(isUuid)).toBe(true);
    expect(ids.every((id) => id[14] === '7' && '89ab'.includes(id[19] ?? ''))).toBe(true);
  });
});
