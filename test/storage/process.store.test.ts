import { Pool, type PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import type { Process } from '../../src/processes/process.js';
import { changed, touched } from '../../src/processes/change.js';
import { move } from '../../src/processes/process.js';
import { LeaseLost, StaleRevision, type Acceptance, type Settlement } from '../../src/processes/process.store.js';
import { PostgresProcessStore } from '../../src/storage/process.store.js';
import { aProcess, at } from '../processes/samples.js';
import {
  acceptance,
  aCommand,
  aKey,
  aStart,
  countOf,
  delays,
  isAccepted,
  leaseSeconds,
  ProcessRoom,
  settlementOf,
  withdrawal,
} from './process-room.js';

let room: ProcessRoom;

beforeAll(async () => {
  room = await ProcessRoom.open();
});
afterAll(() => room.close());
beforeEach(() => room.empty());

const started = { to: 'running', at, learnt: { nativeId: '77' } } as const;

function rounds(number: number): number[] {
  return Array.from({ length: number }, (_, round) => round);
}

describe('a start that is accepted', () => {
  it('is there as a whole: process, operation, key and first event', async () => {
    const start = await room.queued({
      subject: { type: 'crm.lead', id: '1' },
      variables: { Parameter1: 'user_1', Nothing: null, List: [1, 'two', null] },
      tags: ['erp'],
      waitingFor: { reason: 'retry', until: at },
    });

    expect(await room.found(start.process.id)).toMatchObject(start.process);
    expect(await room.reader.operation(start.operation.id)).toMatchObject({ kind: 'start', state: 'queued' });
    expect(await room.reader.remembered(start.key.clientId, start.key.key)).toMatchObject({
      fingerprint: start.key.fingerprint,
      operationId: start.operation.id,
      processId: start.process.id,
      answer: null,
    });
    expect(await room.events(start.process.id)).toEqual([{ sequence: 1, type: 'process.accepted' }]);
    expect(await room.count('attempts')).toBe(0);
  });

  it('has its intent on disk in the same commit where it is sent at once', async () => {
    const { process, operation, lease } = await room.sending();

    expect(await room.attempts(process.id)).toEqual([{ class: null, native_id: null, message: null }]);
    expect(await room.operation(operation.id)).toMatchObject({ state: 'sending', attempts: 1, fencingToken: '1' });
    expect((await room.operation(operation.id)).leaseUntil).not.toBeNull();
    expect(lease.fencingToken).toBe(1n);
  });

  it.each(['native', 'none'] as const)('keeps its subject: %s', async (kind) => {
    const subject = kind === 'none' ? null : { native: ['crm', 'CCrmDocumentLead', 'LEAD_1'] };
    const { process } = await room.queued({ subject });

    expect((await room.found(process.id)).subject).toEqual(subject);
  });

  it('keeps what only some have of those that come in the same moment', async () => {
    const some = { options: { documentType: 'lead' }, metadata: { costCentre: '12' }, results: ['Sum'], tags: ['erp'] };
    const listsOfSpec = { subjectTypes: [], parameters: [], outputs: [] };
    const spec = { definition: '1', name: 'One', inputSchema: null, native: {}, ...listsOfSpec };
    const given: Partial<Process>[] = [
      {},
      some,
      { metadata: some.metadata, businessKey: 'PO-1' },
      {},
      { ...some, spec },
    ];
    const starts = given.map((one) => aStart(one));
    await Promise.all(starts.map((start) => room.store.accept(acceptance(start))));

    for (const { process } of starts) expect(await room.found(process.id)).toEqual(process);
  });

  it('is all or nothing', async () => {
    const start = aStart();
    const broken = { ...start, process: { ...start.process, lane: null as unknown as string } };

    await expect(room.store.accept(acceptance(broken))).rejects.toThrow('"lane"');
    for (const table of ['processes', 'operations', 'events', 'idempotency_keys']) {
      expect(await room.count(table)).toBe(0);
    }
  });

  it('is accepted though one that came in the same moment cannot be', async () => {
    const good = Array.from({ length: 40 }, () => aStart());
    const [first, ...more] = good;
    const starts = [
      first ?? aStart(),
      { ...aStart(), process: { ...aStart().process, lane: null as unknown as string } },
      ...more,
    ];

    const accepted = await Promise.allSettled(starts.map((start) => room.store.accept(acceptance(start))));

    expect(accepted.map(({ status }) => status)).toEqual(starts.map((_, at) => (at === 1 ? 'rejected' : 'fulfilled')));
    expect(await room.count('processes')).toBe(40);
  });

  it('is accepted once under a key that comes several times in one moment, in another order each time', async () => {
    const starts = Array.from({ length: 30 }, () => aStart());
    const rounds = [starts, starts.toReversed(), starts.toSorted((a, b) => a.key.key.localeCompare(b.key.key))];
    const others = rounds.map((round) => round.map(({ key }) => ({ ...aStart(), key })));

    const accepted = await Promise.all(others.flat().map((start) => room.store.accept(acceptance(start))));

    expect(accepted.filter(isAccepted)).toHaveLength(30);
    expect(await room.count('processes')).toBe(30);
  });

  it('is accepted again, and not twice, when the same rows are written again', async () => {
    const start = aStart();
    const accepted = await room.store.accept(acceptance(start));

    expect(await room.store.accept(acceptance(start))).toEqual(accepted);
    for (const table of ['processes', 'operations', 'events', 'idempotency_keys']) {
      expect(await room.count(table)).toBe(1);
    }
  });

  it('is accepted where the answer to its commit is lost', async () => {
    let lost = 0;
    const flaky = losingAnswers(room.database, (statement) => {
      if (lost > 0 || !statement.includes('insert into processes')) return false;
      lost += 1;
      return true;
    });
    const start = aStart({ state: 'starting', attempts: 1 });

    const accepted = await new PostgresProcessStore(flaky, leaseSeconds, delays).accept(acceptance(start));

    expect(accepted).toEqual({ outcome: 'accepted', lease: { operationId: start.operation.id, fencingToken: 0n } });
    expect(lost).toBe(1);
    expect(await room.count('processes')).toBe(1);
  });
});

describe('a key that is taken', () => {
  it('gives what is remembered and stores nothing', async () => {
    const first = await room.queued();
    const second = { ...aStart(), key: { ...first.key, fingerprint: Buffer.from('another body') } };

    expect(await room.store.accept(acceptance(second))).toMatchObject({
      outcome: 'known',
      remembered: { processId: first.process.id, fingerprint: first.key.fingerprint },
    });
    expect(await room.count('processes')).toBe(1);
  });

  it('is another client’s own', async () => {
    const first = await room.queued();
    const start = aStart();
    const key = { ...first.key, clientId: '01994f0e-0000-7000-8000-0000000000ff' };

    expect(await room.store.accept(acceptance({ ...start, key }))).toMatchObject({ outcome: 'accepted' });
  });

  it('lets one of twenty in', async () => {
    const { key } = aStart();
    const accepted = await Promise.all(rounds(20).map(() => room.store.accept(acceptance({ ...aStart(), key }))));

    expect(accepted.filter(isAccepted)).toHaveLength(1);
    expect(await room.count('processes')).toBe(1);
  });
});

describe('a business key', () => {
  async function together(businessKey: Acceptance['businessKey']): Promise<{ ids: string[]; accepted: number }> {
    const starts = rounds(12).map(() => aStart({ businessKey: 'PO-1' }));
    const outcomes = await Promise.all(starts.map((start) => room.store.accept(acceptance(start, businessKey))));
    const ids = outcomes.flatMap((one) => {
      if (one.outcome === 'business_key_taken') return [String(one.processId)];
      return one.outcome === 'existing' ? [one.process.id] : [];
    });
    return { ids, accepted: outcomes.filter(isAccepted).length };
  }

  it.each(['reject', 'return_existing'] as const)('lets one of twelve at a time in and names it: %s', async (how) => {
    const { ids, accepted } = await together(how);

    expect(accepted).toBe(1);
    expect(ids).toHaveLength(11);
    expect(new Set(ids).size).toBe(1);
  });

  it('lets all in where that is allowed', async () => {
    expect(await together('allow')).toEqual({ ids: [], accepted: 12 });
  });

  it.each<[string, Partial<Process>]>([
    ['another connection', { connection: 'other' }],
    ['another definition', { definition: '2' }],
    ['another business key', { businessKey: 'PO-2' }],
  ])('is free for %s', async (_, given) => {
    await room.queued({ businessKey: 'PO-1' });
    const start = aStart({ businessKey: 'PO-1', ...given });

    expect(await room.store.accept(acceptance(start, 'reject'))).toMatchObject({ outcome: 'accepted' });
  });

  it('is free again when its process is closed', async () => {
    const first = await room.queued({ businessKey: 'PO-1' });
    await room.store.command(withdrawal(first));

    expect(await room.store.accept(acceptance(aStart({ businessKey: 'PO-1' }), 'reject'))).toMatchObject({
      outcome: 'accepted',
    });
  });

  it('binds the key of who gets the holder instead to that answer', async () => {
    const holder = await room.queued({ businessKey: 'PO-1' });
    const second = aStart({ businessKey: 'PO-1' });
    const returned = await room.store.accept(acceptance(second, 'return_existing'));
    await room.store.command(withdrawal(holder));

    expect(returned).toMatchObject({ outcome: 'existing', process: { id: holder.process.id } });
    expect(await room.store.accept(acceptance({ ...aStart({ businessKey: 'PO-1' }), key: second.key }))).toMatchObject({
      outcome: 'known',
      remembered: { processId: holder.process.id, answer: { word: 'existing', progress: { state: 'queued' } } },
    });
    expect(await room.count('processes')).toBe(1);
  });

  it.each(['reject', 'return_existing'] as const)('does not name what its caller may not see: %s', async (how) => {
    await room.queued({ businessKey: 'PO-1' });
    const stranger = '01994f0e-0000-7000-8000-0000000000ff';
    const outcome = await room.store.accept(acceptance(aStart({ businessKey: 'PO-1' }), how, stranger));

    expect(outcome).toEqual({ outcome: 'business_key_taken', processId: null });
  });

  it('does not stand in the way of the same request that comes twice at the same time', async () => {
    const { key } = aStart();
    const twice = rounds(2).map(() => ({ ...aStart({ businessKey: 'PO-1' }), key }));
    const outcomes = await Promise.all(twice.map((start) => room.store.accept(acceptance(start, 'reject'))));

    expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual(['accepted', 'known']);
  });
});

describe('an intent', () => {
  async function claimedStart(given: Partial<Process> = {}): Promise<Awaited<ReturnType<ProcessRoom['claimed']>>> {
    await room.queued(given);
    return room.claimed();
  }

  it('is on disk before it is given', async () => {
    const claimed = await claimedStart();
    const intention = await room.intend(claimed);

    expect(intention).toMatchObject({
      is: 'intended',
      intended: { attempt: { number: 1, class: null }, process: { state: 'starting' } },
    });
    expect(await room.attempts(claimed.process.id)).toHaveLength(1);
    expect(await room.found(claimed.process.id)).toMatchObject({ state: 'starting', attempts: 1, revision: 2 });
    expect(await room.operation(claimed.operation.id)).toMatchObject({ state: 'sending', attempts: 1 });
  });

  it('tells what it changes in the history', async () => {
    const running = await room.running();
    await room.store.command(aCommand(running, 'terminate', { ...running, revision: running.revision + 1 }));
    const claimed = await room.claimed();
    const change = changed(claimed.process, move(claimed.process, { to: 'terminating', at }));
    await room.store.intend(claimed, change, { oneAtATime: false, chosenId: null, lifeSeconds: 60, batchId: null });

    expect((await room.events(running.id)).map(({ type }) => type)).toEqual([
      'process.accepted',
      'process.started',
      'process.terminating',
    ]);
  });

  const spoilt: [string, (claimed: { operation: { id: string }; process: Process }) => Promise<unknown>][] = [
    [
      'somebody else has taken over',
      ({ operation }) =>
        room.database.query('update operations set fencing_token = fencing_token + 1 where id = $1', [operation.id]),
    ],
    [
      'it is not queued any more',
      ({ operation }) => room.database.query("update operations set state = 'done' where id = $1", [operation.id]),
    ],
    ['its lease is over', () => room.letLeasesEnd()],
    [
      'its time to start has passed',
      ({ process }) =>
        room.database.query('update processes set start_before = clock_timestamp() where id = $1', [process.id]),
    ],
    [
      'its process has changed since',
      ({ process }) => room.database.query('update processes set revision = revision + 1 where id = $1', [process.id]),
    ],
  ];

  it.each(spoilt)('is refused where %s', async (_, spoil) => {
    const claimed = await claimedStart();
    await spoil(claimed);

    expect(await room.intend(claimed)).toEqual({ is: 'stale' });
    expect(await room.count('attempts')).toBe(0);
    expect((await room.found(claimed.process.id)).state).toBe('queued');
  });

  it('is given once for one claim', async () => {
    const claimed = await claimedStart();
    const asked = await Promise.all(rounds(8).map(() => room.intend(claimed)));

    expect(asked.filter(({ is }) => is === 'intended')).toHaveLength(1);
    expect(await room.count('attempts')).toBe(1);
  });

  it('and a withdrawal never both win, and never hinder each other', async () => {
    for (const round of rounds(40)) {
      const start = await room.queued();
      const claimed = await room.claimed();
      const intend = async (): Promise<unknown> => ((await room.intend(claimed)).is === 'intended' ? true : null);
      const withdraw = (): Promise<unknown> =>
        room.store.command(withdrawal(start)).catch((error: unknown) => {
          if (error instanceof StaleRevision) return null;
          throw error;
        });
      const both = round % 2 === 0 ? [intend(), withdraw()] : [withdraw(), intend()];
      const won = (await Promise.all(both)).filter((result) => result !== null);
      const { state } = await room.found(start.process.id);

      expect(won).toHaveLength(1);
      expect(await room.attempts(start.process.id)).toHaveLength(state === 'starting' ? 1 : 0);
    }
  });
});

describe('a settlement', () => {
  it('writes the attempt, the operation, the process, its history, its native id and the answer', async () => {
    const intended = await room.sending();
    const settled = await room.store.settle(settlementOf(intended, started));

    expect(await room.found(intended.process.id)).toMatchObject(settled);
    expect(await room.attempts(intended.process.id)).toEqual([{ class: 'accepted', native_id: '77', message: null }]);
    expect(await room.operation(intended.operation.id)).toMatchObject({ state: 'done', leaseUntil: null });
    expect(await room.events(intended.process.id)).toEqual([
      { sequence: 1, type: 'process.accepted' },
      { sequence: 2, type: 'process.started' },
    ]);
    expect(await room.database.query('select native_id, process_id from native_ids')).toEqual([
      { native_id: '77', process_id: intended.process.id },
    ]);
    const remembered = await room.reader.remembered(intended.operation.clientId, intended.operation.key);
    expect(remembered?.answer).toMatchObject({ word: 'confirmed', progress: { state: 'running', startedAt: at } });
  });

  it('brings what was unsent back, due when it may go again', async () => {
    const intended = await room.sending();
    await room.store.settle(
      settlementOf(intended, { to: 'queued', at }, { operation: { state: 'queued', retryAfterMs: 0 }, answer: null }),
    );

    expect((await room.claimed()).lease.fencingToken).toBe(2n);
  });

  it('is not due before its time', async () => {
    const intended = await room.sending();
    const operation = { state: 'queued', retryAfterMs: 60_000 } as const;
    await room.store.settle(settlementOf(intended, { to: 'queued', at }, { operation, answer: null }));

    expect(await room.claim(10)).toEqual([]);
  });

  it('keeps JSON null apart from nothing', async () => {
    const intended = await room.sending();
    const result = { given: null, list: [] };
    await room.store.settle(settlementOf(intended, { ...started, learnt: { nativeId: '77', result } }));

    expect(await room.found(intended.process.id)).toMatchObject({ result, failure: null, waitingFor: null });
    expect(
      await room.database.query('select from processes where failure is null and waiting_for is null'),
    ).toHaveLength(1);
  });

  it('takes whatever a platform answers, also what Postgres has no character for', async () => {
    const intended = await room.sending();
    const odd = 'A\u0000B\uD800C\\u0000';
    const failure = { code: odd, message: odd, platform: { code: odd, message: odd, httpStatus: 400 }, at };
    const learnt = { nativeId: odd, nativeState: odd, result: { [odd]: odd }, failure };
    const { attempt } = settlementOf(intended, { to: 'failed', at, learnt });
    const kept = {
      ...attempt,
      id: intended.attempt.id,
      message: odd,
      nativeFault: failure.platform,
    } as Settlement['attempt'];
    await room.store.settle(settlementOf(intended, { to: 'failed', at, learnt }, { attempt: kept }));

    expect(await room.found(intended.process.id)).toMatchObject({
      state: 'failed',
      nativeId: 'A\uFFFDB\uFFFDC\\u0000',
      failure: { message: 'A\uFFFDB\uFFFDC\\u0000' },
    });
  });

  it('tells what a platform said as it will be read again', async () => {
    const intended = await room.sending();
    const odd = 'A\u0000B\uD800C\\u0000';
    const failure = { code: odd, message: odd, platform: { code: odd, message: odd, httpStatus: 400 }, at };
    const learnt = { nativeId: '77', result: { [odd]: [odd, { deep: odd }, 1, null] }, failure };
    const told = await room.store.settle(settlementOf(intended, { to: 'failed', at, learnt }));
    const read = await room.found(intended.process.id);

    expect(told.result).toEqual(read.result);
    expect(told.failure).toEqual(read.failure);
    expect(told.failure?.message).toBe('A\uFFFDB\uFFFDC\\u0000');
  });

  it('is refused where the process has changed since it was read, and changes nothing', async () => {
    const intended = await room.sending();
    await room.store.observe(touched({ ...intended.process, nativeState: 'reported' }));

    await expect(room.store.settle(settlementOf(intended, started))).rejects.toThrow(StaleRevision);
    expect(await room.found(intended.process.id)).toMatchObject({ state: 'starting', nativeState: 'reported' });
    expect(await room.attempts(intended.process.id)).toEqual([{ class: null, native_id: null, message: null }]);
    expect(await room.events(intended.process.id)).toHaveLength(1);
    expect((await room.operation(intended.operation.id)).state).toBe('sending');
  });

  it('that is written a second time finds its work done', async () => {
    const intended = await room.sending();
    await room.store.settle(settlementOf(intended, started));

    await expect(room.store.settle(settlementOf(intended, started))).rejects.toThrow(LeaseLost);
    expect(await room.events(intended.process.id)).toHaveLength(2);
    expect(await room.attempts(intended.process.id)).toEqual([{ class: 'accepted', native_id: '77', message: null }]);
  });
});

describe('a history', () => {
  it('has no gaps and no doubles where many write at the same time', async () => {
    const intended = await room.sending();
    const write = async (round: number): Promise<boolean> => {
      const process = round === 0 ? intended.process : await room.found(intended.process.id);
      const news = rounds((round % 3) + 1).map((number) => ({ type: 'element.completed' as const, data: { number } }));
      if (round === 0) await room.store.settle(settlementOf({ ...intended, process }, started, {}, { news }));
      else await room.store.observe(touched(process, { news }));
      return true;
    };
    const results = await Promise.allSettled(rounds(30).map(write));
    const events = await room.events(intended.process.id);

    expect(countOf(results, Boolean)).toBeGreaterThan(0);
    const failures = results.flatMap((result): unknown[] => (result.status === 'rejected' ? [result.reason] : []));
    expect(failures.filter((failure) => !(failure instanceof StaleRevision))).toEqual([]);
    expect(events.map(({ sequence }) => sequence)).toEqual(rounds(events.length).map((number) => number + 1));
    expect((await room.found(intended.process.id)).lastSequence).toBe(events.length);
  });

  it('is not written by a look at a process that has changed since', async () => {
    const running = await room.running();
    await room.store.observe(touched({ ...running, nativeState: 'first' }));

    const late = touched({ ...running, nativeState: 'second' }, { news: [{ type: 'process.ended', data: {} }] });
    await expect(room.store.observe(late)).rejects.toThrow(StaleRevision);
    expect(await room.found(running.id)).toMatchObject({ nativeState: 'first', revision: 3 });
    expect(await room.events(running.id)).toHaveLength(2);
  });
});

describe('a command', () => {
  it('withdraws a start with its answer, so that nobody can send it any more', async () => {
    const start = await room.queued();
    const claimed = await room.claimed();
    const command = withdrawal(start);
    await room.store.command(command);

    expect((await room.found(start.process.id)).state).toBe('withdrawn');
    expect(await room.operation(start.operation.id)).toMatchObject({ state: 'done', leaseUntil: null });
    expect(await room.intend(claimed)).toEqual({ is: 'stale' });
    const [ofStart, ofStop] = await Promise.all([
      room.reader.remembered(start.key.clientId, start.key.key),
      room.reader.remembered(command.key.clientId, command.key.key),
    ]);
    expect(ofStart?.answer).toMatchObject({ word: 'unsent', progress: { state: 'withdrawn' } });
    expect(ofStop?.answer).toMatchObject({ word: 'confirmed', progress: { state: 'withdrawn' } });
  });

  it('is decided anew where the process has changed since, and keeps nothing', async () => {
    const running = await room.running();
    const stop = aCommand({ ...running, revision: 1 }, 'terminate', running);

    await expect(room.store.command(stop)).rejects.toThrow(StaleRevision);
    expect(await room.reader.remembered(stop.key.clientId, stop.key.key)).toBeNull();
    expect(await room.reader.openOperations(running.id)).toEqual([]);
  });

  it('that comes again gets what is remembered, also after the process has moved on', async () => {
    const running = await room.running();
    const stop = aCommand(running, 'terminate', move(running, { to: 'terminating', at }));
    await room.store.command(stop);
    const again = aCommand(running, 'terminate', stop.change.process);

    expect(await room.store.command({ ...again, key: stop.key })).toMatchObject({
      outcome: 'known',
      remembered: { operationId: stop.operation.id },
    });
    expect(await room.reader.openOperations(running.id)).toHaveLength(1);
  });

  it('is taken once of twenty with one key', async () => {
    const running = await room.running();
    const first = aCommand(running, 'complete_element', running);
    const commands = rounds(20).map(() => ({ ...aCommand(running, 'complete_element', running), key: first.key }));
    const outcomes = await Promise.all(commands.map((command) => room.store.command(command)));

    expect(outcomes.filter(isAccepted)).toHaveLength(1);
    expect(await room.reader.openOperations(running.id)).toHaveLength(1);
  });
});

describe('a claim', () => {
  it('takes at most the places of each connection, the longest due first', async () => {
    const first = await room.queued();
    await room.queued();
    await room.queued({ connection: 'other' });
    await room.queued({ connection: 'unasked' });
    const rooms = [
      { connection: 'sales', starts: 1, commands: 0, lifeSeconds: 0 },
      { connection: 'other', starts: 5, commands: 5, lifeSeconds: 0 },
    ];
    const claimed = await room.store.claim(rooms, leaseSeconds);

    expect(claimed.map(({ operation }) => operation.connection).toSorted()).toEqual(['other', 'sales']);
    expect(claimed.map(({ process }) => process.id)).toContain(first.process.id);
  });

  it('never takes one operation twice, and at last takes each', async () => {
    await Promise.all(rounds(50).map(() => room.queued()));
    const claims = await Promise.all(rounds(20).map(() => room.claim(3)));
    const taken = claims.flat().map(({ operation }) => operation.id);

    expect(claims.every((claimed) => claimed.length <= 3)).toBe(true);
    expect(new Set(taken).size).toBe(taken.length);
    const rest = await room.claim(100);
    expect(new Set([...taken, ...rest.map(({ operation }) => operation.id)]).size).toBe(50);
    expect(taken.length + rest.length).toBe(50);
  });

  it('takes what was claimed again only after the lease is over, under a higher token', async () => {
    await room.queued();
    const first = await room.claimed();
    expect(await room.claim(1)).toEqual([]);
    await room.letLeasesEnd();

    expect((await room.claimed()).lease.fencingToken).toBe(first.lease.fencingToken + 1n);
  });

  it('leaves a stop alone until its run is known', async () => {
    const intended = await room.sending();
    const { process } = intended;
    const remembered = { ...process, revision: 2 };
    await room.store.command(aCommand(process, 'terminate', remembered));
    expect(await room.claim(5)).toEqual([]);

    await room.store.settle(settlementOf({ ...intended, process: remembered }, started));
    expect((await room.claimed()).operation.kind).toBe('terminate');
  });

  it('takes a stop whose process is over, so that it gets its last word', async () => {
    const intended = await room.sending();
    const remembered = { ...intended.process, revision: 2 };
    await room.store.command(aCommand(intended.process, 'terminate', remembered));
    await room.store.settle(settlementOf({ ...intended, process: remembered }, { to: 'rejected', at }));

    expect((await room.claimed()).operation.kind).toBe('terminate');
  });
});

describe('what nobody works on any more', () => {
  it('is taken over with its attempt once its lease is over, and not before', async () => {
    const sent = await room.sending();
    expect(await room.store.takeAbandoned(10, leaseSeconds, [])).toEqual([]);
    await room.letLeasesEnd();
    const [taken] = await room.store.takeAbandoned(10, leaseSeconds, []);

    expect(taken).toMatchObject({
      operation: { id: sent.operation.id, state: 'sending' },
      attempt: { id: sent.attempt.id, class: null },
      lease: { fencingToken: 2n },
    });
    expect(await room.store.takeAbandoned(10, leaseSeconds, [])).toEqual([]);
  });

  it('is taken over with its newest attempt', async () => {
    const first = await room.sending();
    await room.store.settle(
      settlementOf(first, { to: 'queued', at }, { operation: { state: 'queued', retryAfterMs: 0 }, answer: null }),
    );
    const claimed = await room.claimed();
    const second = await room.intend(claimed);
    if (second.is !== 'intended') throw new Error(`It is ${second.is}`);
    await room.letLeasesEnd();

    expect(await room.store.takeAbandoned(10, leaseSeconds, [])).toMatchObject([
      { attempt: { id: second.intended.attempt.id } },
    ]);
  });

  it('is not taken from a worker of the same replica, whose renewal is late', async () => {
    const own = await room.sending();
    await room.letLeasesEnd();

    expect(await room.store.takeAbandoned(10, leaseSeconds, [own.lease])).toEqual([]);
  });

  it('is taken over by one of many', async () => {
    await Promise.all(rounds(10).map(() => room.sending()));
    await room.letLeasesEnd();
    const taken = (await Promise.all(rounds(8).map(() => room.store.takeAbandoned(10, leaseSeconds, [])))).flat();

    expect(taken).toHaveLength(10);
    expect(new Set(taken.map(({ operation }) => operation.id)).size).toBe(10);
  });

  it('is a queued start whose time has passed, and no other', async () => {
    const past = new Date(Date.now() - 1000);
    const late = await room.queued({ startBefore: past });
    await room.queued({ startBefore: new Date(Date.now() + 60_000) });
    await room.queued();
    await room.sending({ startBefore: past });

    const taken = await room.store.takeExpired(10, leaseSeconds);
    expect(taken.map(({ process }) => process.id)).toEqual([late.process.id]);
    expect(await room.store.takeExpired(10, leaseSeconds)).toEqual([]);
  });

  it('is not a late start that somebody is about to send', async () => {
    await room.queued({ startBefore: new Date(Date.now() - 1000) });
    await room.claimed();

    expect(await room.store.takeExpired(10, leaseSeconds)).toEqual([]);
  });
});

describe('a lease', () => {
  it('is renewed under its own token only', async () => {
    const [mine, taken] = [await room.sending(), await room.sending()];
    await room.letLeasesEnd();
    await room.database.query('update operations set fencing_token = 2 where id = $1', [taken.operation.id]);
    await room.store.renew([mine.lease, taken.lease], leaseSeconds);

    expect((await room.store.takeAbandoned(10, leaseSeconds, [])).map(({ operation }) => operation.id)).toEqual([
      taken.operation.id,
    ]);
  });

  it('is not given anew to what is settled', async () => {
    const intended = await room.sending();
    await room.store.settle(settlementOf(intended, started));
    await room.store.renew([intended.lease], leaseSeconds);

    expect((await room.operation(intended.operation.id)).leaseUntil).toBeNull();
  });
});

describe('a key of a process', () => {
  it('belongs to the process and the operation that came under it', async () => {
    const { operation } = aStart();
    const process = aProcess({ id: operation.processId });
    await room.store.accept(acceptance({ process, operation, key: aKey(operation) }));

    expect(await room.reader.remembered(operation.clientId, operation.key)).toMatchObject({
      key: operation.key,
      operationId: operation.id,
      processId: process.id,
    });
  });
});

/** The same database, where the answer to a statement of the hot path is lost as often as `loses` says. */
function losingAnswers(database: DataSource, loses: (statement: string) => boolean): DataSource {
  const pool: unknown = Reflect.get(database.driver, 'master');
  if (!(pool instanceof Pool)) throw new TypeError('There is a pool');
  const connect = async (): Promise<PoolClient> => {
    const session = await pool.connect();
    const query = async (asked: { readonly text: string }): Promise<unknown> => {
      const answer: unknown = await session.query(asked);
      if (loses(asked.text)) throw new Error('Connection terminated unexpectedly');
      return answer;
    };
    return Object.assign(Object.create(session), { query, release: () => session.release() });
  };
  const master: Pool = Object.assign(Object.create(pool), { connect });
  return Object.assign(Object.create(database), { driver: { master } });
}
