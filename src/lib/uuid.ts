import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

/** Of an id. */
const bytes = 16;
/** Asked of the system at once: a call costs more than its bytes. */
const pool = Buffer.alloc(256 * bytes);
let used = pool.length;
let msecs = 0;
let sequence = 0;

/** A UUIDv7. Those of this process sort as they were made, also within a millisecond. */
export function uuidv7(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + bytes);
  used += bytes;
  const now = Date.now();
  if (now > msecs) {
    msecs = now;
    // The upper half stays free to count in.
    sequence = random.readUInt32BE(0) >>> 1;
  } else {
    sequence += 1;
  }
  return v7({ random, msecs, seq: sequence });
}
