import { categoryOf, processStates, type ProcessState } from '../../src/processes/process-state.js';
import { PostgresStats } from '../../src/storage/stats.store.js';
import { ProcessRoom } from './process-room.js';

let room: ProcessRoom;

beforeAll(async () => {
  room = await ProcessRoom.open();
});
afterAll(() => room.close());
beforeEach(async () => {
  await room.empty();
  await room.database.query('delete from stats_states; delete from stats_hours');
  await room.database.query(
    `update stats_mark set written_in = '0', event_id = '00000000-0000-0000-0000-000000000000'`,
  );
});

const hours = ['2026-11-20T10:00:00.000Z', '2026-11-20T11:00:00.000Z', '2026-11-21T00:00:00.000Z'];

interface Event {
  readonly type: string;
  readonly hour: string;
  /** `null`: it tells nothing of where its process stands. */
  readonly state: ProcessState | null;
}

/** Numbers that look random and are the same in every run. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state >>> 8) % below;
  };
}

function one<T>(from: readonly T[], next: (below: number) => number): T {
  const found = from[next(from.length)];
  if (found === undefined) throw new Error('There is none');
  return found;
}

const types = ['process.started', 'process.reconciled', 'process.indeterminate', 'process.changed', 'incident.opened'];

function anEvent(next: (below: number) => number): Event {
  const type = one(types, next);
  const tells = type.startsWith('process.') && next(3) > 0;
  return { type, hour: one(hours, next), state: tells ? one(processStates, next) : null };
}

/** Of one process after its acceptance, written by transactions in any order. */
async function happened(connection: string, events: readonly Event[], next: (below: number) => number): Promise<void> {
  const { process } = await room.queued({ connection, definition: String(next(2)) });
  for (const [index, { type, hour, state }] of events.entries()) {
    await room.database.query(
      `insert into events (process_id, sequence, id, type, time, data) values ($1, $2, gen_random_uuid(), $3, $4, $5)`,
      [process.id, index + 2, type, hour, JSON.stringify(state ? { state } : { note: 'state' })],
    );
  }
  for (let sequence = 1; sequence <= events.length + 1; sequence += 1) {
    await room.database.query('update events set written_in = $3::text::xid8 where process_id = $1 and sequence = $2', [
      process.id,
      sequence,
      String(1 + next(20)),
    ]);
  }
}

interface Told {
  readonly process_id: string;
  readonly scope: string;
  readonly hour: string;
  readonly type: string;
  readonly state: ProcessState | null;
}

const isClosed = (state: ProcessState | null): boolean => state !== null && categoryOf[state] === 'closed';

/** What all events of all processes come to, one by one. */
async function counted(): Promise<{ states: Map<string, number>; hours: Map<string, number> }> {
  const [states, brought] = [new Map<string, number>(), new Map<string, number>()];
  const add = (to: Map<string, number>, key: string, change: number): void => {
    const sum = (to.get(key) ?? 0) + change;
    if (sum === 0) to.delete(key);
    else to.set(key, sum);
  };
  const before = new Map<string, ProcessState>();
  for (const { process_id: id, scope, hour, type, state } of await told()) {
    const last = before.get(id) ?? null;
    const bring = (word: string, is: boolean): void => add(brought, `${word} ${hour} ${scope}`, is ? 1 : 0);
    bring('started', type === 'process.started' || type === 'process.reconciled');
    bring('closed', isClosed(state) && last !== null && !isClosed(last));
    bring('rejected', state === 'rejected' && last !== 'rejected');
    bring('indeterminate', type === 'process.indeterminate');
    if (last) add(states, `${last} ${scope}`, -1);
    if (state) add(states, `${state} ${scope}`, 1);
    if (state) before.set(id, state);
  }
  return { states, hours: brought };
}

/** Every event that tells where its process stands, in the order of each process. */
function told(): Promise<Told[]> {
  return room.database.query(
    `select e.process_id, p.connection || ' ' || p.definition as scope, e.type,
       to_char(e.time, 'YYYY-MM-DD HH24') as hour,
       case when e.type = 'process.accepted' then 'queued' else e.data ->> 'state' end as state
     from events e join processes p on p.id = e.process_id
     where e.type = 'process.accepted' or e.type like 'process.%' and e.data ? 'state'
     order by e.process_id, e.sequence`,
  );
}

/** What was rolled up. */
async function rolled(): Promise<{ states: Map<string, number>; hours: Map<string, number> }> {
  const states = await room.database.query<{ key: string; number: number }[]>(
    `select state || ' ' || connection || ' ' || definition as key, processes::int as number
     from stats_states where processes <> 0`,
  );
  const brought = await room.database.query<{ key: string; number: number }[]>(
    `select word || ' ' || to_char(hour, 'YYYY-MM-DD HH24') || ' ' || connection || ' ' || definition as key, number::int
     from stats_hours,
       lateral (values ('started', started), ('closed', closed), ('rejected', rejected), ('indeterminate', indeterminate)
       ) one (word, number)
     where number <> 0`,
  );
  const mapOf = (rows: readonly { key: string; number: number }[]): Map<string, number> =>
    new Map(rows.map(({ key, number }) => [key, number]));
  return { states: mapOf(states), hours: mapOf(brought) };
}

describe('processes whose events come in any order and between one another', () => {
  it.each([1, 2, 3, 7, 50, 2000])('are counted as one by one, where %d are counted at once', async (batch) => {
    const next = numbersFrom(batch);
    for (let number = 0; number < 25; number += 1) {
      const events = Array.from({ length: next(7) }, () => anEvent(next));
      await happened(one(['north', 'south'], next), events, next);
    }

    await new PostgresStats(room.database, batch).roll(new AbortController().signal);

    expect(await rolled()).toEqual(await counted());
  });
});
