import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDatabase, type Database } from '../../src/storage/database.js';
import { PostgresProcessStore } from '../../src/storage/process.store.js';
import { freshDatabase, type FreshDatabase } from '../database.js';
import { anAttempt } from '../processes/samples.js';
import { acceptance, aStart, delays, leaseSeconds, settlementOf } from './process-room.js';

describe('Starts that are accepted and settled one after another in one session', () => {
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

  it('are planned for a few times, and then never again, and so are their verdicts', async () => {
    const store = new PostgresProcessStore(database, leaseSeconds, delays);
    for (let starts = 0; starts < 40; starts += 1) {
      const start = aStart({ state: 'starting', attempts: 1 });
      const operation = { ...start.operation, state: 'sending' as const, attempts: 1 };
      const attempt = anAttempt(operation);
      const accepted = await store.accept({ ...acceptance({ ...start, operation }), intent: { attempt } });
      if (accepted.outcome !== 'accepted') throw new Error(`It is ${accepted.outcome}`);
      const intended = { operation, process: start.process, lease: accepted.lease, attempt, issuedAtMs: 0 };
      const learnt = { nativeId: start.process.id };
      // Every second one is settled as any other verdict than that a start runs.
      const settled = { operation: { state: 'done', retryAfterMs: starts % 2 } } as const;
      await store.settle(settlementOf(intended, { to: 'running', at: new Date(), learnt }, settled));
    }

    expect(
      await database.query(
        `select name, generic_plans::int, custom_plans::int from pg_prepared_statements
         where name in ('accept', 'settle', 'settle-runs') order by name`,
      ),
    ).toEqual([
      { name: 'accept', generic_plans: 35, custom_plans: 5 },
      { name: 'settle', generic_plans: 15, custom_plans: 5 },
      { name: 'settle-runs', generic_plans: 15, custom_plans: 5 },
    ]);
  });
});
