import { Client } from 'pg';
import { changed } from '../../src/processes/change.js';
import { move, type Process } from '../../src/processes/process.js';
import type { ProcessCounts } from '../../src/processes/stats.js';
import { PostgresProcessStore } from '../../src/storage/process.store.js';
import { PostgresStats } from '../../src/storage/stats.store.js';
import { openDatabase, type Database } from '../../src/storage/database.js';
import { freshDatabase, type FreshDatabase } from '../database.js';
import { OldHistory } from './old-history.js';
import { delays, leaseSeconds } from './process-room.js';

let fresh: FreshDatabase;
let database: Database;
let stats: PostgresStats;
let store: PostgresProcessStore;
let history: OldHistory;

const never = new AbortController().signal;
const everything = { connections: null, definitions: null, clientId: null };
const counts = (): Promise<ProcessCounts> => stats.counts(everything);

beforeEach(async () => {
  fresh = await freshDatabase();
  database = await openDatabase({ url: fresh.url, poolSize: 10 });
  stats = new PostgresStats(database);
  store = new PostgresProcessStore(database, leaseSeconds, delays);
  history = new OldHistory({ database, store });
});
afterEach(async () => {
  await database.destroy();
  await fresh.drop();
});

const completed = (process: Process): Process =>
  move(process, { to: 'completed', at: new Date(), evidence: 'platform_reported' });

describe('counting behind the processes', () => {
  it('counts each event once, however many replicas count', async () => {
    for (let number = 0; number < 5; number += 1) await history.completed(new Date());
    await history.running(new Date());
    const replicas = [1, 2, 3].map(() => new PostgresStats(database));
    await Promise.all(replicas.map((one) => one.roll(never)));
    await stats.roll(never);

    const { byState, byConnection, byHour, ageSeconds } = await counts();
    expect(byState).toMatchObject({ completed: 5, running: 1, queued: 0, starting: 0 });
    expect(byConnection).toEqual(new Map([['sales', 6]]));
    expect(byHour.reduce((sum, { closed }) => sum + closed, 0)).toBe(5);
    expect(ageSeconds).toBe(0);
  });

  it('is left to the replica that is at it', async () => {
    await history.running(new Date());
    const other = new Client({ connectionString: fresh.url });
    await other.connect();
    try {
      await other.query('begin');
      await other.query('select from stats_mark for update');
      await stats.roll(never);

      expect((await counts()).byConnection.size).toBe(0);
    } finally {
      await other.end();
    }
    await stats.roll(never);

    expect((await counts()).byConnection.size).toBe(1);
  });

  it('leaves out nothing that was written before and committed later', async () => {
    const [late, early] = [await history.running(new Date()), await history.running(new Date())];
    await stats.roll(never);
    const writer = new Client({ connectionString: fresh.url });
    await writer.connect();
    try {
      await writer.query('begin');
      await writer.query(
        `insert into events (process_id, sequence, id, type, time, data)
         values ($1, 3, gen_random_uuid(), 'process.completed', clock_timestamp(), '{"state": "completed"}')`,
        [late.id],
      );
      await store.observe(changed(early, completed(early)));
      await stats.roll(never);

      expect((await counts()).ageSeconds).toBeGreaterThan(0);
      await writer.query('commit');
    } finally {
      await writer.end();
    }
    await stats.roll(never);

    expect((await counts()).byState).toMatchObject({ completed: 2, running: 0 });
  });

  it('counts a process of which something better is known where that says', async () => {
    const process = await history.running(new Date());
    const ended = move(process, { to: 'ended', at: new Date(), evidence: 'inferred_absence' });
    const seen = await store.observe(changed(process, ended));
    await stats.roll(never);
    await store.observe(changed(seen, completed(seen)));
    await stats.roll(never);

    expect((await counts()).byState).toMatchObject({ ended: 0, completed: 1, running: 0 });
    expect((await counts()).byHour).toMatchObject([{ started: 1, closed: 1 }]);
  });

  it('tells those that wait from those that are out and from those that are lost', async () => {
    await history.queued(new Date());
    const lost = await history.queued(new Date());
    await database.query(`update processes set state = 'indeterminate' where id = $1`, [lost.id]);
    await stats.roll(never);

    expect((await counts()).byState).toMatchObject({ queued: 1, starting: 0, indeterminate: 1 });
  });
});
