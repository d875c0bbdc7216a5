import { changed } from '../../src/processes/change.js';
import type { KeptLook, Turn } from '../../src/processes/look-rounds.store.js';
import { move, type Process } from '../../src/processes/process.js';
import type { ProcessFilter } from '../../src/processes/process.reader.js';
import { PostgresLookRoundsStore } from '../../src/storage/look-rounds.store.js';
import { at } from '../processes/samples.js';
import { aCommand, ProcessRoom } from './process-room.js';

let room: ProcessRoom;
let rounds: PostgresLookRoundsStore;

beforeAll(async () => {
  room = await ProcessRoom.open();
  rounds = new PostgresLookRoundsStore(room.database);
});
afterAll(() => room.close());
beforeEach(async () => {
  await room.empty();
  await room.database.query('delete from look_rounds');
  await room.database.query('delete from seen_runs');
});

const leaseSeconds = 30;
const apartSeconds = 30;

/** A run as it is stored. */
async function running(given: Partial<Process> = {}): Promise<Process> {
  const { process } = await room.queued({ state: 'running', nativeId: crypto.randomUUID(), ...given });
  return room.found(process.id);
}

async function several(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let number = 0; number < count; number += 1) ids.push((await running()).id);
  return ids;
}

async function taken(connections: readonly string[] = ['sales']): Promise<Turn> {
  const [turn, ...others] = await rounds.take(connections, leaseSeconds);
  if (!turn || others.length > 0) throw new Error(`${others.length + (turn ? 1 : 0)} looks were due`);
  return turn;
}

/** One look, in which nothing is new but for those that the platform tells nothing of. */
async function look(limit: number, untold: readonly string[] = [], turn: Turn | null = null): Promise<string[]> {
  const mine = turn ?? (await taken());
  const { runs, until, waitMs } = await rounds.next(mine, apartSeconds, limit);
  const ids = runs.map(({ id }) => id);
  const last = ids.at(-1);
  if (until === null || last === undefined || waitMs > 0) throw new Error(`Nothing is due for ${waitMs} ms`);
  await rounds.keep(mine, keptOf(ids, { until, untold, isLast: ids.length < limit || last === until }));
  return ids;
}

function keptOf(
  ids: readonly string[],
  { until, untold, isLast }: { until: string; untold: readonly string[]; isLast: boolean },
): KeptLook {
  const unchanged = ids.filter((id) => !untold.includes(id));
  return { until, upto: isLast ? until : (ids.at(-1) ?? until), isLast, unchanged, agoMs: 0, apartSeconds };
}

/** Lets time pass for the rounds. */
async function pass(seconds: number): Promise<void> {
  await room.database.query('update look_rounds set due_at = due_at - make_interval(secs => $1)', [seconds]);
  await room.database.query('update seen_runs set looked_at = looked_at - make_interval(secs => $1)', [seconds]);
}

async function dueInSeconds(): Promise<number> {
  const [row] = await room.database.query<{ seconds: number }[]>(
    `select extract(epoch from due_at - clock_timestamp())::float8 as seconds from look_rounds where state = 'running'`,
  );
  return row?.seconds ?? Number.NaN;
}

const seen = async (id: string): Promise<Date | null> => (await room.found(id)).observedAt;

describe('a round', () => {
  it('looks at each run once, in the order of their ids, and is over then', async () => {
    const ids = await several(5);

    expect([await look(2), await look(2), await look(2)]).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
    expect(await rounds.take(['sales'], leaseSeconds)).toEqual([]);
  });

  it('begins anew when its runs are due, and comes to none of them before', async () => {
    const ids = await several(3);
    await look(2);
    await pass(10);
    await look(2);

    expect(await dueInSeconds()).toBeCloseTo(20, 0);
    await pass(21);
    expect(await look(2)).toEqual(ids.slice(0, 2));
    // The third was looked at ten seconds later than they were.
    expect(await dueInSeconds()).toBeCloseTo(9, 0);
  });

  it('waits for the last of those that one look would take', async () => {
    const [first] = await several(4);
    await look(2);
    await pass(10);
    await look(2);
    await room.database.query('update processes set category = $1 where id = $2', ['closed', first]);
    await pass(21);
    const turn = await taken();
    const { runs, waitMs } = await rounds.next(turn, apartSeconds, 2);

    expect(runs).toHaveLength(2);
    expect(waitMs).toBeGreaterThan(8000);
    await rounds.postpone(turn, waitMs, null);
    expect(await dueInSeconds()).toBeCloseTo(9, 0);
  });

  it('ends, however many runs begin meanwhile, and the next has them', async () => {
    const ids = await several(3);
    await look(2);
    const late = await running();

    expect(await look(2)).toEqual(ids.slice(2));
    await pass(31);
    expect([...(await look(2)), ...(await look(2))]).toEqual([...ids, late.id]);
  });

  it('is of one connection, and of runs that have a name and are open', async () => {
    const one = await running();
    await running({ connection: 'other' });
    await running({ nativeId: null });
    await running({ state: 'completed' });
    const stopping = await running({ state: 'terminating' });

    expect(await rounds.take(['idle', 'third'], leaseSeconds)).toEqual([]);
    const [first, second] = await rounds.take(['idle', 'sales', 'third'], leaseSeconds);
    expect(new Set([first?.state, second?.state])).toEqual(new Set(['running', 'terminating']));
    for (const turn of [first, second]) {
      if (!turn) continue;
      expect(await look(9, [], turn)).toEqual([turn.state === 'running' ? one.id : stopping.id]);
    }
  });
});

