import { chown, cp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { EmbeddedPostgres } from '../../src/storage/embedded/embedded-postgres.js';
import { migrate } from '../../src/storage/migrate.js';
import { until } from '../until.js';
import { closeAll, dataDirectory, rowsOf, startHere } from './embedded/elsewhere.js';
import { watchedDatabase, type WatchedDatabase } from './watched-database.js';

/** Each fact starts a server two or three times. */
jest.setTimeout(120_000);

const open: WatchedDatabase[] = [];

afterEach(async () => {
  for (let one = open.pop(); one; one = open.pop()) await one.close();
  await closeAll();
});

/** A server of this test's own, whose data directory can be copied and put back under its pools. */
class Server {
  #running: EmbeddedPostgres | null = null;

  private constructor(
    readonly dataDir: string,
    readonly copy: string,
  ) {}

  static async withTables(): Promise<Server> {
    const dataDir = await dataDirectory();
    const server = new Server(dataDir, join(dataDir, 'copy'));
    await migrate(await server.start());
    await server.stop();
    return server;
  }

  get cluster(): string {
    return join(this.dataDir, 'postgres/cluster');
  }

  async start(settings: Record<string, string> = {}): Promise<string> {
    this.#running = await startHere(this.dataDir, { synchronous_commit: 'on', ...settings });
    return this.#running.url;
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    this.#running = null;
  }

  async takeCopy(): Promise<void> {
    await cp(this.cluster, this.copy, { recursive: true, preserveTimestamps: true });
  }

  async putCopyBack(): Promise<void> {
    const owner = await stat(this.cluster);
    await rm(this.cluster, { recursive: true });
    await cp(this.copy, this.cluster, { recursive: true, preserveTimestamps: true });
    await owned(this.cluster, owner);
  }

  /** Tells the next start to recover, as after a base backup, or to stand by until it is promoted. */
  async signal(name: 'recovery.signal' | 'standby.signal'): Promise<void> {
    const path = join(this.cluster, name);
    await writeFile(path, '');
    await owned(path, await stat(this.cluster));
  }
}

async function owned(path: string, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  await chown(path, uid, gid);
  if (!(await stat(path)).isDirectory()) return;
  for (const name of await readdir(path)) await owned(join(path, name), { uid, gid });
}

const replica = async (url: string, failover: 'hold' | 'trust' = 'hold'): Promise<WatchedDatabase> => {
  const watched = await watchedDatabase(url, failover);
  open.push(watched);
  return watched;
};

describe('a data directory that was put back while a gateway runs', () => {
  it('is noticed by the position of its log, on the first connection', async () => {
    const server = await Server.withTables();
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
    const server = await Server.withTables();
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
    const server = await Server.withTables();
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
    const server = await Server.withTables();
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
