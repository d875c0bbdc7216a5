import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SecretBox } from '../../src/lib/secret-box.js';
import { openDatabase, type Database } from '../../src/storage/database.js';
import { keptFingerprintKey, KeysDoNotFit } from '../../src/storage/fingerprint-key.js';
import { freshDatabase, type FreshDatabase } from '../database.js';
import { until } from '../until.js';

const boxOf = (id: string, fill: number): SecretBox => new SecretBox([{ id, key: Buffer.alloc(32, fill) }]);

let fresh: FreshDatabase;
let database: Database;

beforeEach(async () => {
  fresh = await freshDatabase();
  database = await openDatabase({ url: fresh.url, poolSize: 4 });
});
afterEach(async () => {
  await database?.destroy();
  await fresh?.drop();
});

/** How many sessions wait for a lock. */
async function waiting(): Promise<number> {
  const [row] = await database.query<{ count: number }[]>(
    `select count(*)::int as count from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return row?.count ?? 0;
}

describe('the key under which requests are remembered', () => {
  it('is one for all replicas that start together, and for those that start later', async () => {
    const replicas = await openDatabase({ url: fresh.url, poolSize: 4 });
    const session = database.createQueryRunner();
    await session.startTransaction();
    // All of them see that there is none before anybody can write one.
    await session.query('lock table installation in share mode');
    const made = Promise.all([1, 2, 3, 4].map(() => keptFingerprintKey(replicas, boxOf('k1', 1))));
    await until(async () => (await waiting()) === 4, 'four replicas to write their keys');
    await session.commitTransaction();
    await session.release();
    const keys = await made;
    await replicas.destroy();
    const later = await keptFingerprintKey(database, boxOf('k1', 1));
    expect(new Set([...keys, later].map((key) => key.toString('hex'))).size).toBe(1);
    expect(later).toHaveLength(32);
  });

  it('does not stand in the database', async () => {
    const key = await keptFingerprintKey(database, boxOf('k1', 1));
    const [row] = await database.query<{ sealed: Buffer }[]>(
      'select fingerprint_key_sealed as sealed from installation',
    );
    const sealed = row?.sealed ?? key;
    expect([sealed.includes(key), sealed.includes(key.toString('base64'))]).toEqual([false, false]);
  });

  it('stops the start where none of the keys opens it, and stays', async () => {
    const key = await keptFingerprintKey(database, boxOf('k1', 1));
    await expect(keptFingerprintKey(database, boxOf('k2', 2))).rejects.toThrow(KeysDoNotFit);
    expect(await keptFingerprintKey(database, boxOf('k1', 1))).toEqual(key);
  });

  it('is made anew where the key file of an embedded gateway was', async () => {
    const key = await keptFingerprintKey(database, boxOf('generated', 1));
    expect(await keptFingerprintKey(database, boxOf('generated', 2))).not.toEqual(key);
  });
});
