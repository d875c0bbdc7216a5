import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Closing } from '../src/lib/closing.js';
import { startEmbeddedPostgres } from '../src/storage/embedded/embedded-postgres.js';
import { parentOf } from './usage.js';

export interface StoredRuns {
  readonly running: number;
  readonly all: number;
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

/** A server whose commits are on a disk when they are answered, and its directory, where others may have theirs. */
export async function durableServer(
  closing: Closing,
  settings: Readonly<Record<string, string>> = {},
): Promise<{ readonly url: string; readonly directory: string }> {
  const directory = await durableDirectory();
  closing.add('directory', () => rm(directory, { recursive: true, force: true }));
  const postgres = await startEmbeddedPostgres({ dataDir: directory, durable: true, settings });
  closing.add('postgres', () => postgres.stop());
  return { url: postgres.url, directory };
}

/** A directory on a disk, which the server's user may enter. */
async function durableDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'bpm-gateway-bench-'));
  // As root the server is another user, who has to get in.
  await chmod(directory, 0o711);
  const { type } = await statfs(directory);
  if (type !== tmpfs) return directory;
  await rm(directory, { recursive: true });
  throw new Error(`${tmpdir()} is memory, where a commit costs nothing; set TMPDIR to a directory on a disk`);
}

/** A session that is closed with everything else. */
export async function client(connectionString: string, closing: Closing): Promise<Client> {
  const connected = new Client({ connectionString });
  await connected.connect();
  closing.add('client', () => connected.end());
  return connected;
}

/** The address of another database on the same server. */
export function databaseOf(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** How many runs a target has stored so far. */
export async function runsIn(rows: Client, table: 'runs' | 'processes'): Promise<StoredRuns> {
  const { rows: found } = await rows.query<StoredRuns>(
    `select count(*) filter (where state = 'running')::int as running, count(*)::int as "all" from ${table}`,
  );
  return found[0] ?? { running: 0, all: 0 };
}

/** What a database worked on since it was asked last; its extension must be there. */
export async function statementsIn(rows: Client): Promise<readonly StatementUse[]> {
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

/** As the server has them, e.g. `fsync on`. */
export async function settingsOf(server: Client): Promise<readonly string[]> {
  const { rows } = await server.query<{ name: string; setting: string }>(
    `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes') order by name`,
  );
  return rows.map(({ name, setting }) => `${name} ${setting}`);
}
