import { HoldTooYoung } from '../../src/processes/hold.errors.js';
import { NotFound } from '../../src/processes/process.errors.js';
import { freshDatabase, type FreshDatabase } from '../database.js';
import { until } from '../until.js';
import { KeptLog } from '../dispatch/engine.js';
import type { Session } from '../../src/storage/database-look.js';
import { DatabaseWatch } from '../../src/storage/database-watch.js';
import { rowsOf } from './embedded/elsewhere.js';
import { watchedDatabase, Witness, type WatchedDatabase } from './watched-database.js';

let fresh: FreshDatabase;
let witness: Witness;
const open: WatchedDatabase[] = [];

const replica = async (failover: 'hold' | 'trust' = 'hold', url = fresh.url): Promise<WatchedDatabase> => {
  const watched = await watchedDatabase(url, failover);
  open.push(watched);
  return watched;
};
/** A database that a replica has marked and left. */
const marked = async (): Promise<void> => {
  const first = await replica();
  await first.close();
  open.pop();
};

beforeEach(async () => {
  fresh = await freshDatabase();
  witness = await Witness.on(fresh.url);
});

afterEach(async () => {
  for (let one = open.pop(); one; one = open.pop()) await one.close();
  await witness.close();
  await fresh.drop();
});

describe('a database that is met for the first time', () => {
  it('is marked and held by nothing', async () => {
    const first = await replica();

    expect(await first.holdNow()).toBeNull();
    expect(await witness.count('database_marks')).toBe(1);
    expect(await witness.count('incidents')).toBe(0);
  });

  it('is marked once by replicas that meet it together', async () => {
    const all = await Promise.all([replica(), replica(), replica(), replica()]);

    expect(await Promise.all(all.map(async (one) => one.holdNow()))).toEqual([null, null, null, null]);
    expect(all.flatMap(({ log }) => log.events)).toEqual(['database.noted']);
  });
});

describe('a database that is the one of before', () => {
  it('is held by nothing when it is met again', async () => {
    await marked();
    const again = await replica();

    expect(await again.holdNow()).toBeNull();
    expect(again.log.events).toEqual([]);
  });

  it('is held by nothing although what was asked first is heard last', async () => {
    await marked();
    const log = new KeptLog();
    const watch = new DatabaseWatch('hold', log);
    const runner = (await replica()).database.createQueryRunner();
    const prompt: Session = async (statement, values = []) => witness.query(statement, [...values]);
    const overtaken: Session = async (statement, values = []) => {
      const answer = await runner.query(statement, [...values]);
      if (statement.includes('pg_is_in_recovery')) {
        // On disk when it returns: what may still be lost is not remembered.
        await witness.query(`set local synchronous_commit = on; create table if not exists grown (x text);
          insert into grown select repeat('x', 1000) from generate_series(1, 100)`);
        await watch.look(prompt);
      }
      return answer;
    };

    expect(await watch.look(overtaken)).toBeNull();
    await runner.release();
    expect(log.events).toEqual([]);
  });
});

describe('a copy of the database under another oid', () => {
  it('is held from the first connection on', async () => {
    await marked();
    await witness.close();
    const name = `${new URL(fresh.url).pathname.slice(1)}_copy`;
    const copy = new URL(fresh.url);
    copy.pathname = `/${name}`;
    await rowsOf(clusterUrl(), `create database ${name} template ${new URL(fresh.url).pathname.slice(1)}`);
    const there = await replica('trust', copy.href);

    expect(await there.holdNow()).toMatchObject({
      because: expect.stringMatching(/Its database was \d+ and is \d+\.$/),
    });

    await there.close();
    open.pop();
    await rowsOf(clusterUrl(), `drop database ${name}`);
    witness = await Witness.on(fresh.url);
  });
});

