import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { migrate, migrations } from '../../src/storage/migrate.js';
import { freshDatabase, type FreshDatabase } from '../database.js';
import { until } from '../until.js';

let fresh: FreshDatabase;
let reader: Client;
let onlooker: Client;

beforeEach(async () => {
  fresh = await freshDatabase();
  reader = new Client({ connectionString: fresh.url });
  onlooker = new Client({ connectionString: fresh.url });
  await Promise.all([reader.connect(), onlooker.connect()]);
});
afterEach(async () => {
  await Promise.all([reader.end(), onlooker.end()]);
  await fresh.drop();
});

/** The schema as it was before that migration. */
async function before(first: string): Promise<void> {
  const from = migrations.findIndex(({ name }) => name.startsWith(first));
  const source = new DataSource({ type: 'postgres', url: fresh.url, migrations, migrationsTableName: 'migrations' });
  await source.initialize();
  try {
    for (const _ of migrations.slice(from)) await source.undoLastMigration();
  } finally {
    await source.destroy();
  }
}

const checks = `
  select conname
  from pg_constraint
  where conname in ('operations_state_check', 'attempts_kind_check', 'native_ids_claim_check')`;

describe('tables that are altered while a replica of before reads several of them', () => {
  it('are not held while the next is waited for', async () => {
    await before('WordsUnchecked');
    expect((await onlooker.query(checks)).rowCount).toBe(3);
    await reader.query('begin');
    await reader.query('select from attempts limit 1');

    const migrated = migrate(fresh.url);
    await until(
      async () =>
        (await onlooker.query(`select from pg_locks where relation = 'attempts'::regclass and not granted`)).rowCount,
      'the migration to wait for the attempts',
    );
    const read = reader.query('select from operations limit 1').then(() => reader.query('commit'));

    const results = await Promise.allSettled([read, migrated]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect((await onlooker.query(checks)).rowCount).toBe(0);
  });

  it('are brought up to date again where a replica died before it could say so', async () => {
    await onlooker.query(`delete from migrations where name like 'WordsUnchecked%'`);

    await migrate(fresh.url);

    expect((await onlooker.query(`select from migrations where name like 'WordsUnchecked%'`)).rowCount).toBe(1);
  });
});
