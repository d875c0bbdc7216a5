import { v7 as uuidv7 } from 'uuid';
import type { Process } from '../../src/processes/process.js';
import type { ProcessFilter, ProcessPage, Visibility } from '../../src/processes/process.reader.js';
import { categoryOf, conclusionOf, processStates, type ProcessState } from '../../src/processes/process-state.js';
import { later } from '../processes/samples.js';
import { acceptance, aStart, ProcessRoom } from './process-room.js';

let room: ProcessRoom;
let all: readonly Process[];

const dayMs = 86_400_000;
const everything: Visibility = { connections: null, definitions: null, clientId: null };
const clients = ['01994f0e-0000-7000-8000-00000000000a', '01994f0e-0000-7000-8000-00000000000b'];

/** Numbers that look random and are the same in every run. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state >>> 8) % below;
  };
}

function some<T>(from: readonly T[], next: (below: number) => number): T[] {
  return from.filter(() => next(3) === 0);
}

function one<T>(from: readonly T[], next: (below: number) => number): T {
  const found = from[next(from.length)];
  if (found === undefined) throw new Error('There is none');
  return found;
}

async function stored(number: number, next: (below: number) => number): Promise<Process> {
  const createdAt = later(number * dayMs + next(1000));
  const state: ProcessState = one(processStates, next);
  const start = aStart({
    id: uuidv7({ msecs: createdAt.getTime() }),
    createdAt,
    state,
    connection: one(['north', 'south', 'west'], next),
    platform: one(['paper', 'creatio'], next),
    definition: one(['1', '2', '7'], next),
    tags: some(['red', 'green', 'blue'], next),
    subject: next(2) === 0 ? null : { type: one(['crm.lead', 'crm.deal'], next), id: one(['1', '42'], next) },
    businessKey: next(2) === 0 ? null : one(['PO-1', 'PO-2'], next),
    clientId: one(clients, next),
    createdBy: one(['erp', 'crm'], next),
    conclusion: conclusionOf[state],
    closedAt: categoryOf[state] === 'closed' ? new Date(createdAt.getTime() + next(3) * dayMs) : null,
    openIncidents: next(5) === 0 ? ['outcome-unknown'] : [],
  });
  await room.store.accept(acceptance(start));
  // As its intent leaves it.
  if (state === 'starting') {
    await room.database.query(`update operations set state = 'sending' where id = $1`, [start.operation.id]);
  }
  return start.process;
}

function fits(process: Process, filter: ProcessFilter): boolean {
  const subject = process.subject && 'type' in process.subject ? process.subject : null;
  const has = (list: readonly string[] | undefined | null, value: string | null | undefined): boolean =>
    !list || (value !== null && value !== undefined && list.includes(value));
  const after = (time: Date | undefined, value: Date | null): boolean => !time || (value !== null && value > time);
  const before = (time: Date | undefined, value: Date | null): boolean => !time || (value !== null && value < time);
  return (
    has(filter.connection, process.connection) &&
    has(filter.visible.connections, process.connection) &&
    has(filter.visible.definitions, process.definition) &&
    (filter.visible.clientId === null || filter.visible.clientId === process.clientId) &&
    has(filter.platform, process.platform) &&
    has(filter.definition, process.definition) &&
    has(filter.state, process.state) &&
    has(filter.category, categoryOf[process.state]) &&
    has(filter.conclusion, process.conclusion) &&
    has(filter.businessKey, process.businessKey) &&
    (!filter.tag || process.tags.some((tag) => filter.tag?.includes(tag))) &&
    has(filter.subjectType, subject?.type) &&
    has(filter.subjectId, subject?.id) &&
    has(filter.createdBy, process.createdBy) &&
    (filter.hasIncident === undefined || filter.hasIncident === process.openIncidents.length > 0) &&
    after(filter.createdAfter, process.createdAt) &&
    before(filter.createdBefore, process.createdAt) &&
    after(filter.closedAfter, process.closedAt) &&
    before(filter.closedBefore, process.closedAt)
  );
}

/** Up to three filters, and in one of three what a limited caller sees. */
function aFilter(next: (below: number) => number): ProcessFilter {
  const time = (): Date => later(next(120) * dayMs);
  const parts: readonly (() => Partial<ProcessFilter>)[] = [
    () => ({ connection: some(['north', 'south', 'west', 'nowhere'], next) }),
    () => ({ platform: some(['paper', 'creatio', 'none'], next) }),
    () => ({ definition: some(['1', '2', '7', '9'], next) }),
    () => ({ state: some([...processStates, 'none'], next) }),
    () => ({ category: some(['pending', 'open', 'closed'], next) }),
    () => ({ conclusion: some(['succeeded', 'failed', 'stopped', 'not_started', 'unknown'], next) }),
    () => ({ businessKey: some(['PO-1', 'PO-2'], next) }),
    () => ({ tag: some(['red', 'green', 'blue'], next) }),
    () => ({ subjectType: some(['crm.lead', 'crm.deal'], next) }),
    () => ({ subjectId: some(['1', '42'], next) }),
    () => ({ createdBy: some(['erp', 'crm'], next) }),
    () => ({ hasIncident: next(2) === 0 }),
    () => ({ createdAfter: time() }),
    () => ({ createdBefore: time() }),
    () => ({ closedAfter: time() }),
    () => ({ closedBefore: time() }),
  ];
  const chosen = Array.from({ length: 1 + next(3) }, () => one(parts, next)());
  const visible =
    next(3) === 0
      ? {
          connections: ['north', 'west'],
          definitions: next(2) ? null : ['1', '7'],
          clientId: next(2) ? null : one(clients, next),
        }
      : everything;
  return Object.assign({ visible }, ...chosen);
}

async function pages(filter: ProcessFilter, limit: number): Promise<string[]> {
  const ids: string[] = [];
  for (let before: string | null = null; ;) {
    const { processes, readTo }: ProcessPage = await room.reader.list(filter, before, limit);
    ids.push(...processes.map(({ id }) => id));
    if (readTo === null && processes.length < limit) return ids;
    before = readTo ?? processes.at(-1)?.id ?? null;
  }
}

beforeAll(async () => {
  room = await ProcessRoom.open();
  const next = numbersFrom(7);
  all = await Promise.all(Array.from({ length: 120 }, (_, number) => stored(number, next)));
});
afterAll(() => room.close());

describe('a list by several filters', () => {
  it('has what fits all of them, newest first, each once, in pages of any size', async () => {
    const next = numbersFrom(42);
    const expected = all.toSorted((a, b) => (a.id < b.id ? 1 : -1));
    for (let walk = 0; walk < 300; walk += 1) {
      const filter = aFilter(next);
      const ids = expected.filter((process) => fits(process, filter)).map(({ id }) => id);

      expect({ filter, ids: await pages(filter, 1 + next(30)) }).toEqual({ filter, ids });
    }
  });

  it.each(['0001-01-01T00:00:00Z', '1969-12-31T23:59:59Z', '1970-01-01T00:00:30Z'])(
    'has every process after %s and none before it, where no id holds such a time',
    async (time) => {
      const everyId = all.map(({ id }) => id).toSorted();
      const after = await pages({ createdAfter: new Date(time), visible: everything }, 50);

      expect(after).toEqual(everyId.toReversed());
      expect(await pages({ createdBefore: new Date(time), visible: everything }, 50)).toEqual([]);
    },
  );

  it('is empty for a creator and a platform that nobody knows', async () => {
    expect(await pages({ createdBy: ['nobody'], platform: ['none'], visible: everything }, 20)).toEqual([]);
  });
});