describe('a dump that was restored into the same database', () => {
  it('is held when it is met at a start', async () => {
    await marked();
    await witness.replaceMark();
    const after = await replica('trust');

    expect(await after.holdNow()).toMatchObject({ because: expect.stringContaining('Its table was') });
    expect(await witness.count(`incidents where kind = 'database-restored' and state = 'open'`)).toBe(1);
    expect(after.log.events).toEqual(['database.restored']);
  });

  it('is noticed although the connections live on', async () => {
    const living = await replica();
    living.holds.begin();
    await witness.replaceMark();

    await until(async () => witness.count('database_holds'), 'the hold', 3_000);
    expect(await living.holds.current()).not.toBeNull();
    living.holds.end();
  });

  it('is noticed where the dump is older than the mark', async () => {
    const living = await replica();
    await witness.query('delete from database_marks');

    expect(await living.holdNow()).toMatchObject({ because: expect.stringContaining('is gone') });
    expect(await witness.count('database_marks')).toBe(1);
  });

  it('opens one hold and one incident, whoever notices', async () => {
    await marked();
    await witness.replaceMark();
    const all = await Promise.all([replica(), replica(), replica(), replica()]);
    const holds = await Promise.all(all.map(async (one) => one.holdNow()));

    expect(new Set(holds.map((hold) => hold?.id)).size).toBe(1);
    expect(await witness.count('database_holds')).toBe(1);
    expect(await witness.count('incidents')).toBe(1);
    expect(all.flatMap(({ log }) => log.events)).toEqual(['database.restored']);
  });

  it('is noticed anew when another one follows while the first is held', async () => {
    await marked();
    await witness.replaceMark();
    const first = await (await replica()).holdNow();
    await witness.replaceMark();
    const second = await (await replica()).holdNow();

    expect(second?.id).toBe(first?.id);
    expect(Number(second?.noticedAt)).toBeGreaterThan(Number(first?.noticedAt));
    expect(await witness.count('incidents')).toBe(1);
  });

  it('is handed to nobody before that is written', async () => {
    await marked();
    await witness.replaceMark();
    await witness.query('drop table incidents');

    await expect(replica()).rejects.toMatchObject({ name: 'DatabaseUnchecked' });
    expect(await witness.count('database_holds')).toBe(0);
  });
});

describe('claims from before a restore', () => {
  it('are void, however often the same state is restored', async () => {
    const operation = await witness.addOperation('queued', 7, true);
    const tokens: number[] = [];
    for (const _restore of [1, 2]) {
      await witness.query('update operations set fencing_token = 7');
      await marked();
      await witness.replaceMark();
      await marked();
      const noticedMs = performance.now();
      tokens.push((await witness.operation(operation)).token);
      await until(() => performance.now() - noticedMs > 1_000, 'the next second');
    }

    const [one = 0, other = 0] = tokens;
    expect(other - one).toBeGreaterThan(1_000_000);
    expect(one).toBeGreaterThan(2 ** 40);
    expect(Number.isSafeInteger(other)).toBe(true);
  });

  it.each(['queued', 'sending', 'unknown'])('of an operation that is %s end now', async (state) => {
    const operation = await witness.addOperation(state, 7, true);
    await marked();
    await witness.replaceMark();
    await marked();

    expect(await witness.operation(operation)).toMatchObject({ leased: false });
    expect((await witness.operation(operation)).token).toBeGreaterThan(2 ** 40);
  });

  it.each(['done', 'refused'])('of an operation that is %s are left alone', async (state) => {
    const operation = await witness.addOperation(state, 7, false);
    await marked();
    await witness.replaceMark();
    await marked();

    expect(await witness.operation(operation)).toEqual({ token: 7, leased: null });
  });
});

describe('a write that is under way when a restore is noticed', () => {
  it('is waited for, and its claim is void as well', async () => {
    const living = await replica();
    const writer = living.database.createQueryRunner();
    await writer.query('begin');
    const operation = await witness.addOperation('sending', 7, true, writer.query.bind(writer));
    const noticing = (await replica()).holds.open('Somebody said so.');
    await until(
      () => witness.count(`pg_locks where relation = 'operations'::regclass and not granted`),
      'the notice to wait for the writer',
    );
    await writer.query('commit');
    await writer.release();
    await noticing;

    expect((await witness.operation(operation)).token).toBeGreaterThan(2 ** 40);
  });
});

