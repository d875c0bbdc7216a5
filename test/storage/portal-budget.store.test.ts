import type { BudgetAsk } from '../../src/connections/budget.store.js';
import { openDatabase, type Database } from '../../src/storage/database.js';
import { PostgresBudgetStore } from '../../src/storage/portal-budget.store.js';
import { freshDatabase, type FreshDatabase } from '../database.js';

const portal = 'https://sales.example';
let fresh: FreshDatabase;
let database: Database;
let store: PostgresBudgetStore;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase({ url: fresh.url, poolSize: 10 });
  store = new PostgresBudgetStore(database);
});
afterAll(async () => {
  await database.destroy();
  await fresh.drop();
});
beforeEach(() => database.query('delete from portal_budgets'));

/** A bucket that leaks so slowly that a test does not see it. */
function ask(given: Partial<BudgetAsk> = {}): BudgetAsk {
  return { portal, rate: 0.01, ceiling: 40, count: 1, trickle: null, ...given };
}

/** Puts the last count of the bucket so far into the past. */
async function later(seconds: number): Promise<void> {
  await database.query(
    `update portal_budgets
     set counted_at = counted_at - make_interval(secs => $1),
       closed_until = closed_until - make_interval(secs => $1),
       trickled_at = trickled_at - make_interval(secs => $1)`,
    [seconds],
  );
}

describe('the bucket of a portal', () => {
  it('gives what fits, and says when one more does', async () => {
    expect(await store.reserve(ask({ count: 30 }))).toEqual({ granted: 30, waitMs: 0, level: 30 });
    const { granted, waitMs } = await store.reserve(ask({ count: 30 }));

    expect(granted).toBe(10);
    // One has to leak out first, at one in 100 s.
    expect(waitMs).toBeGreaterThan(95_000);
    expect(waitMs).toBeLessThanOrEqual(100_000);
  });

  it('leaks at its rate, and no further than empty', async () => {
    await store.reserve(ask({ count: 40, rate: 2 }));
    await later(5);
    expect((await store.reserve(ask({ count: 40, rate: 2 }))).granted).toBe(10);
    await later(3600);
    expect((await store.reserve(ask({ count: 100, rate: 2 }))).granted).toBe(40);
  });

  it('is one for all who ask at the same time', async () => {
    const grants = await Promise.all(Array.from({ length: 60 }, () => store.reserve(ask())));

    expect(grants.filter(({ granted }) => granted === 1)).toHaveLength(40);
  });

  it('gives a read one beyond its ceiling, and the next after some seconds', async () => {
    await store.reserve(ask({ count: 38 }));
    const read = ask({ ceiling: 32, trickle: { ceiling: 40, everySeconds: 3 } });

    expect((await store.reserve(read)).granted).toBe(1);
    const second = await store.reserve(read);
    expect(second.granted).toBe(0);
    expect(second.waitMs).toBeGreaterThan(2000);
    expect(second.waitMs).toBeLessThanOrEqual(3000);
    await later(3);
    expect((await store.reserve(read)).granted).toBe(1);
    await later(3);
    // 40 are in it now, and nothing goes beyond that.
    expect((await store.reserve(read)).granted).toBe(0);
  });

  it('gives nothing while the portal has it closed, and is full afterwards', async () => {
    await store.close(portal, 50, 10_000);
    expect((await store.reserve(ask({ rate: 2 }))).granted).toBe(0);
    await later(9);
    const still = await store.reserve(ask({ rate: 2 }));
    expect(still.granted).toBe(0);
    expect(still.waitMs).toBeGreaterThan(900);
    await later(6);
    // 15 s at 2/s have leaked out of 50, of which 40 may be used.
    expect((await store.reserve(ask({ rate: 2, count: 50 }))).granted).toBe(20);
  });

  it('tells how full it is', async () => {
    expect(await store.level(portal, 2)).toEqual({ level: 0, closedMs: 0 });
    await store.reserve(ask({ count: 12 }));
    expect((await store.level(portal, 0.01)).level).toBeCloseTo(12, 1);
  });
});
