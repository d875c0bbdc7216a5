import { types } from 'node:util';

/** The embedded PostgreSQL could not be had. The message is one sentence for the person who starts the gateway. */
export class EmbeddedPostgresFailed extends Error {
  override readonly name = 'EmbeddedPostgresFailed';
}

/** The system's word for what went wrong, e.g. `EACCES`; `null` for an error that did not come from the system. */
export function systemCodeOf(error: unknown): string | null {
  // Not `instanceof`: a test runs in a realm of its own, whose Error is not the system's.
  if (!types.isNativeError(error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/** What an error says, for the end of a sentence. */
export function wordsOf(error: unknown): string {
  return types.isNativeError(error) ? error.message : String(error);
}
