import { isIP } from 'node:net';
import { join } from 'node:path';
import { createApp } from './app.js';
import { holdNobody, registerSandboxes, startParts, type GatewayLog, type Ground } from './app.module.js';
import type { Config } from './config.js';
import { PublicUrl } from './http/public-url.js';
import { Readiness } from './http/readiness.js';
import { keepPasswordOf, keepSecretsOf } from './kept-secrets.js';
import { Closing } from './lib/closing.js';
import type { Log } from './lib/log.js';
import { listeningPort } from './lib/listening-port.js';
import { MoreAcceptors } from './lib/more-acceptors.js';
import type { RunningSandbox } from './sandbox.js';
import { databaseUrl } from './start-database.js';
import { keptCredentialsKeys } from './security/credentials-keys.js';
import { keepBootstrapClient, keepLocalClient } from './security/fixed-clients.js';
import { PostgresClientStore } from './storage/client.store.js';
import { databaseAnswers } from './storage/database-check.js';
import { PostgresHolds } from './storage/database-hold.store.js';
import { DatabaseWatch } from './storage/database-watch.js';
import { openDatabase, type Database } from './storage/database.js';
import { ReadReplica, type ReadReplicaOptions } from './storage/read-replica.js';
import { migrate } from './storage/migrate.js';
import { keepRoleSettings, missingInSession } from './storage/session-settings.js';

const poolSize = 20;
const readPoolSize = 10;

/** A list that is older is read from the database itself. */
const mostAgeSeconds = 30;

/** Connections that may wait to be accepted: where a burst is longer than that, the kernel has callers try for seconds. */
const mostUnaccepted = 4096;

/** How long a stop waits for answers that are being read; nobody is held any longer by then. */
const longestAnswerMs = 5000;

/** A gateway that runs. */
export interface Gateway {
  /** Where it listens, e.g. `http://127.0.0.1:3000`. */
  readonly url: string;
  /** As callers know it: PUBLIC_URL, else `url`. */
  readonly publicUrl: string;
  /** Takes nothing new, answers what it has, and stops; the database last. Never throws. */
  close(): Promise<void>;
}

/**
 * Starts everything in its order. Where a part does not start, those before it are stopped again.
 *
 * @param acceptors  how many connections are accepted in one turn of the loop
 */
export async function startGateway(loaded: Config, log: GatewayLog, acceptors = 1): Promise<Gateway> {
  const closing = new Closing(log);
  try {
    const config = await withCredentialsKeys(loaded);
    keepSecretsOf(config);
    const { urls, answers, ...stood } = await startDatabase(config, closing, log);
    const running = config.sandbox ? await runSandboxes(config, closing) : [];
    const ground: Ground = {
      ...stood,
      config,
      log,
      url: new PublicUrl(config.publicUrl ?? ''),
      readiness: new Readiness(answers),
      ownPorts: running.map(({ sandbox }) => sandbox.port),
      closedPorts: new Set(urls.flatMap(tcpPortsIn)),
    };
    await keepClients(config, stood.database);
    return await openDoor(ground, closing, { running, acceptors });
  } catch (error) {
    await closing.closeAll();
    throw error;
  }
}

/** Loaded only where they are wanted: production starts without the simulated portals. */
async function runSandboxes({ dataDir }: Config, closing: Closing): Promise<readonly RunningSandbox[]> {
  const [{ startSandboxes, stopSandboxes }, { sandboxKinds }] = await Promise.all([
    import('./sandbox.js'),
    import('./platforms/sandboxes.js'),
  ]);
  const running = await startSandboxes(sandboxKinds, join(dataDir, 'sandbox'));
  closing.add('sandbox', () => stopSandboxes(running));
  return running;
}

async function withCredentialsKeys(config: Config): Promise<Config> {
  if (config.credentialsKeys.length > 0) return config;
  return { ...config, credentialsKeys: await keptCredentialsKeys(config.dataDir) };
}

/** The database that stands. */
interface Stood extends Pick<Ground, 'database' | 'directUrl' | 'replica' | 'holds'> {
  /** Every address that leads to it. */
  readonly urls: readonly string[];
  /** Whether it answers, however many wait for the pool. */
  readonly answers: () => Promise<boolean>;
}

async function startDatabase(config: Config, closing: Closing, log: GatewayLog): Promise<Stood> {
  const { pooled, direct, lendsSessions, read } = await databaseUrl(config, closing);
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
  return { database, directUrl: direct, replica, urls, holds, answers: () => databaseAnswers(ofHealth) };
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

async function keepClients(config: Config, database: Database): Promise<void> {
  const store = new PostgresClientStore(database);
  if (!config.auth) await keepLocalClient(store);
  if (config.bootstrapApiKey !== null) await keepBootstrapClient(store, config.bootstrapApiKey);
}

interface DoorParts {
  readonly running: readonly RunningSandbox[];
  readonly acceptors: number;
}

async function openDoor(ground: Ground, closing: Closing, { running, acceptors }: DoorParts): Promise<Gateway> {
  const { config, url, readiness, closedPorts } = ground;
  const app = await createApp(ground);
  await registerSandboxes(app, running);
  await startParts(app, closing);
  let more: MoreAcceptors | null = null;
  closing.add('door', () => closeDoor(app, more));
  await app.listen({ port: config.port, host: config.host, backlog: mostUnaccepted });
  const port = listeningPort(app.getHttpServer());
  if (acceptors > 1) more = new MoreAcceptors(app.getHttpServer(), acceptors - 1, mostUnaccepted);
  closedPorts.add(port);
  const listens = urlOf(config.host, port);
  if (config.publicUrl === null) url.set(listens);
  return {
    url: listens,
    publicUrl: url.base,
    close: async () => {
      readiness.stop();
      holdNobody(app);
      await closing.closeAll();
    },
  };
}

/** Answers what is under way; whoever does not read an answer in time keeps nobody from stopping. */
async function closeDoor(app: Awaited<ReturnType<typeof createApp>>, more: MoreAcceptors | null): Promise<void> {
  const timer = setTimeout(() => app.getHttpServer().closeAllConnections(), longestAnswerMs);
  try {
    await Promise.all([app.close(), more?.close()]);
  } finally {
    clearTimeout(timer);
  }
}

/** The port of a database that is reached by TCP; none where its socket is a file. */
function tcpPortsIn(databaseUrl: string): readonly number[] {
  if (!URL.canParse(databaseUrl)) return [];
  const { port, searchParams } = new URL(databaseUrl);
  return searchParams.has('host') ? [] : [Number(port || 5432)];
}

function urlOf(host: string, port: number): string {
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}
