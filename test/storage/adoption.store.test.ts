import { randomUUID } from 'node:crypto';
import { adopted } from '../../src/processes/adopted.js';
import type { NewAdoption } from '../../src/processes/adoption.store.js';
import { touched } from '../../src/processes/change.js';
import { incident } from '../../src/processes/incident.js';
import type { AttemptClass } from '../../src/processes/operation.js';
import { move, type Process, type ProcessInput } from '../../src/processes/process.js';
import { PostgresAdoptionStore } from '../../src/storage/adoption.store.js';
import { at, aProcess, clientId, later, portal } from '../processes/samples.js';
import { until } from '../until.js';
import { ProcessRoom, settlementOf } from './process-room.js';

let room: ProcessRoom;
let store: PostgresAdoptionStore;

beforeAll(async () => {
  room = await ProcessRoom.open();
  store = new PostgresAdoptionStore(room.database);
});
afterAll(() => room?.close());
beforeEach(() => room.empty());

const lane = 'sales|1';
const standing = { state: 'running', nativeState: null, result: null, failure: null } as const;

/** The adoption of run 77, which began at `at`. */
function adoption(more: Partial<NewAdoption> = {}, input: Partial<ProcessInput> = {}): NewAdoption {
  const run = { nativeId: '77', definition: '1', subject: null, startedAt: at, startedBy: null };
  const process = aProcess({ runId: null, lane, ...input });
  return {
    adopted: adopted(process, { run, standing }, later(1000)),
    key: { clientId, key: randomUUID(), fingerprint: Buffer.from('adopt') },
    startedAt: at,
    anyLane: false,
    ...more,
  };
}

/** A start of the lane that was sent so many seconds before the run began, and what is known of it. */
async function lost(
  secondsBefore: number,
  more: Partial<Process> = {},
  known: AttemptClass | null = 'unknown',
): Promise<Process> {
  const intended = await room.sending({ lane, ...more });
  const process =
    known === null
      ? intended.process
      : await room.store.settle({
          ...settlementOf(intended, { to: 'indeterminate', at }),
          attempt: { id: intended.attempt.id, class: known, nativeId: null, nativeFault: null, message: null },
          operation: { state: 'unknown', retryAfterMs: null },
          answer: null,
        });
  await room.database.query(
    `update attempts set sent_at = $2::timestamptz - make_interval(secs => $3), life_seconds = 100 where process_id = $1`,
    [process.id, at, secondsBefore],
  );
  return process;
}

describe('a run that is adopted', () => {
  it('is found by its tags', async () => {
    const one = adoption({}, { tags: ['red', 'blue', 'red'] });
    await store.adopt(one);

    expect(
      await room.database.query('select tag, connection from process_tags where process_id = $1 order by tag', [
        one.adopted.process.id,
      ]),
    ).toEqual(['blue', 'red'].map((tag) => ({ tag, connection: 'sales' })));
  });

  it('is a process with its key, its history and its native id, in one commit', async () => {
    const one = adoption();

    expect(await store.adopt(one)).toMatchObject({ outcome: 'adopted' });

    const process = await room.found(one.adopted.process.id);
    expect(process).toMatchObject({
      state: 'running',
      nativeId: '77',
      startedAt: at,
      lastSequence: 1,
      revision: 1,
      runId: null,
    });
    expect(await room.reader.remembered(clientId, one.key.key)).toMatchObject({
      processId: process.id,
      operationId: null,
    });
    expect(await room.reader.history(process.id, null, 10)).toMatchObject([
      { kind: 'event', event: { type: 'process.started', sequence: 1 } },
    ]);
    expect(await room.database.query('select native_id, claim from native_ids')).toEqual([
      { native_id: '77', claim: 'operator' },
    ]);
    expect(await room.count('operations')).toBe(0);
  });

  it('is adopted again, and not twice, when the same rows are written again', async () => {
    const one = adoption();
    await store.adopt(one);

    expect(await store.adopt(one)).toMatchObject({ outcome: 'adopted', process: { id: one.adopted.process.id } });
    expect(await room.count('processes')).toBe(1);
    expect(await room.count('events')).toBe(1);
  });

  it('is adopted where the answer to its commit is lost', async () => {
    const { database } = room;
    let lost = 0;
    const query: typeof database.query = async (...asked) => {
      const answer = await database.query(...asked);
      if (lost > 0 || !asked[0].includes('insert into processes')) return answer;
      lost += 1;
      throw new Error('Connection terminated unexpectedly');
    };
    const flaky = Object.assign(Object.create(database) as typeof database, { query });

    expect(await new PostgresAdoptionStore(flaky).adopt(adoption())).toMatchObject({ outcome: 'adopted' });
    expect(lost).toBe(1);
    expect(await room.count('processes')).toBe(1);
  });

  it('is one process, whoever asks at the same moment', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => store.adopt(adoption())));

    expect(all.map(({ outcome }) => outcome).filter((outcome) => outcome === 'adopted')).toHaveLength(1);
    expect(all.filter(({ outcome }) => outcome === 'taken')).toHaveLength(7);
    for (const table of ['processes', 'events', 'native_ids', 'idempotency_keys']) {
      expect([table, await room.count(table)]).toEqual([table, 1]);
    }
  });

  it('is nothing where one of its rows cannot be written', async () => {
    const broken = adoption({}, { clientId: 'nobody' });

    await expect(store.adopt(broken)).rejects.toThrow('uuid');
    for (const table of ['processes', 'events', 'native_ids', 'idempotency_keys']) {
      expect([table, await room.count(table)]).toEqual([table, 0]);
    }
  });

  it('is told to whoever was first under its key', async () => {
    const first = adoption();
    await store.adopt(first);

    expect(await store.adopt(adoption({ key: first.key }))).toMatchObject({
      outcome: 'known',
      remembered: { processId: first.adopted.process.id },
    });
  });
});

