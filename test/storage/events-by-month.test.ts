import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { openDatabase, type Database } from '../../src/storage/database.js';
import { migrate, migrations } from '../../src/storage/migrate.js';
import { makeMonths, outsideMonths } from '../../src/storage/months.js';
import { PostgresProcessStore } from '../../src/storage/process.store.js';
import { freshDatabase, type FreshDatabase } from '../database.js';
import { acceptance, aStart, delays, leaseSeconds } from './process-room.js';

let fresh: FreshDatabase;
let database: Database;
let store: PostgresProcessStore;

beforeEach(async () => {
  fresh = await freshDatabase();
  database = await openDatabase({ url: fresh.url, poolSize: 5 });
  store = new PostgresProcessStore(database, leaseSeconds, delays);
});
afterEach(async () => {
  await database.destroy();
  await fresh.drop();
});

async function accept(time: Date, tags: string[] = []): Promise<string> {
  const start = aStart({ id: uuidv7({ msecs: time.getTime() }), createdAt: time, tags, nativeId: uuidv7() });
  await store.accept(acceptance(start));
  return start.process.id;
}

function monthsFromNow(months: number): Date {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months, 15));
}

function nameOf(time: Date): string {
  return `events_${time.toISOString().slice(0, 7).replace('-', '_')}`;
}

async function tableOf(processId: string): Promise<string | undefined> {
  const [row] = await database.query<{ name: string }[]>(
    'select tableoid::regclass::text as name from events where process_id = $1',
    [processId],
  );
  return row?.name;
}

const rowsOf = (table: string, order: string): Promise<unknown[]> =>
  database.query(`select to_jsonb(t) from ${table} t order by ${order}`);

const kept: readonly (readonly [string, string])[] = [
  ['processes', 'id'],
  ['operations', 'id'],
  ['attempts', 'id'],
  ['events', 'process_id, sequence'],
  ['idempotency_keys', 'client_id, key'],
  ['native_ids', 'native_id'],
];

describe('a database from before the months', () => {
  it('keeps every row, each event in the month of its process, there and back', async () => {
    const times = [-14, -3, -3, 0].map(monthsFromNow);
    const ids = await Promise.all(times.map((time) => accept(time, ['red', 'blue'])));
    const odd = await accept(new Date(Date.UTC(2019, 0, 1)));
    const ahead = await accept(monthsFromNow(30));
    const [sent] = [aStart({ state: 'starting' })];
    await store.accept(acceptance(sent));
    await database.query(
      `insert into native_ids (portal, native_id, process_id) select portal, native_id, id from processes where native_id is not null`,
    );
    await down('EventsByMonth');
    const before = await Promise.all(kept.map(([table, order]) => rowsOf(table, order)));

    await migrate(fresh.url);

    expect(await Promise.all(kept.map(([table, order]) => rowsOf(table, order)))).toEqual(before);
    expect(await Promise.all(ids.map(tableOf))).toEqual(times.map(nameOf));
    expect(await Promise.all([odd, ahead].map(tableOf))).toEqual(['events_other', 'events_other']);
    expect(await rowsOf('process_tags', 'tag, process_id')).toHaveLength(ids.length * 2);

    await down('EventsByMonth');

    expect(await Promise.all(kept.map(([table, order]) => rowsOf(table, order)))).toEqual(before);
  });
});

/** Takes back every migration from this one on. */
async function down(first: string): Promise<void> {
  const from = migrations.findIndex(({ name }) => name.startsWith(first));
  const source = new DataSource({ type: 'postgres', url: fresh.url, migrations, migrationsTableName: 'migrations' });
  await source.initialize();
  try {
    for (const _ of migrations.slice(from)) await source.undoLastMigration();
  } finally {
    await source.destroy();
  }
}

describe('the months of history', () => {
  it('are made ahead of time', async () => {
    const ids = await Promise.all([0, 1, 2, 3].map((month) => accept(monthsFromNow(month))));

    expect(await Promise.all(ids.map(tableOf))).toEqual([0, 1, 2, 3].map((month) => nameOf(monthsFromNow(month))));
    expect(await makeMonths(database)).toEqual([]);
  });

  it('take whatever a clock says, and what was outside as soon as they are made', async () => {
    const month = nameOf(monthsFromNow(2));
    await database.query(`alter table events detach partition ${month}`);
    await database.query(`drop table ${month}`);
    const early = await accept(monthsFromNow(2));
    const far = await accept(new Date(Date.UTC(9000, 0, 1)));
    const past = await accept(new Date(0));

    expect(await outsideMonths(database)).toBe(3);
    expect(await makeMonths(database)).toEqual([`${monthsFromNow(2).toISOString().slice(0, 7)}-01`]);
    expect(await Promise.all([early, far, past].map(tableOf))).toEqual([month, 'events_other', 'events_other']);
    expect(await outsideMonths(database)).toBe(2);
  });

  it('are made once, however many replicas do it', async () => {
    await database.query(`drop table ${[1, 2, 3].map((month) => nameOf(monthsFromNow(month))).join(', ')}`);
    const made = await Promise.all([1, 2, 3].map(() => makeMonths(database)));

    expect(made.flat()).toHaveLength(3);
  });
});
