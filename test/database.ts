import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { migrate } from '../src/storage/migrate.js';
import { keepRows } from './canaries/evidence.js';

/** A database of one test file, with the newest schema and nothing in it. */
export interface FreshDatabase {
  readonly url: string;
  /** Removes it, ending what is still connected. */
  drop(): Promise<void>;
}

/** Any number; the lock under which one test file at a time looks whether the template is there. */
const templateLock = 4_242_760_099;

const template = 'migrated_template';

/**
 * A database of one's own on the cluster that the whole run shares: a copy of a template that the first who asks migrates.
 * Once for each test file; between its tests `delete from` is much cheaper.
 */
export async function freshDatabase(): Promise<FreshDatabase> {
  await makeTemplate();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await onCluster((cluster) => cluster.query(`create database ${name} template ${template} strategy = file_copy`));
  return {
    url: urlOf(name),
    drop: async () => {
      await keepRows(urlOf(name));
      await onCluster((cluster) => cluster.query(`drop database if exists ${name} with (force)`));
    },
  };
}

/** Makes the template unless it is there. It gets its name when it is migrated, so half of one is never copied. */
async function makeTemplate(): Promise<void> {
  await onCluster(async (cluster) => {
    await cluster.query('select pg_advisory_lock($1)', [templateLock]); // released with this session
    const found = await cluster.query('select from pg_database where datname = $1', [template]);
    if (found.rowCount) return;
    await cluster.query(`drop database if exists ${template}_unfinished with (force)`);
    await cluster.query(`create database ${template}_unfinished strategy = file_copy`);
    await migrate(urlOf(`${template}_unfinished`));
    await cluster.query(`alter database ${template}_unfinished rename to ${template}`);
  });
}

async function onCluster(work: (cluster: Client) => Promise<unknown>): Promise<void> {
  const cluster = new Client({ connectionString: clusterUrl() });
  await cluster.connect();
  try {
    await work(cluster);
  } finally {
    await cluster.end();
  }
}

function urlOf(database: string): string {
  const url = new URL(clusterUrl());
  url.pathname = `/${database}`;
  return url.href;
}

function clusterUrl(): string {
  const url = process.env['TEST_POSTGRES_URL'];
  if (!url) throw new Error('There is no test cluster: run the tests through jest, whose global set-up starts it');
  return url;
}
