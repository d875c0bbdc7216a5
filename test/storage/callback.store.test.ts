import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ToldLater } from '../../src/connections/callback.store.js';
import { PostgresCallbackStore } from '../../src/storage/callback.store.js';
import { openDatabase, type Database } from '../../src/storage/database.js';
import { freshDatabase, type FreshDatabase } from '../database.js';

let fresh: FreshDatabase;
let database: Database;
let store: PostgresCallbackStore;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase({ url: fresh.url, poolSize: 5 });
  store = new PostgresCallbackStore(database);
});
afterAll(async () => {
  await database.destroy();
  await fresh.drop();
});
beforeEach(() => database.query('delete from callbacks'));

const portal = 'https://sales.example';
const run = (nativeId: string, connection = 'sales'): ToldLater => ({
  connection,
  portal,
  kind: 'run',
  definition: 'd',
  nativeId,
});
const keep = (nativeId: string, connection?: string): Promise<boolean> =>
  store.keep(run(nativeId, connection), Buffer.from(nativeId));
const taken = async (how: Partial<Parameters<PostgresCallbackStore['take']>[0]> = {}): Promise<unknown[]> =>
  (await store.take({ atOnce: 10, leaseSeconds: 60, but: [], ...how })).map((one) =>
    one.kind === 'run' ? one.nativeId : one.change,
  );

describe('a callback', () => {
  it('is kept once', async () => {
    expect([await keep('a'), await keep('a'), await keep('b')]).toEqual([true, false, true]);
    expect(new Set(await taken())).toEqual(new Set(['a', 'b']));
  });

  it('is the same for its own connection alone', async () => {
    expect([await keep('a'), await keep('a', 'other')]).toEqual([true, true]);
  });

  it('is taken by one of two', async () => {
    await keep('a');

    expect((await Promise.all([taken(), taken()])).flat()).toEqual(['a']);
  });

  it('is taken again when the lease of one that vanished is over', async () => {
    await keep('a');
    await taken({ leaseSeconds: 0 });

    expect(await taken()).toEqual(['a']);
    expect(await taken()).toEqual([]);
  });

  it('is not taken again once it is handled, nor before it is due', async () => {
    await keep('a');
    await keep('b');
    const [one, other] = await store.take({ atOnce: 10, leaseSeconds: 0, but: [] });
    await store.handled(one?.id ?? '');
    await store.postpone(other?.id ?? '', 60);

    expect(await taken()).toEqual([]);
  });

  it('leaves room for those of other connections', async () => {
    for (const nativeId of ['a', 'b', 'c']) await keep(nativeId);
    await keep('d', 'other');

    expect(new Set(await taken({ atOnce: 2 }))).toEqual(new Set(['a', 'b', 'd']));
    expect(await taken({ but: ['sales'] })).toEqual([]);
    expect(await taken()).toEqual(['c']);
  });

  it('of a run that is nobodys is told of while it is', async () => {
    const before = new Date(Date.now() - 60_000);
    await keep('a');
    await keep('b');
    await database.query(`insert into native_ids (portal, native_id, process_id) values ($1, 'a', gen_random_uuid())`, [
      portal,
    ]);

    expect(await store.unknownRuns(portal, 'd', before)).toEqual(['b']);
    expect(await store.unknownRuns(portal, 'e', before)).toEqual([]);
    expect(await store.unknownRuns(portal, 'd', new Date(Date.now() + 60_000))).toEqual([]);
  });
});

describe('an element of a run that is nobodys', () => {
  it('is forgotten after its days, and those of known runs are not', async () => {
    const element = { connection: 'sales', portal, name: 'n', type: 't', waits: true, waitsSeconds: null };
    const secretSealed = Buffer.from('sealed');
    await database.query(
      `insert into native_ids (portal, native_id, process_id) values ($1, 'ours', gen_random_uuid())`,
      [portal],
    );
    for (const runId of ['ours', 'theirs']) {
      await store.keepElement({ ...element, runId, nativeId: `in ${runId}`, secretSealed });
    }
    await database.query(`update told_elements set started_at = clock_timestamp() - interval '31 days'`);

    await store.forget(30);

    expect(await store.element(portal, 'in theirs')).toBeNull();
    expect(await store.element(portal, 'in ours')).toMatchObject({ state: 'waiting' });
  });
});
