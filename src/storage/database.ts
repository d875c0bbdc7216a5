import { DataSource } from 'typeorm';
import type { DatabaseWatch } from './database-watch.js';

/** The pool that the stores of this room work on; others only hand it over. */
export type Database = DataSource;
export const Database = Symbol('Database');

/** The database of one process of ours. */
export interface DatabaseOptions {
  readonly url: string;
  /** Connections that this process may hold. */
  readonly poolSize: number;
  /** Looks at each new connection before anybody gets it; none: an older database goes unnoticed. */
  readonly watch?: DatabaseWatch;
}

const sessionSettings = {
  lock_timeout: 2000,
  statement_timeout: 30_000,
  idle_in_transaction_session_timeout: 10_000,
  timezone: 'UTC',
};

/**
 * Opens the pool. Writers' plans are pinned to indexes: a multi-row statement is planned for 100 rows and would scan.
 * `lock_timeout` bounds how long a repeated idempotency key waits for the first one's commit, and who stops between a begin
 * and its commit (a frozen replica) holds its locks no longer than ten seconds.
 */
export async function openDatabase({ url, poolSize, watch }: DatabaseOptions): Promise<Database> {
  const database = new DataSource({
    type: 'postgres',
    url,
    poolSize,
    applicationName: 'bpm-gateway',
    installExtensions: false,
    extra: {
      // The server ends a statement after 30 s; an answer that has not come by then never will, e.g. on a half-open socket.
      query_timeout: 35_000,
      keepAlive: true,
      options: Object.entries(sessionSettings)
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(' '),
      // Of pg-pool: asked with each new connection before it is handed over.
      ...(watch ? { verify: watch.verify } : {}),
    },
    poolErrorHandler: () => {
      // A lost idle connection is replaced by the pool; whoever holds one learns it from its own query.
    },
  });
  return database.initialize();
}
