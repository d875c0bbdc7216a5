import { randomFillSync } from 'node:crypto';

/** Asked of the system at once: a call costs more than its bytes. */
const pool = Buffer.alloc(4096);
let used = pool.length;

/** Random bytes, a few at a time; they are good until the next call. */
export function pooledRandom(bytes: number): Buffer {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.subarray(used - bytes, used);
}
