import type { Ground, GatewayLog } from './app.module.js';
import type { Config } from './config.js';
import { keepPasswordOf } from './kept-secrets.js';
import type { Closing } from './lib/closing.js';
import type { Log } from './lib/log.js';
import { databaseUrl } from './start-database.js';
import { databaseAnswers } from './storage/database-check.js';
import { PostgresHolds } from './storage/database-hold.store.js';
import { DatabaseWatch } from './storage/database-watch.js';
import { openDatabase, type Database } from './storage/database.js';
import { migrate } from './storage/migrate.js';
import { ReadReplica, type ReadReplicaOptions } from './storage/read-replica.js';
import { keepRoleSettings, missingInSession } from './storage/session-settings.js';

const poolSize = 20;
const readPoolSize = 10;

/** A list that is older is read from the database itself. */
const mostAgeSeconds = 30;

/** The database that stands. */
export interface Stood extends Pick<Ground, 'database' | 'directUrl' | 'replica' | 'holds'> {
  /** The ports of this machine at which it is reached. */
  readonly ports: readonly number[];
  /** Whether it answers, however many wait for the pool. */
  readonly answers: () => Promise<boolean>;
}

/**
 * Starts or finds the database, brings its schema up, and opens every pool on it.
 *
 * @param loading  what takes the processor while a server of our own starts
 */
export async function standingDatabase(
  config: Config,
  closing: Closing,
  { log, loading }: { readonly log: GatewayLog; readonly loading: Promise<unknown> },
): Promise<Stood> {
  const { pooled, direct, lendsSessions, read } = await databaseUrl(config, closing, loading);
  const urls = [pooled, direct, ...(read === null ? [] : [read])];
  urls.forEach(keepPasswordOf);
  await migrate(direct);
  if (lendsSessions) await keepRoleSettings(direct);
  const watch = new DatabaseWatch(config.databaseFailover, log);
  const database = await openDatabase({ url: pooled, poolSize, watch, pooled: lendsSessions });
  closing.add('database', () => database.destroy());
  if (lendsSessions) await tellMissingSettings(database, log);
  const ofHealth = await openDatabase({ url: pooled, poolSize: 1, watch, pooled: lendsSessions });
  closing.add('database of health', () => ofHealth.destroy());
  const holds = new PostgresHolds(database, watch);
  holds.begin();
  closing.add('holds', async () => holds.end());
  const replica = read === null ? null : await openReplica({ url: read, source: database, pooled: lendsSessions }, log);
  closing.add('read replica', async () => replica?.end());
  return {
    database,
    directUrl: direct,
    replica,
    ports: urls.flatMap(tcpPortsIn),
    holds,
    answers: () => databaseAnswers(ofHealth),
  };
}

async function openReplica(of: Pick<ReadReplicaOptions, 'url' | 'source' | 'pooled'>, log: Log): Promise<ReadReplica> {
  const replica = new ReadReplica({ ...of, poolSize: readPoolSize, mostAgeSeconds, log });
  await replica.begin();
  return replica;
}

/** A pooler that signs in as another role, or keeps sessions from before, lends them without our limits. */
async function tellMissingSettings(database: Database, log: GatewayLog): Promise<void> {
  const missing = await missingInSession(database);
  if (missing.length > 0) log.warn('database.settings-missing', { missing, remedy: 'docs/scaling.md, PgBouncer' });
}

/** The port of a database that is reached by TCP; none where its socket is a file. */
function tcpPortsIn(databaseUrl: string): readonly number[] {
  if (!URL.canParse(databaseUrl)) return [];
  const { port, searchParams } = new URL(databaseUrl);
  return searchParams.has('host') ? [] : [Number(port || 5432)];
}
