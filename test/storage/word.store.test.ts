import { v7 as uuidv7 } from 'uuid';
import { incident } from '../../src/processes/incident.js';
import { NativeIdTaken } from '../../src/processes/lost.store.js';
import { said, type PersonsWord } from '../../src/processes/persons-word.js';
import { move, type Process } from '../../src/processes/process.js';
import { StaleRevision } from '../../src/processes/process.store.js';
import { changed, touched } from '../../src/processes/change.js';
import type { Word } from '../../src/processes/word.store.js';
import { PostgresIncidentStore } from '../../src/storage/incident.store.js';
import { PostgresWordStore } from '../../src/storage/word.store.js';
import { at } from '../processes/samples.js';
import { countOf, delays, ProcessRoom, settlementOf } from './process-room.js';

let room: ProcessRoom;
let words: PostgresWordStore;
let incidents: PostgresIncidentStore;

const everybody = { connections: null, definitions: null, clientId: null };
const who = { by: 'operator', reason: 'looked', at };
const lifeSeconds = 100;

beforeAll(async () => {
  room = await ProcessRoom.open();
  words = new PostgresWordStore(room.database, delays);
  incidents = new PostgresIncidentStore(room.database);
});
afterAll(() => room?.close());
beforeEach(() => room.empty());

/** A lost start with its incident, sent so many seconds ago. */
async function lost(sentSecondsAgo = 1000): Promise<{ process: Process; operationId: string }> {
  const intended = await room.sending();
  const settled = await room.store.settle({
    ...settlementOf(intended, { to: 'indeterminate', at }),
    attempt: { id: intended.attempt.id, class: 'unknown', nativeId: null, nativeFault: null, message: null },
    operation: { state: 'unknown', retryAfterMs: null },
    answer: null,
  });
  const process = await room.store.observe(touched(settled, { opens: [incident('outcome-unknown')] }));
  await room.database.query(
    `update attempts set sent_at = clock_timestamp() - make_interval(secs => $2) where process_id = $1`,
    [process.id, sentSecondsAgo],
  );
  return { process, operationId: intended.operation.id };
}

async function wordOn(process: Process, word: PersonsWord, given: Partial<Word> = {}): Promise<Word> {
  const [found] = await incidents.list({ visible: everybody }, null, 10);
  if (!found) throw new Error('There is no incident');
  const { id, version } = found.incident;
  const key = { clientId: process.clientId, key: uuidv7(), fingerprint: Buffer.from('word') };
  return { ...said({ process }, word, who), lifeSeconds, incident: { id, version }, key, kept: null, ...given };
}

const resend = { does: 'resend' } as const;
const adopt = { does: 'adopt', nativeId: '77', run: null, isHeldStart: false } as const;

