import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { until } from '../until.js';
import { closeAll, rowsOf } from './embedded/elsewhere.js';
import { MovableServer } from './embedded/movable-server.js';
import { watchedDatabase, type WatchedDatabase } from './watched-database.js';

/** Each fact starts a server two or three times. */
jest.setTimeout(120_000);

const open: WatchedDatabase[] = [];

afterEach(async () => {
  for (let one = open.pop(); one; one = open.pop()) await one.close();
  await closeAll();
});

const replica = async (url: string, failover: 'hold' | 'trust' = 'hold'): Promise<WatchedDatabase> => {
  const watched = await watchedDatabase(url, failover);
  open.push(watched);
  return watched;
};

describe('a data directory that was put back while a gateway runs', () => {
  it('is noticed by the position of its log, on the first connection', async () => {
    const server = await MovableServer.withTables();
    let url = await server.start();
    const living = await replica(url);
    await server.stop();
    await server.takeCopy();
    url = await server.start();
    await rowsOf(url, 'create table written_since as select generate_series(1, 10000)');
    expect(
      await until(
        () =>
          living.holdNow().then(
            (hold) => hold === null,
            () => null,
          ),
        'a look',
      ),
    ).toBe(true);
    await server.stop();
    await server.putCopyBack();
    expect(await server.start()).toBe(url);

    await until(
      () =>
        living.database.query('select 1').then(
          () => true,
          () => false,
        ),
      'a new connection',
    );
    expect(await rowsOf(url, 'select because from database_holds')).toEqual([
      { because: expect.stringMatching(/Its log stood at 0\/\w+ and stands at 0\/\w+\.$/) },
    ]);
  });
});

describe('a server that was only started again', () => {
  it('is held by nothing', async () => {
    const server = await MovableServer.withTables();
    const url = await server.start();
    const living = await replica(url);
    await rowsOf(url, 'create table written_since as select generate_series(1, 10000)');
    await living.holdNow();
    await server.stop();
    await server.start();

    expect(
      await until(
        () =>
          living.holdNow().then(
            (hold) => hold === null,
            () => null,
          ),
        'a look',
      ),
    ).toBe(true);
    expect(await rowsOf(url, 'select because from database_holds')).toEqual([]);
  });
});

describe('a copy that recovered into a timeline of its own', () => {
  const recovered = async (failover: 'hold' | 'trust'): Promise<WatchedDatabase> => {
    const server = await MovableServer.withTables();
    await (await replica(await server.start(), failover)).close();
    open.pop();
    await server.stop();
    await server.signal('recovery.signal');
    return replica(await server.start({ restore_command: 'false', hot_standby: 'off' }), failover);
  };

  it('is held', async () => {
    const after = await recovered('hold');
    expect(await after.holdNow()).toMatchObject({
      because: 'This is not the database of before. Its timeline was 00000001 and is 00000002.',
    });
  });

  it('passes where a failover is trusted', async () => {
    const after = await recovered('trust');
    expect(await after.holdNow()).toBeNull();
    expect(after.log.events).toEqual(['database.noted']);
  });
});

describe('a standby that is promoted under a gateway', () => {
  it('is read from before, and written to only by connections that have looked', async () => {
    const server = await MovableServer.withTables();
    const url = await server.start();
    await (await replica(url)).close();
    open.pop();
    await server.stop();
    await server.signal('standby.signal');
    await server.start({ hot_standby: 'on' });
    const living = await replica(url);
    const inHand = living.database.createQueryRunner();
    expect(await inHand.query('select pg_is_in_recovery() as recovers')).toEqual([{ recovers: true }]);
    await rowsOf(url, 'select pg_promote()');

    await expect(inHand.query('delete from incidents')).rejects.toMatchObject({ code: '25006' });
    await inHand.release();
    await living.database.query('delete from incidents where false');
    expect(await living.holdNow()).toMatchObject({ because: expect.stringContaining('timeline') });
  });
});
