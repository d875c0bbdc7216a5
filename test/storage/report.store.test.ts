import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { ReceiveReport } from '../../src/dispatch/receive-report.js';
import { TakeOver } from '../../src/dispatch/take-over.js';
import { touched } from '../../src/processes/change.js';
import { StaleRevision } from '../../src/processes/process.store.js';
import type { NewReport } from '../../src/processes/reports.js';
import { PostgresReportStore } from '../../src/storage/report.store.js';
import { KeptLog } from '../dispatch/engine.js';
import { at, portal } from '../processes/samples.js';
import { foundRun, loseOne, lostOf, lostOne, notice, resend } from './lost-room.js';
import { delays, ProcessRoom, settlementOf } from './process-room.js';

let room: ProcessRoom;
let store: PostgresReportStore;
let log: KeptLog;

beforeAll(async () => {
  room = await ProcessRoom.open();
  store = new PostgresReportStore(room.database, delays);
});
afterAll(() => room?.close());
beforeEach(async () => {
  log = new KeptLog();
  await room.database.query('delete from reports');
  await room.empty();
});

/** Receives reports as a replica does; its connection leads to the portal of the samples. */
function receiver(): ReceiveReport {
  const clock = { now: () => at };
  return new ReceiveReport({
    store,
    unseen: async () => [],
    portalOf: async () => portal,
    takeOver: new TakeOver(room.lost, room.reader, clock),
    watch: { changed: () => {} },
    sender: { unqueued: () => {}, wake: () => {} },
    clock,
    log,
    count: () => {},
  });
}

function report(given: Partial<NewReport>): NewReport {
  return {
    connection: 'sales',
    processId: null,
    nativeId: null,
    outcome: 'completed',
    message: null,
    result: null,
    reportId: null,
    via: 'token',
    ...given,
  };
}

async function makeDue(): Promise<void> {
  await room.database.query('update reports set due_at = clock_timestamp() where due_at is not null');
}

describe('a report', () => {
  it('that was kept by a replica which died then has its effect by another', async () => {
    const { id } = await room.running();
    await store.keep(report({ processId: id }), portal);

    await makeDue();
    await receiver().retry();

    expect(await room.found(id)).toMatchObject({ state: 'completed', evidence: 'report_back' });
  });

  it('has its effect once, however many replicas try', async () => {
    const process = await room.running();
    const { id } = process;
    const kept = await store.keep(report({ processId: id }), portal);
    if (!kept) throw new Error('It was not kept');
    const change = touched(process);
    const effect = { report: kept, processId: id, change, nativeId: null };
    await store.apply(effect);

    const again = { ...effect, change: touched(change.process) };
    await expect(store.apply(again)).rejects.toThrow(StaleRevision);
    expect((await room.found(id)).revision).toBe(process.revision + 1);
  });

  it('is decided anew where the process has moved', async () => {
    const process = await room.running();
    const kept = await store.keep(report({ processId: process.id }), portal);
    if (!kept) throw new Error('It was not kept');
    await room.store.observe(touched(process));

    const stale = { report: kept, processId: process.id, change: touched(process), nativeId: null };
    await expect(store.apply(stale)).rejects.toThrow(StaleRevision);
    await makeDue();
    await receiver().retry();

    expect((await room.found(process.id)).state).toBe('completed');
  });

  it('speaks of processes of its own connection alone', async () => {
    const { id, nativeId } = await room.running();

    for (const names of [{ processId: id }, { nativeId }]) {
      expect(await receiver().receive(report({ connection: 'other', ...names }))).toBe('kept');
    }
    expect((await room.found(id)).state).toBe('running');
  });

  it('of a second run opens one incident, and ends nothing', async () => {
    const { id } = await room.running();
    await receiver().receive(report({ processId: id, nativeId: 'second', outcome: 'started' }));
    await room.database.query("update incidents set state = 'resolved'");
    await room.database.query("update processes set open_incidents = '{}', has_incident = false");

    await receiver().receive(report({ processId: id, nativeId: 'second' }));
    await receiver().receive(report({ nativeId: 'second' }));

    expect(await room.found(id)).toMatchObject({ state: 'running', openIncidents: [] });
  });

  it('that comes too often before its process is known is tried less and less', async () => {
    await receiver().receive(report({ nativeId: 'unknown' }));
    const pauses: number[] = [];
    for (const age of ['1 minute', '1 hour', '8 days']) {
      await room.database.query('update reports set received_at = clock_timestamp() - $1::interval', [age]);
      await makeDue();
      await receiver().retry();
      const [row] = await room.database.query<{ pause: number | null }[]>(
        'select round(extract(epoch from due_at - clock_timestamp()))::int as pause from reports',
      );
      pauses.push(row?.pause ?? -1);
    }
    expect(pauses).toEqual([15, 900, -1]);
  });

  it('that names a process which nobody has is not tried again', async () => {
    expect(await receiver().receive(report({ processId: uuidv7() }))).toBe('kept');

    await room.database.query('update reports set due_at = clock_timestamp() where due_at is not null');
    expect(await store.takeDue(10)).toEqual([]);
  });

  it('is forgotten after its days', async () => {
    await receiver().receive(report({ nativeId: 'old' }));
    await room.database.query("update reports set received_at = clock_timestamp() - interval '31 days'");
    await receiver().receive(report({ nativeId: 'new' }));

    await store.forget(30);

    expect(await room.database.query('select native_id from reports')).toEqual([{ native_id: 'new' }]);
  });
});

