import { IdempotencyKeyUnusable } from './door.errors.js';

const quoted = /^"([\x21\x23-\x7e]{1,255})"$/;
const bare = /^(?!")[\x21-\x7e]{1,255}$/;

/**
 * The key of a command: 1 to 255 visible ASCII characters, quoted or bare; `null` where none was sent and none is needed.
 *
 * @throws IdempotencyKeyUnusable  missing where this client needs one, or not of that form
 */
export function idempotencyKeyOf(header: string | readonly string[] | undefined, isRequired: boolean): string | null {
  if (header === undefined) {
    if (!isRequired) return null;
    throw new IdempotencyKeyUnusable('idempotency-key-missing', 'This client must send the header Idempotency-Key.');
  }
  const key = idempotencyKeyIn(header);
  if (key !== null) return key;
  throw new IdempotencyKeyUnusable(
    'idempotency-key-invalid',
    'Idempotency-Key must be 1 to 255 visible ASCII characters, bare or in double quotes, and stand once.',
  );
}

/** The key in a header; `null`: it holds none. */
export function idempotencyKeyIn(header: string | readonly string[]): string | null {
  return typeof header === 'string' ? (quoted.exec(header)?.[1] ?? bare.exec(header)?.[0] ?? null) : null;
}
