import { v7 as uuidv7 } from 'uuid';
import { sees } from '../../src/processes/client.js';
import { touched } from '../../src/processes/change.js';
import type { AttemptClass, Claimed, OperationState } from '../../src/processes/operation.js';
import { move, type Process } from '../../src/processes/process.js';
import type {
  HistoryItem,
  HistoryPosition,
  ProcessFilter,
  ProcessPage,
  Visibility,
} from '../../src/processes/process.reader.js';
import { aProcess, at, clientId, later } from '../processes/samples.js';
import { aCommand, ProcessRoom, settlementOf } from './process-room.js';

let room: ProcessRoom;

beforeAll(async () => {
  room = await ProcessRoom.open();
});
afterAll(() => room.close());
beforeEach(() => room.empty());

const everything: Visibility = { connections: null, definitions: null, clientId: null };

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}

/** An id that was made at that time. */
function idOf(time: Date): string {
  return uuidv7({ msecs: time.getTime() });
}

/** A process as it is stored, also one that is closed. */
async function stored(given: Partial<Process> = {}): Promise<Process> {
  const { process } = await room.queued(given);
  // Whoever has a run has claimed it.
  await room.database.query(
    'insert into native_ids (portal, native_id, process_id) select portal, native_id, id from processes where id = $1 and native_id is not null',
    [process.id],
  );
  return room.found(process.id);
}

async function ids(filter: Partial<ProcessFilter>): Promise<string[]> {
  const found = await room.reader.list({ visible: everything, ...filter }, null, 200);
  return found.processes.map(({ id }) => id);
}

describe('a list', () => {
  const filters: [string, Partial<ProcessFilter>, Partial<Process>][] = [
    ['connection', { connection: ['north'] }, { connection: 'north' }],
    ['platform', { platform: ['creatio'] }, { platform: 'creatio' }],
    ['definition', { definition: ['7'] }, { definition: '7' }],
    ['state', { state: ['rejected'] }, { state: 'rejected' }],
    ['category', { category: ['open'] }, { state: 'running' }],
    ['conclusion', { conclusion: ['stopped'] }, { state: 'killed' }],
    ['business key', { businessKey: ['PO-7'] }, { businessKey: 'PO-7' }],
    ['tag', { tag: ['blue'] }, { tags: ['red', 'blue'] }],
    ['native id', { nativeId: ['77'] }, { nativeId: '77' }],
    ['subject type', { subjectType: ['crm.lead'] }, { subject: { type: 'crm.lead', id: '1' } }],
    ['subject id', { subjectId: ['42'] }, { subject: { type: 'crm.deal', id: '42' } }],
    ['creator', { createdBy: ['crm'] }, { createdBy: 'crm' }],
    ['incident', { hasIncident: true }, { openIncidents: ['outcome-unknown'] }],
    ['time of creation, after', { createdAfter: later(1) }, { createdAt: later(2) }],
    ['time of creation, before', { createdBefore: later(-1) }, { createdAt: later(-2), id: idOf(later(-2)) }],
    ['time of the end, after', { closedAfter: later(1) }, { state: 'completed', closedAt: later(2) }],
    [
      'time of the end, before',
      { closedBefore: later(-1) },
      { state: 'completed', closedAt: later(-2), id: idOf(later(-2)) },
    ],
  ];

  it.each(filters)('finds by %s what fits, and only that', async (_, filter, given) => {
    const fitting = await stored(given);
    await stored({ tags: ['green'], subject: { type: 'disk.file', id: '9' }, state: 'completed', closedAt: at });

    expect(await ids(filter)).toEqual([fitting.id]);
  });

  it('is empty where something is asked for that does not exist', async () => {
    await stored();

    expect(await ids({ state: ['no such state'] })).toEqual([]);
    expect(await ids({ connection: [] })).toEqual([]);
  });

  it('takes several values of one filter as "or" and several filters as "and"', async () => {
    const [north] = [await stored({ connection: 'north' }), await stored({ connection: 'south', definition: '2' })];
    await stored({ connection: 'west' });

    expect(await ids({ connection: ['north', 'south'] })).toHaveLength(2);
    expect(await ids({ connection: ['north', 'south'], definition: ['1'] })).toEqual([north.id]);
  });

  it('tells those without an incident from those with one', async () => {
    const calm = await stored();
    await stored({ openIncidents: ['stop-stuck'] });

    expect(await ids({ hasIncident: false })).toEqual([calm.id]);
  });

  it('comes newest first, page after page, each once, whatever is added meanwhile', async () => {
    const all = await Promise.all(numbers(7).map(() => stored()));
    const newestFirst = all
      .map(({ id }) => id)
      .toSorted()
      .toReversed();
    const pages: string[][] = [];
    for (let before: string | null = null; ;) {
      const { processes: page }: ProcessPage = await room.reader.list({ visible: everything }, before, 3);
      if (page.length === 0) break;
      pages.push(page.map(({ id }) => id));
      before = page.at(-1)?.id ?? null;
      await stored();
    }

    expect(pages.map(({ length }) => length)).toEqual([3, 3, 1]);
    expect(pages.flat()).toEqual(newestFirst);
  });
});