describe('a report on a start whose answer was lost', () => {
  it('ends its operation, answers its caller, and names what its attempt made', async () => {
    const { process, operation } = await loseOne(room);

    await receiver().receive(report({ processId: process.id, nativeId: '77', outcome: 'started' }));

    expect(await room.found(process.id)).toMatchObject({
      state: 'running',
      nativeId: '77',
      adoption: 'reconciled_exact',
    });
    expect(await room.operation(operation.id)).toMatchObject({ state: 'done', leaseUntil: null });
    expect(await room.attempts(process.id)).toMatchObject([{ class: 'unknown', native_id: '77' }]);
    const key = await room.reader.remembered(operation.clientId, operation.key);
    expect(key?.answer).toMatchObject({ word: 'confirmed', progress: { nativeId: '77' } });
  });

  it('is exact by the run id that the gateway chose, though the run knows none of ours', async () => {
    const { process } = await loseOne(room, { runId: 'a'.repeat(32) });
    await room.database.query('update attempts set chosen_id = $1', ['a'.repeat(32)]);

    await receiver().receive(report({ nativeId: 'a'.repeat(32) }));

    expect(await room.found(process.id)).toMatchObject({ state: 'completed', adoption: 'reconciled_exact' });
  });

  it('does not take a run id for ours that was not sent', async () => {
    const { process } = await loseOne(room, { runId: 'b'.repeat(32) });

    expect(await receiver().receive(report({ nativeId: 'b'.repeat(32) }))).toBe('kept');
    expect((await room.found(process.id)).state).toBe('indeterminate');
  });

  it('voids whoever is about to send it again', async () => {
    const lost = await loseOne(room);
    const claimed = await resend(room, lost);

    await receiver().receive(report({ processId: lost.process.id, nativeId: '77', outcome: 'started' }));

    expect((await room.intend(claimed)).is).toBe('stale');
  });

  it('takes its run from a process that merely seemed to have it', async () => {
    const lost = await loseOne(room);
    const guessed = await loseOne(room);
    await room.lost.found(foundRun(await lostOne(room, guessed), '77', 'reconciled_probable'));

    await receiver().receive(report({ processId: lost.process.id, nativeId: '77', outcome: 'started' }));

    expect(await room.found(lost.process.id)).toMatchObject({ state: 'running', nativeId: '77' });
    expect(await room.found(guessed.process.id)).toMatchObject({
      state: 'indeterminate',
      nativeId: null,
      openIncidents: ['id-taken'],
    });
  });

  it('proves nothing where its run is surely the run of another', async () => {
    const lost = await loseOne(room);
    const other = await room.running();

    expect(await receiver().receive(report({ processId: lost.process.id, nativeId: other.nativeId }))).toBe('kept');

    expect((await room.found(lost.process.id)).state).toBe('indeterminate');
    expect((await room.found(other.id)).state).toBe('running');
    expect(log.events).toContain('report.contradicts');
  });
});

describe('a report on a start that waits in a restored database', () => {
  it('shows that it had been sent, so that it is never sent again', async () => {
    const { process, operation } = await room.queued();
    await notice(room);

    await receiver().receive(report({ processId: process.id, nativeId: '77', outcome: 'started' }));

    expect(await room.found(process.id)).toMatchObject({ state: 'running', nativeId: '77' });
    expect(await room.operation(operation.id)).toMatchObject({ state: 'done' });
  });
});

describe('a report while an attempt is out', () => {
  it('stands, and the attempt still has its verdict', async () => {
    const sent = await room.sending();
    await receiver().receive(report({ processId: sent.process.id, nativeId: '77' }));
    const reported = await room.found(sent.process.id);
    expect(reported).toMatchObject({ state: 'completed', nativeId: '77' });
    expect(await room.operation(sent.operation.id)).toMatchObject({ state: 'sending', fencingToken: '1' });

    const verdict = {
      ...lostOf(sent),
      change: touched(reported),
      operation: { state: 'done', retryAfterMs: null },
    } as const;
    await room.store.settle(verdict);

    expect(await room.attempts(sent.process.id)).toMatchObject([{ class: 'unknown', native_id: '77' }]);
  });

  it('leaves what the platform itself answers on the attempt', async () => {
    const sent = await room.sending();
    await receiver().receive(report({ processId: sent.process.id, nativeId: '77' }));
    const reported = await room.found(sent.process.id);

    await room.store.settle({
      ...settlementOf(sent, { to: 'running', at }),
      change: touched(reported),
      attempt: { id: sent.attempt.id, class: 'refused', nativeId: null, nativeFault: null, message: 'No' },
    });

    expect(await room.attempts(sent.process.id)).toMatchObject([{ class: 'refused', native_id: null }]);
  });
});