describe('a timeline that is not the one of before', () => {
  const changed = (): Promise<unknown> => witness.query(`update database_marks set timeline = 'FFFFFFFF'`);

  it('opens a hold', async () => {
    await marked();
    await changed();
    expect(await (await replica()).holdNow()).toMatchObject({ because: expect.stringContaining('Its timeline was') });
  });

  it('is noted and passes where a failover is trusted', async () => {
    const operation = await witness.addOperation('queued', 7, true);
    await marked();
    await changed();
    const after = await replica('trust');

    expect(await after.holdNow()).toBeNull();
    expect(after.log.events).toEqual(['database.noted']);
    expect(await witness.count(`database_marks where timeline = 'FFFFFFFF'`)).toBe(0);
    expect(await witness.operation(operation)).toEqual({ token: 7, leased: true });
  });

  it('does not pass with anything else', async () => {
    await marked();
    await changed();
    await witness.replaceMark();
    expect(await (await replica('trust')).holdNow()).not.toBeNull();
  });
});

describe('a hold', () => {
  it('opens on a word alone, and every other replica knows it within a second', async () => {
    const [one, other] = [await replica(), await replica()];
    expect(await other.holds.current()).toBeNull();
    const hold = await one.holds.open('Somebody said so.');

    expect(hold.because).toBe('Somebody said so.');
    expect(await one.holds.current()).toEqual(hold);
    expect(await until(() => other.holds.current(), 'the other replica to know', 2_000)).toEqual(hold);
    expect(await witness.count('incidents')).toBe(1);
  });

  it('is not released before the longest life is over', async () => {
    const { holds } = await replica();
    const { id, noticedAt } = await holds.open('Somebody said so.');

    await expect(holds.release(id, 'erp', 60)).rejects.toThrow(HoldTooYoung);
    await expect(holds.release(id, 'erp', 60)).rejects.toMatchObject({ until: new Date(Number(noticedAt) + 60_000) });
    expect(await holds.current()).toMatchObject({ id });
  });

  it('is released after it, by name, once', async () => {
    const [one, other] = [await replica(), await replica()];
    const { id } = await one.holds.open('Somebody said so.');
    await witness.query(`update database_holds set noticed_at = noticed_at - interval '61 seconds'`);
    await Promise.all([one.holds.release(id, 'erp', 60), other.holds.release(id, 'erp', 60)]);
    await one.holds.release(id, 'somebody else', 60);

    expect(await one.holds.current()).toBeNull();
    expect(await until(async () => (await other.holds.current()) === null, 'the other replica', 2_000)).toBe(true);
    expect(await witness.count(`database_holds where released_by = 'erp'`)).toBe(1);
  });

  it('is not opened again by who saw the database before the restore, after it was released', async () => {
    const [one, other] = [await replica(), await replica()];
    await other.holdNow();
    const { id } = await one.holds.open('Somebody said so.');
    await one.holds.release(id, 'erp', 0);

    expect(await other.holdNow()).toBeNull();
  });

  it('is not there under another id', async () => {
    const { holds } = await replica();
    await expect(holds.release('01994f0e-0000-7000-8000-000000000000', 'erp', 0)).rejects.toThrow(NotFound);
  });
});

describe('a role that may not ask for the system identifier', () => {
  it('goes by the rest, and says which right it lacks', async () => {
    const name = `weak_${new URL(fresh.url).pathname.slice(6)}`;
    await witness.query(`create role ${name} login password 'weak'`);
    await witness.query(`grant all on all tables in schema public to ${name}`);
    await witness.query('revoke execute on function pg_control_system() from public');
    const url = new URL(fresh.url);
    url.username = name;
    url.password = 'weak';
    const weak = await replica('hold', url.href);

    expect(await weak.holdNow()).toBeNull();
    expect(weak.log.events).toEqual(['database.mark-incomplete', 'database.noted']);
    expect(await witness.count(`database_marks where system_identifier = ''`)).toBe(1);

    await weak.close();
    open.pop();
    await marked();
    expect(await witness.count(`database_marks where system_identifier = ''`)).toBe(0);
    expect(await witness.count('database_holds')).toBe(0);
    await witness.query(`drop owned by ${name}`);
    await witness.query(`drop role ${name}`);
  });
});

function clusterUrl(): string {
  const url = new URL(fresh.url);
  url.pathname = '/postgres';
  return url.href;
}
