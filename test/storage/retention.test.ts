import { Client } from 'pg';
import type { Process } from '../../src/processes/process.js';
import { PostgresStats } from '../../src/storage/stats.store.js';
import { Retention } from '../../src/storage/retention.js';
import { PostgresProcessReader } from '../../src/storage/process.reader.js';
import { PostgresProcessStore } from '../../src/storage/process.store.js';
import { openDatabase, type Database } from '../../src/storage/database.js';
import { freshDatabase, type FreshDatabase } from '../database.js';
import { until } from '../until.js';
import { monthsAgo, OldHistory, tableOfMonth } from './old-history.js';
import { delays, leaseSeconds } from './process-room.js';

let fresh: FreshDatabase;
let database: Database;
let reader: PostgresProcessReader;
let old: OldHistory;
let retention: Retention;
let said: string[];

const never = new AbortController().signal;
const noted = (event: string): void => void said.push(event);

beforeEach(async () => {
  fresh = await freshDatabase();
  database = await openDatabase({ url: fresh.url, poolSize: 5 });
  reader = new PostgresProcessReader(database);
  old = new OldHistory({ database, store: new PostgresProcessStore(database, leaseSeconds, delays) });
  said = [];
  const log = { debug: noted, info: noted, warn: noted, error: noted };
  retention = new Retention(database, { retentionDays: 365, idempotencyDays: 90, log, batch: 3 });
});
afterEach(async () => {
  await database.destroy();
  await fresh.drop();
});

/** One round of what is due, as an hour later. */
async function round(): Promise<void> {
  // While another database of the cluster has a transaction open, the newest events are not counted.
  await until(async () => {
    await new PostgresStats(database).roll(never);
    const behind = await database.query(
      'select from stats_mark m join events e on (e.written_in, e.id) > (m.written_in, m.event_id) limit 1',
    );
    return behind.length === 0;
  }, 'all events to be counted');
  await database.query(`update house_work set due_at = '-infinity'`);
  await retention.round(never);
}

const yesterday = (): Date => new Date(Date.now() - 86_400_000);

async function rowsOf({ id }: Process): Promise<Record<string, number>> {
  const [row] = await database.query<Record<string, number>[]>(
    `select (select count(*)::int from processes where id = $1) as processes,
       (select count(*)::int from operations where process_id = $1) as operations,
       (select count(*)::int from attempts where process_id = $1) as attempts,
       (select count(*)::int from events where process_id = $1) as events,
       (select count(*)::int from idempotency_keys where process_id = $1) as keys,
       (select count(*)::int from native_ids where process_id = $1) as native_ids,
       (select count(*)::int from elements where process_id = $1) as elements,
       (select count(*)::int from process_tags where process_id = $1) as tags`,
    [id],
  );
  return row ?? {};
}

const nothing = { processes: 0, operations: 0, attempts: 0, events: 0, keys: 0, native_ids: 0, elements: 0, tags: 0 };

const isThere = async (table: string): Promise<boolean> => {
  const [row] = await database.query<{ found: boolean }[]>('select to_regclass($1) is not null as found', [table]);
  return row?.found ?? false;
};

