import type { Config } from './config.js';
import type { Closing } from './lib/closing.js';
import { DatabaseUnusable, requireUsableDatabase } from './storage/database-check.js';
import { startEmbeddedPostgres } from './storage/embedded/embedded-postgres.js';
import { runningEmbeddedUrl } from './storage/embedded/running-server.js';

/** Where the database is: for the pool, for what needs a session of its own, and for what may be read from a copy. */
export interface DatabaseUrls {
  readonly pooled: string;
  readonly direct: string;
  /** `pooled` leads to a transaction pooler, which lends sessions. */
  readonly lendsSessions: boolean;
  /** `null`: there is no copy. */
  readonly read: string | null;
}

/**
 * The database that the environment names, or the embedded one, started here and stopped with `closing`.
 *
 * @param loading  waited for before the database is asked: while modules are read nothing else is done, and a time limit
 *   that passes meanwhile says nothing of the database
 * @throws EmbeddedPostgresFailed, DatabaseUnusable
 */
export async function databaseUrl(
  config: Config,
  closing: Closing,
  loading: Promise<unknown> = Promise.resolve(),
): Promise<DatabaseUrls> {
  const pooled = config.databaseUrl ?? (await startEmbedded(config.dataDir, closing));
  await loading;
  const direct = config.databaseDirectUrl ?? pooled;
  await requireUsableDatabase(direct);
  return { pooled, direct, lendsSessions: direct !== pooled, read: config.databaseReadUrl };
}

/**
 * The same for a command that works beside a gateway: the embedded database of one that runs is used as it is.
 *
 * @throws EmbeddedPostgresFailed, DatabaseUnusable
 */
export async function sharedDatabaseUrl(config: Config, closing: Closing): Promise<DatabaseUrls> {
  const running = config.databaseUrl === null ? await runningEmbeddedUrl(config.dataDir) : null;
  if (running === null) return databaseUrl(config, closing);
  try {
    await requireUsableDatabase(running);
    return { pooled: running, direct: running, lendsSessions: false, read: null };
  } catch (error) {
    if (!(error instanceof DatabaseUnusable)) throw error;
    // Files that a server left behind that was killed.
    return databaseUrl(config, closing);
  }
}

async function startEmbedded(dataDir: string, closing: Closing): Promise<string> {
  const postgres = await startEmbeddedPostgres({ dataDir, durable: true });
  closing.add('postgres', () => postgres.stop());
  return postgres.url;
}
