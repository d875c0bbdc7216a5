import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { Closing } from '../src/lib/closing.js';
import { PinoLog } from '../src/observability/pino-log.js';
import { startEmbeddedPostgres } from '../src/storage/embedded/embedded-postgres.js';
import { Child } from './child.js';
import type { Driven, Load } from './driver.js';
import { startGatewayProcess } from './gateway-process.js';
import type { Executed } from './platform.js';
import { parentOf } from './usage.js';

export type TargetName = 'direct' | 'limit' | 'gateway';

/** What starts can be sent to. */
export interface Target {
  readonly name: TargetName;
  readonly url: string;
  readonly speaks: Load['speaks'];
  /** `null`: the platform itself, which stores nothing. */
  readonly stores: { readonly pid: number; runs(): Promise<StoredRuns> } | null;
}

export interface StoredRuns {
  readonly running: number;
  readonly all: number;
}

/** Everything that a round needs, each part in its own process. */
export interface Workbench {
  readonly targets: readonly Target[];
  readonly pids: { readonly platform: number; readonly driver: number; readonly postgres: number | null };
  readonly readyMs: number;
  /** As the server has them, e.g. `fsync on`. */
  readonly serverSettings: readonly string[];
  drive(load: Load): Promise<Driven>;
  executed(): Promise<Executed>;
  /** The same, and it goes on counting. */
  seen(): Promise<Executed>;
  /** Writes out what earlier rounds left dirty, so that a round does not pay for the one before it. */
  settle(): Promise<void>;
  /** What the gateway's database worked on since it was asked last; empty where nothing is profiled. */
  statements(): Promise<readonly StatementUse[]>;
  close(): Promise<void>;
}

/** A statement of the gateway, as Postgres has seen it. */
export interface StatementUse {
  /** Its beginning. */
  readonly text: string;
  readonly calls: number;
  readonly rows: number;
  /** Planning and execution, in milliseconds. */
  readonly ms: number;
}

const tmpfs = 0x01_02_19_94;

/** Sets everything up in a temporary directory; nothing is left of it. */
export async function openWorkbench(gatewayNodeOptions: readonly string[]): Promise<Workbench> {
  const closing = new Closing(new PinoLog('warn'));
  const isProfiled = gatewayNodeOptions.length > 0;
  try {
    const directory = await durableDirectory();
    closing.add('directory', () => rm(directory, { recursive: true, force: true }));
    const postgres = await startEmbeddedPostgres({
      dataDir: directory,
      durable: true,
      settings: isProfiled
        ? { shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.track_planning': 'on' }
        : {},
    });
    closing.add('postgres', () => postgres.stop());
    const server = await client(postgres.url, closing);
    for (const name of ['limit', 'gateway']) await server.query(`create database bench_${name}`);
    const platform = await Child.start<'executed' | 'seen', Executed>(new URL('./platform.ts', import.meta.url));
    closing.add('platform', () => platform.stop());
    const driver = await Child.start<Load, Driven>(new URL('./driver.ts', import.meta.url));
    closing.add('driver', () => driver.stop());
    const limitUrl = databaseOf(postgres.url, 'bench_limit');
    const limit = await Child.start<string, string>(new URL('./limit.ts', import.meta.url), [limitUrl, platform.ready]);
    closing.add('limit', () => limit.stop());
    const gatewayUrl = databaseOf(postgres.url, 'bench_gateway');
    const gateway = await startGatewayProcess({
      databaseUrl: gatewayUrl,
      platformUrl: platform.ready,
      dataDir: directory,
      nodeOptions: gatewayNodeOptions,
    });
    closing.add('gateway', () => gateway.stop());
    const [limitRows, gatewayRows] = [await client(limitUrl, closing), await client(gatewayUrl, closing)];
    if (isProfiled) await gatewayRows.query('create extension pg_stat_statements');
    return {
      targets: [
        { name: 'direct', url: platform.ready, speaks: 'native', stores: null },
        {
          name: 'limit',
          url: limit.ready,
          speaks: 'starts',
          stores: { pid: limit.pid, runs: () => runsIn(limitRows, 'runs') },
        },
        {
          name: 'gateway',
          url: gateway.url,
          speaks: 'starts',
          stores: { pid: gateway.pid, runs: () => runsIn(gatewayRows, 'processes') },
        },
      ],
      pids: { platform: platform.pid, driver: driver.pid, postgres: await serverPid(server) },
      readyMs: gateway.readyMs,
      serverSettings: await settingsOf(server),
      drive: (load) => driver.ask(load),
      executed: () => platform.ask('executed'),
      seen: () => platform.ask('seen'),
      settle: async () => void (await server.query('checkpoint')),
      statements: () => (isProfiled ? statementsIn(gatewayRows) : Promise.resolve([])),
      close: () => closing.closeAll(),
    };
  } catch (error) {
    await closing.closeAll();
    throw error;
  }
}

/** A directory on a disk, which the server's user may enter. */
export async function durableDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'bpm-gateway-bench-'));
  // As root the server is another user, who has to get in.
  await chmod(directory, 0o711);
  const { type } = await statfs(directory);
  if (type !== tmpfs) return directory;
  await rm(directory, { recursive: true });
  throw new Error(`${tmpdir()} is memory, where a commit costs nothing; set TMPDIR to a directory on a disk`);
}

async function client(connectionString: string, closing: Closing): Promise<Client> {
  const connected = new Client({ connectionString });
  await connected.connect();
  closing.add('client', () => connected.end());
  return connected;
}

export function databaseOf(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function runsIn(rows: Client, table: 'runs' | 'processes'): Promise<StoredRuns> {
  const { rows: found } = await rows.query<StoredRuns>(
    `select count(*) filter (where state = 'running')::int as running, count(*)::int as "all" from ${table}`,
  );
  return found[0] ?? { running: 0, all: 0 };
}

async function statementsIn(rows: Client): Promise<readonly StatementUse[]> {
  const { rows: found } = await rows.query<StatementUse>(
    `select left(regexp_replace(query, '\\s+', ' ', 'g'), 60) as text, calls::int, rows::int,
       total_plan_time + total_exec_time as ms
     from pg_stat_statements
     where dbid = (select oid from pg_database where datname = current_database())
     order by ms desc
     limit 12`,
  );
  await rows.query('select pg_stat_statements_reset()');
  return found;
}

/** The process above every session, whose children do the work. */
export async function serverPid(server: Client): Promise<number | null> {
  const { rows } = await server.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0] ? parentOf(rows[0].pid) : null;
}

async function settingsOf(server: Client): Promise<readonly string[]> {
  const { rows } = await server.query<{ name: string; setting: string }>(
    `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes') order by name`,
  );
  return rows.map(({ name, setting }) => `${name} ${setting}`);
}
