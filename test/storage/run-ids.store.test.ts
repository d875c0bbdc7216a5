import type { DataSource } from 'typeorm';
import { runIdsStateOf } from '../../src/connections/run-id-rule.js';
import type { RunIdAnswers } from '../../src/connections/run-ids.store.js';
import { PostgresConnectionStore } from '../../src/storage/connection.store.js';
import { openDatabase } from '../../src/storage/database.js';
import { distrustRunIds, keepsRunIds } from '../../src/storage/run-ids.sql.js';
import { PostgresRunIdsStore } from '../../src/storage/run-ids.store.js';
import { limits, newConnection } from '../connections/samples.js';
import { freshDatabase, type FreshDatabase } from '../database.js';

const key = 'sales-portal';
const terms = { name: 'Sales', baseUrl: 'https://sales.example', settings: {}, limits, setsRunIds: false };
/** Ages count from the moment in which each is written, so they differ by more than writing takes. */
const second = 1000;
const day = 24 * 60 * 60 * second;

let fresh: FreshDatabase;
let database: DataSource;
let connections: PostgresConnectionStore;
let store: PostgresRunIdsStore;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase({ url: fresh.url, poolSize: 4 });
  connections = new PostgresConnectionStore(database);
  store = new PostgresRunIdsStore(database);
});
afterAll(async () => {
  await database.destroy();
  await fresh.drop();
});
beforeEach(async () => {
  await database.query('truncate connections, definitions, run_ids, processes cascade');
  await connections.register(newConnection({ key }));
});

const kept = (...keptAgesMs: readonly number[]): RunIdAnswers => ({
  connection: key,
  keptAgesMs,
  ignoredAgeMs: null,
  seen: keptAgesMs.length,
});
const ignored = (ignoredAgeMs: number): RunIdAnswers => ({ connection: key, keptAgesMs: [], ignoredAgeMs, seen: 1 });

async function state(): Promise<string> {
  const known = await store.find(key);
  const byRule = runIdsStateOf(known, known.now);
  const [row] = await database.query<{ keeps: boolean }[]>(`select ${keepsRunIds('$1')} as keeps`, [key]);
  expect(row?.keeps).toBe(byRule === 'kept');
  return byRule;
}

describe('what is known of run ids', () => {
  it.each<[string, string, readonly RunIdAnswers[]]>([
    ['unknown', 'nothing was answered', []],
    ['unknown', 'two answers showed our id', [kept(10 * second), kept(20 * second)]],
    ['kept', 'three answers showed our id', [kept(10 * second), kept(20 * second), kept(30 * second)]],
    ['kept', 'three answers of one replica did', [kept(10 * second, 20 * second, 30 * second)]],
    ['kept', 'the oldest of them is old, the newest is not', [kept(10 * second, 2 * day, 3 * day)]],
    ['unknown', 'the newest of them is a day old', [kept(day, day + 1, day + 2)]],
    [
      'ignored',
      'the newest answer showed another id',
      [kept(20 * second, 30 * second, 40 * second), ignored(10 * second)],
    ],
    [
      'ignored',
      'it was written before the older ones',
      [ignored(10 * second), kept(20 * second, 30 * second, 40 * second)],
    ],
    ['ignored', 'the only answer showed another id', [ignored(10 * second)]],
    [
      'unknown',
      'two answers showed our id since it was ignored',
      [kept(40 * second), ignored(30 * second), kept(10 * second, 20 * second)],
    ],
    [
      'unknown',
      'one that ignored it stands between them',
      [kept(5 * second, 10 * second, 30 * second), ignored(20 * second)],
    ],
    [
      'kept',
      'three answers showed our id since it was ignored',
      [ignored(40 * second), kept(10 * second, 20 * second, 30 * second)],
    ],
  ])('is %s where %s, in the row and by the condition of an intent', async (expected, _, answers) => {
    for (const answer of answers) await store.add([answer]);

    expect(await state()).toBe(expected);
  });

  it('counts every answer, and keeps the times of three', async () => {
    await store.add([kept(10, 20, 30)]);
    await store.add([{ ...kept(5), seen: 7 }]);

    const { seen, keptAt } = await store.find(key);
    expect(seen).toBe(10);
    expect(keptAt).toHaveLength(3);
  });

  it('is written for all connections at once, and not for one that is gone', async () => {
    await connections.register(newConnection({ key: 'other' }));
    await store.add([{ ...ignored(1), connection: 'other' }, { ...ignored(1), connection: 'gone' }, kept(1, 2, 3)]);

    expect(await database.query('select connection from run_ids order by 1')).toEqual([
      { connection: 'other' },
      { connection: key },
    ]);
  });
});

describe('a portal that answered a probe with another id', () => {
  beforeEach(async () => {
    await store.add([kept(10, 20, 30)]);
    await store.distrust(key);
  });

  it('is not believed any more, whatever it answers', async () => {
    await store.add([kept(1, 2, 3)]);

    expect(await state()).toBe('ignored');
  });

  it('begins anew when an operator sets runIds, if only to the same', async () => {
    await connections.change(key, 1, { ...terms, setsRunIds: true });

    expect(await state()).toBe('unknown');
    expect(await store.find(key)).toMatchObject({ seen: 0, keptAt: [] });
    await store.add([kept(0, 0, 0)]);
    expect(await state()).toBe('kept');
  });

  it('is not trusted for answers from before that', async () => {
    await connections.change(key, 1, { ...terms, setsRunIds: true });
    await store.add([kept(60_000, 60_001, 60_002)]);

    expect(await state()).toBe('unknown');
  });

  it.each([
    ['other fields change', terms],
    ['it moves', { ...terms, baseUrl: 'https://sales.example/moved' }],
  ])('stays so when %s', async (_, change) => {
    await connections.change(key, 1, change);

    expect(await state()).toBe('ignored');
  });

  it('stays so when the change comes too late', async () => {
    await connections.change(key, 7, { ...terms, setsRunIds: true });

    expect(await state()).toBe('ignored');
  });
});

it('forgets which ids were kept when a connection moves', async () => {
  await store.add([kept(10, 20, 30)]);
  await connections.change(key, 1, { ...terms, baseUrl: 'https://sales.example/moved' });

  expect(await state()).toBe('unknown');
});

it('distrusts a portal in the statement of another', async () => {
  await database.query(`with distrusted as (${distrustRunIds('$1')}) select 1`, [key]);

  expect(await state()).toBe('ignored');
});