describe('what a caller may see', () => {
  const other = '01994f0e-0000-7000-8000-0000000000ff';
  const given: Partial<Process>[] = ['north', 'south'].flatMap((connection) =>
    ['1', '2'].flatMap((definition) => [clientId, other].map((owner) => ({ connection, definition, clientId: owner }))),
  );

  it.each<[string, Partial<Visibility>, number]>([
    ['everything', {}, 8],
    ['connections', { connections: ['north'] }, 4],
    ['definitions', { definitions: ['2', '3'] }, 4],
    ['its own', { clientId }, 4],
    ['all of these at once', { connections: ['north', 'south'], definitions: ['1'], clientId }, 2],
    ['no connection', { connections: [] }, 0],
  ])('is the same in lists as one by one: %s', async (_, limits, count) => {
    const visible = { ...everything, ...limits };
    const all = await Promise.all(given.map(stored));
    const expected = all.filter((process) => sees({ visible }, process)).map(({ id }) => id);

    expect(expected).toHaveLength(count);
    expect((await ids({ visible })).toSorted()).toEqual(expected.toSorted());
  });

  it('stays hidden whatever is filtered for', async () => {
    const hidden = await stored({ connection: 'north', nativeId: '77' });
    const visible = { ...everything, connections: ['south'] };

    expect(await ids({ visible, nativeId: ['77'], connection: ['north'], state: [hidden.state] })).toEqual([]);
  });
});

describe('a history', () => {
  function nameOf(item: HistoryItem): string {
    return item.kind === 'event' ? item.event.type : `attempt ${item.attempt.number}`;
  }

  /** All of it, `size` at a time. */
  async function paged(processId: string, size: number): Promise<HistoryItem[]> {
    const items: HistoryItem[] = [];
    for (let after: HistoryPosition | null = null; ;) {
      const page: readonly HistoryItem[] = await room.reader.history(processId, after, size);
      items.push(...page);
      after = page.at(-1)?.position ?? null;
      if (page.length < size) return items;
    }
  }

  it('has events and attempts in the order in which they came', async () => {
    const intended = await room.sending();
    const operation = { state: 'queued', retryAfterMs: 0 } as const;
    await room.store.settle(settlementOf(intended, { to: 'queued', at }, { operation, answer: null }));
    const claimed = await room.claimed();
    const again = await room.intend(claimed);
    if (again.is !== 'intended') throw new Error(`It is ${again.is}`);
    await room.store.settle(settlementOf(again.intended, { to: 'running', at, learnt: { nativeId: '77' } }));
    const items = await room.reader.history(intended.process.id, null, 50);

    expect(items.map(nameOf)).toEqual(['process.accepted', 'attempt 1', 'attempt 2', 'process.started']);
  });

  it.each([1, 2, 3, 7])('comes in pages of %i without loss or repetition, to the microsecond', async (size) => {
    const process = await room.running();
    // Twelve lines within one millisecond, some of them at the same microsecond.
    for (const number of numbers(12)) {
      await room.database.query(
        `insert into events (process_id, sequence, id, type, time, data)
         values ($1, $2, gen_random_uuid(), 'element.completed', $3::timestamptz + $4 * interval '1 microsecond', '{}')`,
        [process.id, number + 3, later(60_000), Math.floor(number / 2)],
      );
    }
    const whole = await room.reader.history(process.id, null, 200);
    const pages = await paged(process.id, size);

    expect(whole).toHaveLength(15);
    expect(pages).toEqual(whole);
  });

  it('is that of one process', async () => {
    const [process] = [await room.running(), await room.running()];

    expect(await room.reader.history(process.id, null, 50)).toHaveLength(3);
  });
});

