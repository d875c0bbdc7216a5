import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A key as it is stored: the key itself is shown once and never again. */
export interface StoredKey {
  /** What people recognise it by. */
  readonly prefix: string;
  /** SHA-256. A key of 256 random bits needs no salt and no slow hash. */
  readonly hash: Buffer;
}

const form = /^bpmgw_[\w-]{43}$/;

/** A new key of 32 random bytes, e.g. `bpmgw_8Jk2…`. */
export function newApiKey(random: (bytes: number) => Buffer = randomBytes): string {
  return `bpmgw_${random(32).toString('base64url')}`;
}

/** What to store of a key, and what to look for when it comes back. */
export function storedForm(key: string): StoredKey {
  const hash = createHash('sha256').update(key).digest();
  // Of a key that an operator chose nothing is shown: it may be short.
  return { prefix: form.test(key) ? key.slice(0, 12) : 'chosen', hash };
}

/** Whether two hashes are the same, in a time that does not tell how far they agree. */
export function isSameHash(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