describe('two replicas', () => {
  it('take a look once', async () => {
    await several(2);
    const both = await Promise.all([rounds.take(['sales'], leaseSeconds), rounds.take(['sales'], leaseSeconds)]);

    expect(both.flat()).toHaveLength(1);
  });

  it('go on for each other when one of them was killed in a look, and that one moves nothing any more', async () => {
    const ids = await several(3);
    const dead = await taken();
    expect(await rounds.take(['sales'], leaseSeconds)).toEqual([]);
    await pass(leaseSeconds + 1);

    expect(await look(2)).toEqual(ids.slice(0, 2));
    await rounds.keep(dead, keptOf(ids, { until: ids[2] ?? '', untold: [], isLast: true }));
    expect(await look(2)).toEqual(ids.slice(2));
  });
});

describe('runs that get no answer', () => {
  it('are left out until the next round, and what was seen of them stays', async () => {
    const ids = await several(5);
    await look(2);
    await look(2);
    await look(2);
    const before = await Promise.all(ids.map(seen));
    await pass(31);
    const turn = await taken();
    await rounds.next(turn, apartSeconds, 3);
    // A look at three ends amid what an earlier one has shown.
    await rounds.postpone(turn, 0, ids[2] ?? null);

    expect(await look(3)).toEqual(ids.slice(4));
    const after = await Promise.all(ids.map(seen));
    expect(after.slice(0, 4).map((time) => time?.getTime())).toEqual(
      before.slice(0, 4).map((time) => (time?.getTime() ?? 0) - 31_000),
    );
  });

  it('do not keep a round from ending', async () => {
    const ids = await several(1);
    const turn = await taken();
    await rounds.postpone(turn, 0, ids[0] ?? null);
    const next = await taken();
    const { runs, until } = await rounds.next(next, apartSeconds, 2);

    expect([runs, until]).toEqual([[], ids[0]]);
    await rounds.endRound(next);
    expect(await look(2)).toEqual(ids);
  });
});

describe('when a run was seen', () => {
  const everything: ProcessFilter = { visible: { connections: null, definitions: null, clientId: null } };

  it('is the time of the look that has shown it as it stood, without a change of it', async () => {
    const { id, revision } = await running({ observedAt: at });
    await look(9);
    const process = await room.found(id);

    expect(process.observedAt?.getTime()).toBeGreaterThan(Date.now() - 60_000);
    expect(process.revision).toBe(revision);
    const [listed] = (await room.reader.list(everything, null, 9)).processes;
    expect(listed?.observedAt).toEqual(process.observedAt);
  });

  it('is not claimed of one that the platform told nothing of, nor of one that came later', async () => {
    const [told = '', untold = ''] = await several(2);
    await look(9, [untold]);
    const late = await running({ observedAt: null });

    expect(await seen(told)).not.toBeNull();
    expect(await seen(untold)).toBeNull();
    expect(await seen(late.id)).toBeNull();
  });

  it('stays known while looks have other ends than those before', async () => {
    const ids = await several(7);
    await look(4);
    await look(4);
    for (const limit of [3, 5, 2]) {
      await pass(31);
      const before = await Promise.all(ids.map(seen));
      const looked = await look(limit);
      const after = await Promise.all(ids.map(seen));

      const isFresh = after.map((time, number) => Number(time) > Number(before[number]));
      expect(isFresh).toEqual(ids.map((id) => looked.includes(id)));
      expect(after.every((time, number) => Number(time) >= Number(before[number]))).toBe(true);
      await room.database.query('update look_rounds set after = null, until = null');
    }
  });

  it('is kept in the process when it ends', async () => {
    const process = await running({ observedAt: at });
    await look(9);
    const shown = await seen(process.id);
    const after = move(process, { to: 'completed', at, evidence: 'report_back' });
    await room.store.observe(changed(process, after));

    expect((await room.found(process.id)).state).toBe('completed');
    expect(await seen(process.id)).toEqual(shown);
  });

  it('is known to whoever sends a command, and so to the answer that is kept of it', async () => {
    const process = await room.running({ observedAt: at });
    await look(9);
    await room.store.command(aCommand(process, 'terminate', move(process, { to: 'terminating', at })));

    expect((await room.claimed()).process.observedAt).toEqual(await seen(process.id));
    expect(await seen(process.id)).not.toEqual(at);
  });
});

describe('a thousand runs that stand as they stood', () => {
  it('cost as many lines as there are looks, and none of a process is written', async () => {
    const { id } = await running();
    await room.database.query(
      `insert into processes
       select row.*
       from processes p, generate_series(1, 999) n,
         json_populate_record(p, json_build_object('id', gen_random_uuid(), 'native_id', n)) row
       where p.id = $1`,
      [id],
    );
    const before = await versions();
    let looked = 0;
    for (; looked < 1000;) looked += (await look(50)).length;

    expect(looked).toBe(1000);
    expect(await versions()).toBe(before);
    expect(await room.count('seen_runs')).toBe(20);
    const [round] = await room.database.query<{ looks: string }[]>('select looks from look_rounds');
    expect(round?.looks).toBe('20');
  });

  /** Names what stands on the disk of each process: a row that is written has another place and another transaction. */
  async function versions(): Promise<string> {
    const [row] = await room.database.query<{ versions: string }[]>(
      `select md5(string_agg(id || ' ' || ctid::text || ' ' || xmin::text, ' ' order by id)) as versions from processes`,
    );
    return row?.versions ?? '';
  }
});