describe('operations', () => {
  it('that are open are those without a last word, oldest first', async () => {
    const process = await room.running();
    const first = aCommand(process, 'complete_element', process);
    const second = aCommand(process, 'complete_element', process);
    await room.store.command(first);
    await room.store.command(second);

    expect((await room.reader.openOperations(process.id)).map(({ id }) => id)).toEqual([
      first.operation.id,
      second.operation.id,
    ]);
  });

  it.each([
    ['unknown', true],
    ['not_sent', false],
  ] as const)('tell whether an attempt may have happened: %s', async (attemptClass, expected) => {
    const intended = await room.sending();
    const attempt = { id: intended.attempt.id, class: attemptClass, nativeId: null, nativeFault: null, message: null };
    await room.store.settle(settlementOf(intended, { to: 'queued', at }, { attempt }));

    expect(await room.reader.hasUnknownAttempt(intended.operation.id, null)).toBe(expected);
  });
});

describe('a stop', () => {
  async function stopOf(process: Process): Promise<Claimed> {
    await room.store.command(aCommand(process, 'terminate', move(process, { to: 'terminating', at })));
    return room.claimed();
  }

  async function settled(claimed: Claimed, known: AttemptClass, state: OperationState): Promise<void> {
    const intention = await room.store.intend(claimed, touched(claimed.process), {
      oneAtATime: false,
      chosenId: null,
      lifeSeconds: 60,
      batchId: null,
    });
    if (intention.is !== 'intended') throw new Error(`It is ${intention.is}`);
    const { attempt } = intention.intended;
    await room.store.settle({
      lease: claimed.lease,
      attempt: { id: attempt.id, class: known, nativeId: null, nativeFault: null, message: null },
      reads: null,
      operation: { state, retryAfterMs: null },
      change: touched(intention.intended.process),
      answer: null,
    });
  }

  it('that was accepted and never went out has stopped nothing', async () => {
    const process = await room.running();
    await stopOf(process);

    expect(await room.reader.stopped([process.id])).toEqual(new Set());
  });

  it.each([
    ['accepted', true],
    ['unknown', true],
    ['not_sent', false],
    ['refused_before_execution', false],
  ] as const)('may have stopped its run by what its attempt taught: %s', async (known, expected) => {
    const process = await room.running();
    await settled(await stopOf(process), known, 'queued');

    expect((await room.reader.stopped([process.id])).has(process.id)).toBe(expected);
  });

  it('from before its process went on running has not stopped it this time', async () => {
    const process = await room.running();
    await settled(await stopOf(process), 'accepted', 'done');
    await room.database.query("update attempts set sent_at = sent_at - interval '1 minute'");

    expect(await room.reader.stopped([process.id])).toEqual(new Set());
  });

  it.each([
    ['queued', 1],
    ['done', 1],
    ['refused', 0],
  ] as const)('counts as accepted by its state: %s', async (state, count) => {
    const process = await room.running();
    await settled(await stopOf(process), 'accepted', state);

    expect(await room.reader.acceptedStops(process.id)).toHaveLength(count);
  });
});

describe('elements', () => {
  it('get ids of ours on first sight, and keep them', async () => {
    const first = await room.reader.elementIds(aProcess().id, []);
    const { id } = aProcess();
    const [one, two] = await Promise.all([
      room.reader.elementIds(id, ['a', 'b']),
      room.reader.elementIds(id, ['b', 'c']),
    ]);

    expect(first.size).toBe(0);
    expect(one.get('b')).toBe(two.get('b'));
    expect(await room.reader.elementIds(id, ['a', 'c'])).toEqual(
      new Map([
        ['a', one.get('a')],
        ['c', two.get('c')],
      ]),
    );
  });

  it('are known by their ids within their own process alone', async () => {
    const [id, other] = [aProcess().id, aProcess().id];
    const element = (await room.reader.elementIds(id, ['a'])).get('a') ?? '';

    expect(await room.reader.nativeElementId(id, element)).toBe('a');
    expect(await room.reader.nativeElementId(other, element)).toBeNull();
  });
});

describe('a process that is not there', () => {
  it('is null, and so is everything about it', async () => {
    const { id } = aProcess();

    expect(await room.reader.find(id)).toBeNull();
    expect(await room.reader.operation(id)).toBeNull();
    expect(await room.reader.remembered(clientId, 'no such key')).toBeNull();
    expect(await room.reader.history(id, null, 10)).toEqual([]);
    expect(await room.claim(1)).toEqual([]);
  });
});

describe('the installation', () => {
  it('has one name for good', async () => {
    expect(await room.reader.installation()).toMatch(/^[0-9a-f-]{36}$/);
    expect(await room.reader.installation()).toBe(await room.reader.installation());
  });
});
