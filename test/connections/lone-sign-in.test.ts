import { describe, expect, it } from '@jest/globals';
import type { Condition, ConnectionStore } from '../../src/connections/connection.store.js';
import { LoneSignIn } from '../../src/connections/lone-sign-in.js';
import { Busy, Unreached } from '../../src/platforms/platform.errors.js';
import { KeptInMemory } from './kept-in-memory.js';
import { newConnection } from './samples.js';

const key = 'sales-portal';

/** Gives the turn as it is told to, and keeps the order of what happens. */
class TurnByTurn extends KeptInMemory {
  readonly happened: string[] = [];
  claims: ('mine' | 'wait' | 'spent')[] = [];

  override async claimRenewal(of: string, version: number): ReturnType<ConnectionStore['claimRenewal']> {
    return this.claims.shift() ?? super.claimRenewal(of, version);
  }

  override async endRenewal(): Promise<void> {
    this.happened.push('turn ended');
  }

  override async mark(of: string, condition: Condition, version: number): Promise<boolean> {
    this.happened.push(condition.state);
    const row = this.rows.get(of);
    if (row) this.rows.set(of, { ...row, connection: { ...row.connection, stateSince: new Date() } });
    return super.mark(of, condition, version);
  }
}

async function turns(): Promise<{ store: TurnByTurn; lone: LoneSignIn; overtaken: string[] }> {
  const store = new TurnByTurn();
  await store.register(newConnection());
  const version = store.rows.get(key)?.authVersion ?? 0;
  const overtaken: string[] = [];
  const lone = new LoneSignIn({
    store,
    connectionKey: key,
    authVersion: () => version,
    overtaken: () => overtaken.push(key),
  });
  return { store, lone, overtaken };
}

const call = (): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(10_000) });
const refused = async (): Promise<void> => {
  throw new Busy('credentials', 'No such password');
};

describe('a sign-in that is refused', () => {
  it('is written down before anybody else has the turn, and keeps the next one from asking', async () => {
    const { store, lone } = await turns();
    await expect(lone.run(refused, call())).rejects.toMatchObject({ because: 'credentials' });

    const asked: string[] = [];
    const next = lone.run(async () => void asked.push('asked'), call());

    await expect(next).rejects.toMatchObject({ because: 'credentials', message: 'No such password' });
    expect(asked).toEqual([]);
    expect(store.happened.slice(0, 2)).toEqual(['reauthorization_required', 'turn ended']);
  });

  it('is tried again by a person who knows of it', async () => {
    const { store, lone } = await turns();
    await expect(lone.run(refused, call())).rejects.toThrow('No such password');
    const row = store.rows.get(key);
    if (row) {
      const stateSince = new Date(Date.now() - 60_000);
      store.rows.set(key, { ...row, connection: { ...row.connection, stateSince } });
    }

    const asked: string[] = [];
    await lone.run(async () => void asked.push('asked'), call());

    expect(asked).toEqual(['asked']);
  });
});

describe('a sign-in', () => {
  it('waits for its turn, and counts none that vanished', async () => {
    const { store, lone } = await turns();
    store.claims = ['wait', 'spent', 'wait'];

    await lone.run(async () => void store.happened.push('signed in'), call());

    expect(store.happened).toEqual(['turn ended', 'signed in', 'turn ended']);
  });

  it('gives the turn back where it got no verdict, and says nothing of the connection', async () => {
    const { store, lone } = await turns();

    await expect(lone.run(() => Promise.reject(new Unreached('no answer')), call())).rejects.toThrow('no answer');

    expect(store.happened).toEqual(['turn ended']);
  });

  it('is not made with credentials that others have replaced', async () => {
    const { store, lone, overtaken } = await turns();
    const row = store.rows.get(key);
    if (row) store.rows.set(key, { ...row, authVersion: row.authVersion + 1 });

    await expect(lone.run(refused, call())).rejects.toMatchObject({ because: 'sign_in' });

    expect(overtaken).toEqual([key]);
    expect(store.happened).toEqual([]);
  });
});