describe('a word', () => {
  it('is written with all that follows from it', async () => {
    const { process, operationId } = await lost();
    const before = await room.operation(operationId);

    expect(await words.give(await wordOn(process, resend))).toBeNull();
    expect(await room.found(process.id)).toMatchObject({ state: 'queued', openIncidents: [] });
    const after = await room.operation(operationId);
    expect(after.state).toBe('queued');
    expect(Number(after.fencingToken)).toBe(Number(before.fencingToken) + 1);
    const [found] = await incidents.list({ visible: everybody }, null, 10);
    expect(found?.incident).toMatchObject({ state: 'resolved', version: 2, resolution: { action: 'resend' } });
    expect((await room.events(process.id)).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['operation.resent', 'incident.resolved']),
    );
  });

  it('of two people is written once', async () => {
    const { process } = await lost();
    const both = [await wordOn(process, resend), await wordOn(process, { does: 'confirm_not_started', note: null })];
    const results = await Promise.allSettled(both.map((word) => words.give(word)));

    expect(countOf(results, (first) => first === null)).toBe(1);
    expect(
      results.filter((result) => result.status === 'rejected' && result.reason instanceof StaleRevision),
    ).toHaveLength(1);
    expect(await room.count(`idempotency_keys where operation_id is null`)).toBe(1);
  });

  it('that is repeated meets its key', async () => {
    const { process } = await lost();
    const word = await wordOn(process, resend);
    await words.give(word);

    expect(await words.give(word)).toMatchObject({ operationId: null, processId: process.id });
  });

  it('answers the start, and names the run of the attempt that made it', async () => {
    const { process, operationId } = await lost();
    await words.give(await wordOn(process, adopt));

    const { key, state } = await room.operation(operationId);
    expect(state).toBe('done');
    expect(await room.reader.remembered(process.clientId, key)).toMatchObject({ answer: { word: 'confirmed' } });
    expect(await room.attempts(process.id)).toEqual([expect.objectContaining({ class: 'unknown', native_id: '77' })]);
  });

  it.each<[string, string]>([
    ['an attempt is out', `update attempts set class = null`],
    ['an answer is unread', `update attempts set kept = true`],
    ['its request may be running', `update attempts set sent_at = clock_timestamp()`],
    ['a restore was noticed of late', `insert into database_holds (id, because) values (gen_random_uuid(), 'test')`],
    [
      'a stop was accepted',
      `insert into operations (id, process_id, connection, kind, state, client_id, key, trace_id, input, due_at, created_at)
       select gen_random_uuid(), id, connection, 'terminate', 'queued', client_id, 'stop', '', '{}', now(), now()
       from processes`,
    ],
    ['its incident has changed', 'update incidents set version = version + 1'],
    ['the process has moved', 'update processes set revision = revision + 1'],
  ])('is not written where, since it was decided, %s', async (_, meanwhile) => {
    const { process } = await lost();
    const word = await wordOn(process, resend);
    await room.database.query(meanwhile);

    await expect(words.give(word)).rejects.toThrow(StaleRevision);
    expect(await room.found(process.id)).toMatchObject({ state: 'indeterminate' });
    expect(await room.count('idempotency_keys where operation_id is null')).toBe(0);
  });

  it('gives a run to one process only', async () => {
    const { process } = await lost();
    const other = await room.running({ lane: 'sales|2' });
    const word = await wordOn(process, { ...adopt, nativeId: other.nativeId ?? '' });

    await expect(words.give(word)).rejects.toThrow(NativeIdTaken);
    expect(await room.found(process.id)).toMatchObject({ state: 'indeterminate', nativeId: null });
  });
});

describe('how a process stands', () => {
  it('is told by the clock of the database', async () => {
    const { process } = await lost(60);

    expect(await words.standing(process.id, 50)).toMatchObject({ isOver: true, isOut: false, isStopped: false });
    expect(await words.standing(process.id, 500)).toMatchObject({ isOver: false });
    expect(await words.standing(uuidv7(), 1)).toBeNull();
  });
});

describe('a person who reads incidents', () => {
  it('sees those of processes that it may see', async () => {
    const { process } = await lost();
    const seenBy = async (visible: Partial<typeof everybody> | { connections: string[] } | { clientId: string }) =>
      (await incidents.list({ visible: { ...everybody, ...visible } }, null, 10)).length;

    expect(await seenBy({})).toBe(1);
    expect(await seenBy({ connections: ['sales'] })).toBe(1);
    expect(await seenBy({ connections: ['other'] })).toBe(0);
    expect(await seenBy({ clientId: process.clientId })).toBe(1);
    expect(await seenBy({ clientId: uuidv7() })).toBe(0);
  });

  it('finds what was decided as it was, whatever came after', async () => {
    const { process } = await lost();
    await words.give(await wordOn(process, { does: 'confirm_not_started', note: 'Nothing.' }));
    const rejected = await room.found(process.id);
    await room.store.observe(changed(rejected, move(rejected, { to: 'running', at, evidence: 'platform_reported' })));

    const [found] = await incidents.list({ visible: everybody, state: ['resolved'] }, null, 10);
    expect(found?.incident.resolution).toMatchObject({ action: 'confirm_not_started', note: 'Nothing.' });
  });
});
