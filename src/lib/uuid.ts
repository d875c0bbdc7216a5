import { v7 } from 'uuid';
import { pooledRandom } from './pooled-random.js';

/** Of an id. */
const bytes = 16;
let msecs = 0;
let sequence = 0;

/** A UUIDv7. Those of this process sort as they were made, also within a millisecond. */
export function uuidv7(): string {
  const random = pooledRandom(bytes);
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
