import { afterEach, describe, expect, it } from '@jest/globals';
import { Cookies } from '../../../src/platforms/creatio/cookies.js';
import { SessionPool, type Session } from '../../../src/platforms/creatio/session-pool.js';
import { until } from '../../until.js';
import { command } from './instance.js';

const pools: SessionPool[] = [];
afterEach(() => pools.splice(0).forEach((pool) => pool.clear()));

/** A pool of up to four sessions, of which so many stand. */
function poolOf(open: number, growAgainMs: number): SessionPool {
  const pool = new SessionPool({ size: () => 4, each: () => 1, growAgainMs });
  for (let count = 0; count < open; count += 1) pool.add(new Cookies());
  pools.push(pool);
  return pool;
}

async function taken(pool: SessionPool): Promise<Session> {
  const session = await pool.take(command());
  if (!session) throw new Error('There is no session');
  return session;
}

const never = 3_600_000;

describe('sessions that an instance has ended', () => {
  it('are replaced by one at first, however many requests come', async () => {
    const pool = poolOf(4, never);
    pool.refused(await taken(pool), 'void', pool.newest);
    expect([pool.isReady, pool.mostNow]).toEqual([false, 1]);

    pool.add(new Cookies());
    await taken(pool);

    expect([pool.isReady, pool.mostNow]).toEqual([true, 1]);
  });

  it('become more again one after the other, as load needs them', async () => {
    const pool = poolOf(4, 1);
    pool.refused(await taken(pool), 'void', pool.newest);
    pool.add(new Cookies());
    const busy = await taken(pool);

    await until(() => pool.mostNow === 4, 'all of them to be allowed');

    expect(pool.isReady).toBe(false);
    pool.giveBack(busy);
    expect(pool.isReady).toBe(true);
  });

  it('leave nobody waiting behind a long request when there may be one more', async () => {
    const pool = poolOf(4, 1);
    pool.refused(await taken(pool), 'void', pool.newest);
    pool.add(new Cookies());
    await taken(pool);

    // Sign in, then send: nothing was sent so far.
    expect(await pool.take(command())).toBeNull();
  });

  it('are not held back by the late refusal of one that had ended with the others', async () => {
    const pool = poolOf(2, never);
    const [first, second] = [await taken(pool), await taken(pool)];
    const { newest } = pool;
    pool.refused(first, 'void', newest);
    pool.add(new Cookies());
    const { doubted } = pool;
    pool.giveBack(second);
    pool.trust(doubted ?? second);

    pool.refused(second, 'void', newest);

    expect(pool.mostNow).toBe(4);
  });
});

describe('a session that one request found ended while another still stands', () => {
  it('keeps none of the others back', async () => {
    const pool = poolOf(4, never);
    pool.refused(await taken(pool), 'void', pool.newest);
    const { doubted } = pool;
    if (!doubted) throw new Error('None is in doubt');

    pool.trust(doubted);

    expect(pool.mostNow).toBe(4);
  });
});
