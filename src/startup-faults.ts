import { NoBill } from './bill-of-materials.js';
import { ConfigFaults } from './config.js';
import { KeyFileUnreadable } from './security/credentials-keys.js';
import { DatabaseUnusable } from './storage/database-check.js';
import { KeysDoNotFit } from './storage/fingerprint-key.js';
import { EmbeddedPostgresFailed } from './storage/embedded/embedded-postgres.errors.js';

/** Why the gateway does not start, one readable line per fault. */
export function readableLines(error: unknown): readonly string[] {
  if (error instanceof ConfigFaults) return error.lines;
  if (
    error instanceof EmbeddedPostgresFailed ||
    error instanceof DatabaseUnusable ||
    error instanceof KeyFileUnreadable ||
    error instanceof KeysDoNotFit ||
    error instanceof NoBill
  ) {
    return [error.message];
  }
  const words = error instanceof Error ? error.message : 'nobody knows why';
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'EADDRINUSE') return [`The address is in use; stop who listens there, or set PORT: ${words}.`];
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return [`The gateway cannot use what HOST, PORT or DATA_DIR name: ${words}.`];
  }
  return [`The gateway does not start: ${words}.`];
}
