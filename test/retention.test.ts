import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import type { Process } from '../src/processes/process.js';
import { openDatabase, type Database } from '../src/storage/database.js';
import { PostgresProcessStore } from '../src/storage/process.store.js';
import { PostgresStats } from '../src/storage/stats.store.js';
import { freshDatabase, type FreshDatabase } from './database.js';
import { runGateway, type RunningGateway } from './running-gateway.js';
import { monthsAgo, OldHistory, tableOfMonth } from './storage/old-history.js';
import { delays, leaseSeconds } from './storage/process-room.js';
import { until } from './until.js';

jest.setTimeout(240_000);

const Page = z.object({ items: z.array(z.object({ id: z.string() })) });
const Stats = z.object({ byState: z.record(z.string(), z.number()) });

let fresh: FreshDatabase;
let dataDir: string;
let database: Database;
let old: OldHistory;
let gateway: RunningGateway | null = null;

const copies = 3000;
const time = monthsAgo(14);

beforeAll(async () => {
  fresh = await freshDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'retention-'));
  database = await openDatabase({ url: fresh.url, poolSize: 3 });
  old = new OldHistory({ database, store: new PostgresProcessStore(database, leaseSeconds, delays) });
});
afterAll(async () => {
  await gateway?.end('SIGKILL');
  await database?.destroy();
  await fresh?.drop();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});

const run = (): Promise<RunningGateway> =>
  runGateway({
    DATABASE_URL: fresh.url,
    DATA_DIR: dataDir,
    CREDENTIALS_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
    SANDBOX: 'off',
    AUTH: 'off',
    RETENTION_DAYS: '365',
  });

const get = (path: string): Promise<Response> => fetch(`${gateway?.url}${path}`);

async function count(sql: string): Promise<number> {
  const [row] = await database.query<{ count: number }[]>(`select count(*)::int as count from ${sql}`);
  return row?.count ?? -1;
}

/** What a killed replica has taken is another's after two minutes; here they have passed. */
const letTimePass = (): Promise<unknown> => database.query(`update house_work set due_at = '-infinity'`);

const isDropped = async (): Promise<boolean> => {
  const [row] = await database.query<{ gone: boolean }[]>('select to_regclass($1) is null as gone', [
    tableOfMonth(time),
  ]);
  return row?.gone ?? false;
};

describe('a gateway that is killed with -9 while old history goes', () => {
  it('has all of it gone in the end, nothing else, and counts what is left', async () => {
    await old.month(time);
    const [gone, queued, running] = [await old.completed(time), await old.queued(time), await old.running(time)];
    const recent = await old.completed(monthsAgo(1));
    await old.repeated(gone, copies);
    await new PostgresStats(database).roll(new AbortController().signal);
    const before = await count(`events where process_id in ('${queued.id}', '${running.id}', '${recent.id}')`);

    let left = copies + 4;
    for (let kills = 0; kills < 3; kills += 1) {
      gateway = await run();
      await until(async () => (await count('processes')) < left, 'a batch to be gone', 60_000);
      await gateway.end('SIGKILL');
      left = await count('processes');
      await letTimePass();
    }
    gateway = await run();
    await until(async () => (await count('processes')) === 3, 'everything to be gone', 120_000);
    await until(async () => (await count(tableOfMonth(time))) === 3, 'the month to hold what stays', 60_000);

    expect(await statusOf(gone)).toEqual([404, 404]);
    for (const process of [queued, running, recent]) expect(await statusOf(process)).toEqual([200, 200]);
    expect(await count(`events where process_id in ('${queued.id}', '${running.id}', '${recent.id}')`)).toBe(before);
    expect(await count('operations')).toBe(3);
    expect(await count('attempts')).toBe(2);
    expect(await count('idempotency_keys')).toBe(3);
    const listed = Page.parse(await (await get('/v1/processes')).json()).items.map(({ id }) => id);
    expect(listed).toEqual(
      [recent, running, queued]
        .map(({ id }) => id)
        .toSorted()
        .toReversed(),
    );
    await until(async () => {
      const { byState } = Stats.parse(await (await get('/v1/stats')).json());
      return byState['queued'] === 1 && byState['running'] === 1 && byState['completed'] === 1;
    }, 'the counts to be those of what is left');

    await gateway.end('SIGKILL');
    const over = `update processes set category = 'closed', state = 'ended', closed_at = created_at where id <> '${recent.id}'`;
    await database.query(over);
    await database.query(`update operations set state = 'done'`);
    await letTimePass();
    gateway = await run();
    await until(isDropped, 'the month to be gone', 60_000);
    expect(await statusOf(recent)).toEqual([200, 200]);
  });

  const statusOf = async ({ id }: Process): Promise<number[]> =>
    Promise.all(['', '/history'].map(async (part) => (await get(`/v1/processes/${id}${part}`)).status));
});
