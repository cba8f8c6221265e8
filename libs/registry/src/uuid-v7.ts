import { randomFillSync } from 'node:crypto';

let lastMs = 0;
let sequence = 0;

/**
 * A UUID version 7 (RFC 9562): milliseconds, then a counter that keeps ids of one process in the order they were made, then 62 random bits.
 * Order of ids is order of creation, which keyset paging and the primary keys rest on.
 */
export function newUuidV7(now: number = Date.now()): string {
  if (now > lastMs) {
    lastMs = now;
    sequence = 0;
  } else if ((sequence += 1) > 0xfff) {
    // More than 4,096 ids in one millisecond, or a clock that went back: borrow from the next one.
    lastMs += 1;
    sequence = 0;
  }
  const random = randomFillSync(Buffer.allocUnsafe(8));
  random[0] = ((random[0] ?? 0) & 0x3f) | 0x80;
  const time = lastMs.toString(16).padStart(12, '0');
  const tail = random.toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${sequence.toString(16).padStart(3, '0')}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}
