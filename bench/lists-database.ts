import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../src/storage/embedded/embedded-postgres.js';
import { migrate } from '../src/storage/migrate.js';
import { fill } from './lists-fill.js';

/** A cluster with a database of each size that was asked for. */
export interface ListsCluster {
  readonly dataDir: string;
  /** The database of so many processes, filled once and brought to the newest schema. */
  database(rows: number): Promise<string>;
  close(): Promise<void>;
}

/** @param kept  where it stays when it is closed and is used again; none: a directory that goes with it */
export async function openListsCluster(kept: string | undefined): Promise<ListsCluster> {
  if (kept !== undefined) await mkdir(kept, { recursive: true });
  const dataDir = kept ?? (await mkdtemp(join(tmpdir(), 'bench-lists-')));
  await chmod(dataDir, 0o711); // as root the server is another user, who has to get in
  const settings = {
    shared_buffers: '1GB',
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_wal_size: '2GB',
    checkpoint_timeout: '1h',
  };
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false, settings });
  return {
    dataDir,
    database: (rows) => filled(postgres.url, rows),
    close: async () => {
      await postgres.stop();
      if (kept === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** It gets its name when it is filled, so half of one is never measured. */
async function filled(cluster: string, rows: number): Promise<string> {
  const name = `lists_${rows}`;
  const there = await using(cluster, (client) => client.query('select from pg_database where datname = $1', [name]));
  if (there.rowCount === 0) {
    await using(cluster, async (client) => {
      await client.query(`drop database if exists ${name}_unfinished`);
      await client.query(`create database ${name}_unfinished`);
    });
    await migrate(urlOf(cluster, `${name}_unfinished`));
    const beganMs = performance.now();
    const say = (text: string): void => {
      process.stderr.write(`${Math.round((performance.now() - beganMs) / 1000)} s: ${text}\n`);
    };
    await using(urlOf(cluster, `${name}_unfinished`), (client) => fill(client, rows, say));
    await using(cluster, (client) => client.query(`alter database ${name}_unfinished rename to ${name}`));
    say(`${rows} processes are filled in`);
  }
  const url = urlOf(cluster, name);
  await migrate(url);
  return url;
}

function urlOf(cluster: string, database: string): string {
  const url = new URL(cluster);
  url.pathname = `/${database}`;
  return url.href;
}

async function using<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
