import { Client } from 'pg';
import { WakeUp } from '../../src/storage/wake-up.js';
import { freshDatabase, type FreshDatabase } from '../database.js';
import { KeptLog } from '../dispatch/engine.js';
import { until } from '../until.js';

let fresh: FreshDatabase;
const opened: WakeUp[] = [];

beforeAll(async () => {
  fresh = await freshDatabase();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.end()));
});
afterAll(() => fresh.drop());

interface Replica {
  readonly wakeUp: WakeUp;
  due: number;
  changed: number;
}

/** A replica that listens; what it heard when it began to is taken off. */
async function replica(): Promise<Replica> {
  const wakeUp = new WakeUp(fresh.url, new KeptLog());
  const made: Replica = { wakeUp, due: 0, changed: 0 };
  opened.push(wakeUp);
  wakeUp.on('due', () => (made.due += 1));
  wakeUp.on('changed', () => (made.changed += 1));
  wakeUp.begin();
  await until(() => made.due > 0, 'the replica to listen');
  made.due = 0;
  made.changed = 0;
  return made;
}

async function onDatabase(statement: string): Promise<void> {
  const session = new Client({ connectionString: fresh.url });
  await session.connect();
  try {
    await session.query(statement);
  } finally {
    await session.end();
  }
}

describe('replicas of a gateway', () => {
  it('wake each other, and not themselves', async () => {
    const [one, other] = [await replica(), await replica()];
    one.wakeUp.tell('due');
    await until(() => other.due > 0, 'the other to hear');

    expect([one.due, other.due, other.changed]).toEqual([0, 1, 0]);
  });

  it('tell once for all that happens in a moment', async () => {
    const [one, other] = [await replica(), await replica()];
    for (let time = 0; time < 500; time += 1) one.wakeUp.tell('due');
    one.wakeUp.tell('changed');
    await until(() => other.changed > 0, 'the other to hear');

    expect(other.due).toBe(1);
  });

  it('listen again when their session was cut, and look what they missed', async () => {
    const [one, other] = [await replica(), await replica()];
    await onDatabase(`select pg_terminate_backend(pid) from pg_stat_activity where query like '%bpmgw_wake%'
      and pid <> pg_backend_pid()`);
    await until(() => one.due > 0 && other.due > 0, 'both to listen again');
    other.due = 0;
    one.wakeUp.tell('due');

    await until(() => other.due > 0, 'the other to hear');
    expect(other.due).toBe(1);
  });

  it('end also while there is no database', async () => {
    const wakeUp = new WakeUp('postgres://nobody@127.0.0.1:9/nothing', new KeptLog());
    wakeUp.begin();
    wakeUp.tell('due');

    expect(await wakeUp.end()).toBeUndefined();
  });
});
