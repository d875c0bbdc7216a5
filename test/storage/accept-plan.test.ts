import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDatabase, type Database } from '../../src/storage/database.js';
import { PostgresProcessStore } from '../../src/storage/process.store.js';
import { freshDatabase, type FreshDatabase } from '../database.js';
import { acceptance, aStart, delays, leaseSeconds } from './process-room.js';

describe('Starts that are accepted one after another in one session', () => {
  let fresh: FreshDatabase;
  let database: Database;

  beforeAll(async () => {
    fresh = await freshDatabase();
    database = await openDatabase({ url: fresh.url, poolSize: 1 });
  });

  afterAll(async () => {
    await database.destroy();
    await fresh.drop();
  });

  it('are planned for a few times, and then never again', async () => {
    const store = new PostgresProcessStore(database, leaseSeconds, delays);
    for (let starts = 0; starts < 20; starts += 1) await store.accept(acceptance(aStart({})));

    expect(
      await database.query(
        `select generic_plans::int, custom_plans::int from pg_prepared_statements where name = 'accept'`,
      ),
    ).toEqual([{ generic_plans: 15, custom_plans: 5 }]);
  });
});
