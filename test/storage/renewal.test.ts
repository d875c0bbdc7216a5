import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Renewal } from '../../src/connections/renewal.js';
import type { JsonObject } from '../../src/lib/json.js';
import { InDoubt, Unreached } from '../../src/platforms/platform.errors.js';
import { PostgresConnectionStore } from '../../src/storage/connection.store.js';
import { openDatabase, type Database } from '../../src/storage/database.js';
import { newConnection } from '../connections/samples.js';
import { freshDatabase, type FreshDatabase } from '../database.js';

const key = 'sales';
let fresh: FreshDatabase;
let database: Database;
let store: PostgresConnectionStore;
/** Versions of the credentials with which a renewal was asked for at the platform. */
let asked: number[];

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
  await database.query('truncate connections, definitions, run_ids cascade');
  await store.register(newConnection({ key }));
  asked = [];
});

/** The renewal of one replica, on the credentials that are stored first. */
function aReplica(): Renewal {
  const seal = (auth: JsonObject): { shown: JsonObject; sealed: Buffer } => ({
    shown: {},
    sealed: Buffer.from(JSON.stringify(auth)),
  });
  return new Renewal({ store, connectionKey: key, seal, overtaken: () => {} }, 1);
}

async function answered(replica: Renewal): Promise<JsonObject> {
  asked.push(replica.authVersion);
  return { pair: asked.length };
}

/** As after the lease of a holder that vanished. */
async function leaseIsOver(): Promise<void> {
  await database.query('update connections set renewing_until = clock_timestamp()');
}

describe('credentials that are good for one use', () => {
  it('are used once, however many replicas need them at once, and stored before anybody goes on', async () => {
    const replicas = Array.from({ length: 20 }, aReplica);

    const ends = await Promise.allSettled(replicas.map((replica) => replica.renew(() => answered(replica))));

    expect(asked).toEqual([1]);
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(19);
    expect((await store.find(key))?.authSealed.toString()).toBe('{"pair":1}');
    expect((await store.find(key))?.authVersion).toBe(2);
  });

  it('are tried exactly once more where the holder vanished without an answer', async () => {
    const lost = (replica: Renewal): Promise<never> => {
      asked.push(replica.authVersion);
      return Promise.reject(new InDoubt('The answer was lost'));
    };
    const [first, second, third] = [aReplica(), aReplica(), aReplica()];
    await expect(first.renew(() => lost(first))).rejects.toThrow(InDoubt);
    await expect(second.renew(() => lost(second))).rejects.toThrow(InDoubt);

    await expect(third.renew(() => lost(third))).rejects.toMatchObject({ name: 'Busy', because: 'credentials' });

    expect(asked).toEqual([1, 1]);
  });

  it('are nobody’s to renew any more once others are stored', async () => {
    const late = aReplica();
    await aReplica().renew(() => answered(late));

    expect(await store.claimRenewal(key, late.authVersion)).toBe('overtaken');
  });

  it('are not used up by a request that was never sent', async () => {
    const replica = aReplica();
    for (let times = 0; times < 3; times += 1) {
      await expect(replica.renew(() => Promise.reject(new Unreached('No route')))).rejects.toThrow(Unreached);
    }

    await replica.renew(() => answered(replica));

    expect(replica.authVersion).toBe(2);
  });

  it('are not written over by a holder that was frozen past its lease', async () => {
    const [frozen, other] = [aReplica(), aReplica()];

    const late = frozen.renew(async () => {
      await leaseIsOver();
      await other.renew(() => answered(other));
      return { pair: 'late' };
    });

    await expect(late).rejects.toMatchObject({ name: 'Busy', because: 'sign_in' });
    expect((await store.find(key))?.authSealed.toString()).toBe('{"pair":1}');
  });
});
