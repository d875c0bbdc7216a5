import type { Database } from './database.js';
import { PostgresAudit } from './audit.store.js';

/**
 * Carries out a command that an operator gave in a terminal, with its line in the audit: before it, and its result after.
 *
 * @param action  e.g. `database.restored`
 * @param target  what it is done to, e.g. `database`
 * @throws whatever the command throws; the line says `failed` then
 */
export async function audited<T>(
  database: Database,
  { action, target }: { readonly action: string; readonly target: string },
  command: () => Promise<T>,
): Promise<T> {
  const audit = new PostgresAudit(database);
  const operator = { clientId: null, client: 'operator', address: null, traceId: null };
  const line = await audit.begin(operator, { action, target, connection: null });
  try {
    const done = await command();
    await audit.end(line, { result: 'done', target: null });
    return done;
  } catch (error) {
    await audit.end(line, { result: 'failed', target: null });
    throw error;
  }
}
