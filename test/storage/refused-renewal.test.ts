import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Renewal } from '../../src/connections/renewal.js';
import type { JsonObject } from '../../src/lib/json.js';
import { Busy } from '../../src/platforms/platform.errors.js';
import { PostgresConnectionStore } from '../../src/storage/connection.store.js';
import { openDatabase, type Database } from '../../src/storage/database.js';
import { newConnection } from '../connections/samples.js';
import { freshDatabase, type FreshDatabase } from '../database.js';

const key = 'sales';
let fresh: FreshDatabase;
let database: Database;
let store: PostgresConnectionStore;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase({ url: fresh.url, poolSize: 10 });
  store = new PostgresConnectionStore(database);
});
afterAll(async () => {
  await database.destroy();
  await fresh.drop();
});
beforeEach(async () => {
  await database.query('truncate connections, incidents, connection_events cascade');
  await store.register(newConnection({ key }));
});

const seal = (auth: JsonObject): { shown: JsonObject; sealed: Buffer; lifeDays: number } => ({
  shown: {},
  sealed: Buffer.from(JSON.stringify(auth)),
  lifeDays: 180,
});

function aReplica(): Renewal {
  return new Renewal({ store, connectionKey: key, seal, overtaken: () => {} }, 1);
}

const refused = (): Promise<never> => Promise.reject(new Busy('credentials', 'invalid_grant'));
const events = async (): Promise<readonly string[]> =>
  (await database.query<{ type: string }[]>('select type from connection_events order by time')).map(
    ({ type }) => type,
  );
const stateOf = async (): Promise<unknown> => (await store.find(key))?.connection.state;

describe('a renewal that is refused', () => {
  it('says that a person is needed', async () => {
    await expect(aReplica().renew(refused)).rejects.toMatchObject({ because: 'credentials' });
  });

  it('says that others are to be used where another holder has stored them by then', async () => {
    const late = aReplica().renew(async () => {
      // As a holder that was frozen past its lease, and used them first.
      await store.renewCredentials(key, seal({ pair: 'frozen' }), 1);
      return refused();
    });
    await expect(late).rejects.toMatchObject({ because: 'sign_in' });
  });
});

describe('a pair that comes after its connection was found refused', () => {
  const needsPerson = { state: 'reauthorization_required', reason: 'invalid_grant' } as const;

  it('makes the connection work again, and ends its incident', async () => {
    await store.mark(key, needsPerson, 1);
    await store.renewCredentials(key, seal({ pair: 'late' }), 1);

    expect(await stateOf()).toBe('active');
    expect((await store.find(key))?.connection.stateReason).toBeNull();
    expect(await database.query('select kind, state from incidents')).toEqual([
      { kind: 'reauthorization-required', state: 'resolved' },
    ]);
  });

  it('is told, as what came before it', async () => {
    await store.mark(key, needsPerson, 1);
    await store.renewCredentials(key, seal({ pair: 'late' }), 1);
    await store.mark(key, { state: 'degraded', reason: 'PAYMENT_REQUIRED' }, 2);
    await store.replaceCredentials(key, seal({ pair: 'new' }), { state: 'active', reason: null });
    await store.renewCredentials(key, seal({ pair: 'newer' }), 3);

    expect(await events()).toEqual([
      'connection.reauthorization-required',
      'connection.recovered',
      'connection.degraded',
      'connection.recovered',
    ]);
  });

  it('leaves a portal closed that was found closed', async () => {
    await store.mark(key, { state: 'degraded', reason: 'PAYMENT_REQUIRED' }, 1);
    await store.renewCredentials(key, seal({ pair: 'late' }), 1);

    expect(await stateOf()).toBe('degraded');
    expect(await database.query('select kind, state from incidents')).toEqual([
      { kind: 'portal-closed', state: 'open' },
    ]);
  });

  it('is one incident and one event, however many replicas find the refusal', async () => {
    await Promise.all(Array.from({ length: 20 }, () => store.mark(key, needsPerson, 1)));
    expect(await events()).toEqual(['connection.reauthorization-required']);
    expect(await database.query('select kind, state from incidents')).toEqual([
      { kind: 'reauthorization-required', state: 'open' },
    ]);
  });
});
