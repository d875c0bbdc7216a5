import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Quota } from '../../src/security/quota.js';
import type { Grant, QuotaStore } from '../../src/security/quota.store.js';
import { PostgresQuotas } from '../../src/storage/quota.store.js';
import { DataSource } from 'typeorm';
import { freshDatabase, type FreshDatabase } from '../database.js';

/** Counts in memory as the database does, and how often it is asked. */
class Counted implements QuotaStore {
  asked = 0;
  taken = 0;

  async take(_: string, wanted: number, limit: number): Promise<Grant> {
    this.asked += 1;
    const granted = Math.max(0, Math.min(wanted, limit - this.taken));
    this.taken += granted;
    return { granted, taken: this.taken, leftMs: 60_000 };
  }
}

describe('a quota in one replica', () => {
  it('says what is left, and is over where nothing is', async () => {
    const quota = new Quota(new Counted(), () => 0);
    expect(await quota.take('a', 2)).toEqual({ isOver: false, limit: 2, remaining: 1, resetSeconds: 60 });
    expect(await quota.take('a', 2)).toMatchObject({ isOver: false, remaining: 0 });
    expect(await quota.take('a', 2)).toMatchObject({ isOver: true, remaining: 0 });
  });

  it('asks once for a twentieth of it, and not at all any more once it is used up', async () => {
    const store = new Counted();
    const quota = new Quota(store, () => 0);
    const many = await Promise.all(Array.from({ length: 250 }, () => quota.take('a', 200)));
    expect(many.filter(({ isOver }) => !isOver)).toHaveLength(200);
    expect(store.asked).toBe(21);
  });

  it('is asked for anew when its window has ended', async () => {
    let now = 0;
    const store = new Counted();
    const quota = new Quota(store, () => now);
    await quota.take('a', 1);
    expect((await quota.take('a', 1)).isOver).toBe(true);
    now = 60_000;
    store.taken = 0;
    expect(await quota.take('a', 1)).toMatchObject({ isOver: false, resetSeconds: 60 });
  });

  it('is not used up by a store that fails', async () => {
    const store = new Counted();
    const quota = new Quota({ take: () => Promise.reject(new Error('no database')) }, () => 0);
    await expect(quota.take('a', 1)).rejects.toThrow('no database');
    expect(store.taken).toBe(0);
    await expect(quota.take('a', 1)).rejects.toThrow('no database');
  });
});

describe('a quota in several replicas', () => {
  let fresh: FreshDatabase;
  let database: DataSource;
  let clientId: string;

  beforeAll(async () => {
    fresh = await freshDatabase();
    database = await new DataSource({ type: 'postgres', url: fresh.url, installExtensions: false }).initialize();
  });
  afterAll(async () => {
    await database.destroy();
    await fresh.drop();
  });
  beforeEach(() => {
    clientId = randomUUID();
  });

  const replica = (): Quota => new Quota(new PostgresQuotas(database), () => performance.now());

  it('lets in no more together than it is, however they ask', async () => {
    const hundred = Array.from({ length: 100 });
    const ofOne = (one: Quota) => Promise.all(hundred.map(() => one.take(clientId, 100)));
    const answers = await Promise.all([replica(), replica(), replica()].map(ofOne));
    expect(answers.flat().filter(({ isOver }) => !isOver)).toHaveLength(100);
  });

  it('is whole again a minute after its window began', async () => {
    expect((await replica().take(clientId, 1)).isOver).toBe(false);
    expect((await replica().take(clientId, 1)).isOver).toBe(true);
    await database.query("update client_quotas set ends_at = ends_at - interval '1 minute' where client_id = $1", [
      clientId,
    ]);
    expect(await replica().take(clientId, 1)).toMatchObject({ isOver: false, remaining: 0 });
  });

  it('does not stay used up where the clock was set back by an hour', async () => {
    await replica().take(clientId, 1);
    await database.query("update client_quotas set ends_at = ends_at + interval '1 hour' where client_id = $1", [
      clientId,
    ]);
    expect((await replica().take(clientId, 1)).isOver).toBe(false);
  });

  it('counts what was given away against a quota that was made smaller', async () => {
    await replica().take(clientId, 40);
    await replica().take(clientId, 40);
    expect(await replica().take(clientId, 3)).toMatchObject({ isOver: true, remaining: 0 });
  });
});
