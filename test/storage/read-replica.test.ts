import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { DatabaseUnchecked } from '../../src/storage/database-trouble.js';
import { DatabaseWatch } from '../../src/storage/database-watch.js';
import { migrate } from '../../src/storage/migrate.js';
import { openDatabase, type Database } from '../../src/storage/database.js';
import { ReadReplica } from '../../src/storage/read-replica.js';
import { KeptLog } from '../dispatch/engine.js';
import { newDatabase, ownPostgres, type OwnPostgres } from '../proofs/own-postgres.js';
import { until } from '../until.js';

/** Two servers of their own. */
jest.setTimeout(120_000);

let primary: OwnPostgres;
let copy: Omit<OwnPostgres, 'replica'>;
let databaseUrl: string;
let otherUrl: string;
let source: Database;
let open: ReadReplica | null = null;

beforeAll(async () => {
  primary = await ownPostgres();
  databaseUrl = await newDatabase(primary.url);
  otherUrl = await newDatabase(primary.url);
  for (const url of [databaseUrl, otherUrl]) await migrate(url);
  copy = await primary.replica();
  source = await openDatabase({ url: databaseUrl, poolSize: 2 });
}, 120_000);
afterEach(async () => {
  await open?.end();
  open = null;
});
afterAll(async () => {
  await source?.destroy();
  await copy?.remove();
  await primary?.remove();
});

function copyOf(database: string): string {
  const url = new URL(copy.url);
  url.pathname = new URL(database).pathname;
  return url.href;
}

async function opened(url: string, mostAgeSeconds: number): Promise<{ replica: ReadReplica; log: KeptLog }> {
  const log = new KeptLog();
  const replica = new ReadReplica({ url, poolSize: 2, source, log, mostAgeSeconds, pooled: false });
  open = replica;
  await replica.begin();
  return { replica, log };
}

async function atCopy(statement: string): Promise<void> {
  const session = new Client({ connectionString: copy.url });
  await session.connect();
  await session.query(statement);
  await session.end();
}

describe('a copy', () => {
  it('of another database is not read from', async () => {
    const { replica, log } = await opened(copyOf(otherUrl), 30);
    expect(replica.ageSeconds()).toBeNull();
    expect(log.events).toEqual(['replica.unread']);
  });

  it('that is the database itself is not read from', async () => {
    const { replica } = await opened(databaseUrl, 30);
    expect(replica.ageSeconds()).toBeNull();
  });

  it('that nobody listens at keeps nobody from starting', async () => {
    const { replica } = await opened('postgres://someone:secret@127.0.0.1:1/nothing', 30);
    expect(replica.ageSeconds()).toBeNull();
  });

  it('that follows is read from while it is young enough, and then no more', async () => {
    const { replica, log } = await opened(copyOf(databaseUrl), 2);
    await until(() => replica.ageSeconds() !== null, 'the copy to be read from');
    await atCopy('select pg_wal_replay_pause()');
    await source.query('create table news ()');
    await until(() => replica.ageSeconds() === null, 'the copy to be too old');
    await until(() => log.events.includes('replica.unread'), 'a line in the log');
    await atCopy('select pg_wal_replay_resume()');
    await until(() => replica.ageSeconds() !== null, 'the copy to be read from again');

    expect(replica.ageSeconds()).toBeLessThanOrEqual(2);
  });
});

describe('a connection that a pooler lends from a server that recovers', () => {
  it('is handed to nobody: what is set in it would stay when the server was promoted', async () => {
    const watch = new DatabaseWatch('hold', new KeptLog());
    const pool = openDatabase({ url: copyOf(databaseUrl), poolSize: 1, watch, pooled: true });

    await expect(pool).rejects.toBeInstanceOf(DatabaseUnchecked);
  });
});