describe('history that is older than its days', () => {
  it('goes with all that hangs on it, and its month as a whole', async () => {
    const time = monthsAgo(14);
    await old.month(time);
    const gone = [
      await old.completed(time),
      await old.completed(time),
      await old.completed(time),
      await old.completed(time),
    ];
    const outside = await old.completed(new Date(Date.UTC(2019, 0, 1)));
    const stays = await old.completed(monthsAgo(2));

    await round();

    for (const process of [...gone, outside]) expect(await rowsOf(process)).toEqual(nothing);
    expect(await isThere(tableOfMonth(time))).toBe(false);
    expect(await rowsOf(stays)).toEqual({
      processes: 1,
      operations: 1,
      attempts: 1,
      events: 3,
      keys: 1,
      native_ids: 1,
      elements: 1,
      tags: 1,
    });
    expect(retention.forgotten).toMatchObject({ processes: 5, months: 1 });
    expect(
      (await new PostgresStats(database).counts({ connections: null, definitions: null, clientId: null })).byState,
    ).toMatchObject({ completed: 1, running: 0, queued: 0 });
  });

  const kinds: readonly [string, (time: Date) => Promise<Process>][] = [
    ['is queued', (time) => old.queued(time)],
    ['runs', (time) => old.running(time)],
    ['was closed lately', (time) => old.completed(time, yesterday())],
    [
      'has an incident that is open',
      async (time) => {
        const process = await old.completed(time);
        await database.query(
          `insert into incidents (id, kind, process_id) values (gen_random_uuid(), 'second-run', $1)`,
          [process.id],
        );
        return process;
      },
    ],
    [
      'has a command under way',
      async (time) => {
        const process = await old.completed(time);
        await database.query(`update operations set state = 'queued' where process_id = $1`, [process.id]);
        return process;
      },
    ],
    [
      'has an answer that nobody has read',
      async (time) => {
        const process = await old.completed(time);
        await database.query('update attempts set kept = true where process_id = $1', [process.id]);
        return process;
      },
    ],
  ];

  it.each(kinds)('stays whole where its process %s, and goes on', async (_, make) => {
    const time = monthsAgo(15);
    await old.month(time);
    const gone = await old.completed(time);
    const kept = await make(time);
    const before = await rowsOf(kept);

    await round();

    expect(await rowsOf(gone)).toEqual(nothing);
    expect(await rowsOf(kept)).toEqual(before);
    const history = await reader.history(kept.id, null, 100);
    expect(history.filter(({ kind }) => kind === 'event')).toHaveLength(before['events'] ?? -1);
    const [row] = await database.query<{ count: number }[]>(`select count(*)::int as count from ${tableOfMonth(time)}`);
    expect(row?.count).toBe(before['events']);

    await database.query(`update processes set category = 'closed', closed_at = created_at where id = $1`, [kept.id]);
    await database.query(`update operations set state = 'done'`);
    await database.query('update attempts set kept = false, class = coalesce(class, $1)', ['accepted']);
    await database.query(`update incidents set state = 'resolved', resolved_at = clock_timestamp()`);
    await round();

    expect(await rowsOf(kept)).toEqual(nothing);
    expect(await isThere(tableOfMonth(time))).toBe(false);
  });

  it('waits for nobody who reads it, keeps nobody waiting, and goes later', async () => {
    const time = monthsAgo(14);
    await old.month(time);
    await old.completed(time);
    const reading = new Client({ connectionString: fresh.url });
    await reading.connect();
    try {
      await reading.query('begin');
      await reading.query('select from events limit 1');
      await round();

      expect(said).toContain('history.month-busy');
      expect(await isThere(tableOfMonth(time))).toBe(true);
      await old.completed(new Date());
    } finally {
      await reading.end();
    }
    await round();

    expect(await isThere(tableOfMonth(time))).toBe(false);
  });

  it('does not go before it is counted', async () => {
    const process = await old.completed(monthsAgo(14));
    await database.query(`update house_work set due_at = '-infinity'`);
    await retention.round(never);

    expect((await rowsOf(process))['processes']).toBe(1);
  });

  it('is no work of a second replica while one is at it', async () => {
    await old.completed(monthsAgo(14));
    await round();
    const other = await old.completed(monthsAgo(14));
    await new PostgresStats(database).roll(never);
    await retention.round(never);

    expect((await rowsOf(other))['processes']).toBe(1);
  });
});

describe('an idempotency key', () => {
  const age = async ({ id }: Process, days: number): Promise<void> => {
    await database.query(
      `update idempotency_keys set created_at = clock_timestamp() - make_interval(days => $2) where process_id = $1`,
      [id, days],
    );
  };

  it('goes when its days are over since its process left pending, and not before', async () => {
    const long = await old.completed(monthsAgo(5));
    const late = await old.running(monthsAgo(5));
    const pending = await old.queued(monthsAgo(5));
    const young = await old.completed(monthsAgo(5));
    for (const process of [long, late, pending]) await age(process, 100);
    await database.query('update processes set started_at = clock_timestamp() where id = $1', [late.id]);
    await database.query(`update operations set state = 'unknown' where process_id = $1`, [pending.id]);

    await round();

    const keys = async (process: Process): Promise<number | undefined> => (await rowsOf(process))['keys'];
    expect(await Promise.all([long, late, pending, young].map(keys))).toEqual([0, 1, 1, 1]);
    expect((await rowsOf(long))['processes']).toBe(1);
    expect(retention.forgotten.keys).toBe(1);
  });
});
