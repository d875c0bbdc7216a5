import { DataSource } from 'typeorm';
import type { DatabaseWatch } from './database-watch.js';
import { writersOptions } from './session-settings.js';

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
  /** `url` leads to a transaction pooler. */
  readonly pooled?: boolean;
}

/**
 * A pool whose connections lead to a transaction pooler: a session is lent for one transaction, so nothing of it lasts,
 * neither a setting nor a prepared statement, and it takes no settings when it is opened.
 */
export class PooledDatabase extends DataSource {}

/** Opens the pool; the settings of its sessions: `session-settings.ts`. */
export async function openDatabase({ url, poolSize, watch, pooled = false }: DatabaseOptions): Promise<Database> {
  const Source = pooled ? PooledDatabase : DataSource;
  const database = new Source({
    type: 'postgres',
    url,
    poolSize,
    applicationName: 'bpm-gateway',
    installExtensions: false,
    extra: {
      // The server ends a statement after 30 s; an answer that has not come by then never will, e.g. on a half-open socket.
      query_timeout: 35_000,
      keepAlive: true,
      ...(pooled ? {} : { options: writersOptions }),
      // Of pg-pool: asked with each new connection before it is handed over.
      ...(watch ? { verify: pooled ? watch.verifyLent : watch.verify } : {}),
    },
    poolErrorHandler: () => {
      // A lost idle connection is replaced by the pool; whoever holds one learns it from its own query.
    },
  });
  return database.initialize();
}