describe('a run that has a process', () => {
  it('stays with it', async () => {
    const process = await room.running();

    const run = { nativeId: process.nativeId ?? '', definition: '1', subject: null, startedAt: at, startedBy: null };
    const taken = await store.adopt(adoption({ adopted: adopted(aProcess({ runId: null }), { run, standing }, at) }));

    expect(taken).toMatchObject({ outcome: 'taken', by: { id: process.id } });
  });

  it('stays with it though it was claimed in the very moment', async () => {
    const holder = await room.running();
    const other = room.database.createQueryRunner();
    await other.startTransaction();
    await other.query(`insert into native_ids (portal, native_id, process_id, claim) values ($1, '77', $2, 'direct')`, [
      portal,
      holder.id,
    ]);

    const taken = store.adopt(adoption());
    await until(async () => {
      const [row] = await room.database.query<{ waits: boolean }[]>(
        `select exists (select from pg_stat_activity where wait_event_type = 'Lock' and query like '%adopt%') as waits`,
      );
      return row?.waits;
    }, 'the adoption to wait for the claim');
    await other.commitTransaction();
    await other.release();

    expect(await taken).toMatchObject({ outcome: 'taken', by: { id: holder.id } });
    expect(await room.count('processes')).toBe(1);
  });
});

describe('a run that a start of ours may have made', () => {
  const outcome = async (more: Partial<NewAdoption> = {}) => store.adopt(adoption(more));

  it.each([
    ['sent just before it began', 2],
    ['sent almost a longest life before it began', 99],
    ['sent just after it began, as far as clocks can tell', -3],
  ])('is not adopted: one of its lane, %s', async (_, secondsBefore) => {
    const { id } = await lost(secondsBefore);

    expect(await outcome()).toMatchObject({ outcome: 'suspected', suspect: { process: { id }, incidentId: null } });
    expect(await room.count('native_ids')).toBe(0);
  });

  it.each([
    ['was sent longer than a life before it began', () => lost(120)],
    ['was sent after it began', () => lost(-30)],
    ['is of another lane', () => lost(2, { lane: 'sales|2' })],
    ['was refused', () => lost(2, {}, 'refused')],
  ])('is adopted where the start %s', async (_, given) => {
    await given();

    expect(await outcome()).toMatchObject({ outcome: 'adopted' });
  });

  it('is not adopted while the answer to the start is awaited', async () => {
    const { id } = await lost(2, {}, null);

    expect(await outcome()).toMatchObject({ outcome: 'suspected', suspect: { process: { id } } });
  });

  it('is not adopted, whenever it was sent, where the platform does not tell when the run began', async () => {
    await lost(5000);

    expect(await outcome({ startedAt: null })).toMatchObject({ outcome: 'suspected' });
  });

  it('is not adopted by any lane of its definition, where a run does not show its lane', async () => {
    await lost(2, { lane: 'sales|1|EXT-1' });

    expect(await outcome({ anyLane: true })).toMatchObject({ outcome: 'suspected' });
  });

  it('is not adopted where the start offered its very id, in whatever lane', async () => {
    const { id } = await lost(2, { lane: 'sales|2' });
    await room.database.query(`update attempts set chosen_id = '77' where process_id = $1`, [id]);

    expect(await outcome()).toMatchObject({ outcome: 'suspected', suspect: { process: { id } } });
  });

  it('is not adopted where a late answer names it that nobody has read', async () => {
    const { id } = await lost(5000, { lane: 'sales|2' });
    const kept = `update attempts set class = 'accepted', native_id = '77', kept = true where process_id = $1`;
    await room.database.query(kept, [id]);

    expect(await outcome()).toMatchObject({ outcome: 'suspected', suspect: { process: { id } } });
  });

  it('is not adopted where an incident names it, and the incident is told', async () => {
    const process = await lost(5000, { lane: 'sales|2' });
    const opens = [incident('outcome-unknown', { candidates: [{ nativeId: '77', reasons: [] }] })];
    await room.store.observe(touched(process, { opens }));
    const [row] = await room.database.query<{ id: string }[]>('select id from incidents');

    expect(await outcome()).toMatchObject({ outcome: 'suspected', suspect: { incidentId: row?.id } });
  });

  it('is adopted when a person has said that nothing came of that start', async () => {
    const process = await lost(2);
    await room.store.observe({
      ...touched(process),
      process: { ...move(process, { to: 'rejected', at, evidence: 'operator' }) },
    });

    expect(await outcome()).toMatchObject({ outcome: 'adopted' });
  });

  it('is not adopted past a start that is held since the database was put back', async () => {
    const { process } = await room.queued({ lane, createdAt: new Date(at.getTime() - 60_000) });
    expect(await store.adopt(adoption({ startedAt: new Date(at.getTime() - 120_000) }))).toMatchObject({
      outcome: 'adopted',
    });
    await room.database.query('delete from native_ids');
    await room.database.query(`insert into database_holds (id, because) values (gen_random_uuid(), 'test')`);

    expect(await outcome()).toMatchObject({ outcome: 'suspected', suspect: { process: { id: process.id } } });
  });
});
