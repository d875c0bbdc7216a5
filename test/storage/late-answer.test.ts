import { changed, touched } from '../../src/processes/change.js';
import type { Intended } from '../../src/processes/operation.js';
import { move } from '../../src/processes/process.js';
import { LeaseLost, type Settlement } from '../../src/processes/process.store.js';
import { anOperation, at, portal } from '../processes/samples.js';
import {
  answeredLate,
  comesLate,
  lostOf,
  loseOne,
  notice,
  readLate,
  release,
  resend,
  runs,
  takenOver,
  unsentOf,
} from './lost-room.js';
import { aCommand, leaseSeconds, ProcessRoom, settlementOf } from './process-room.js';

let room: ProcessRoom;

beforeAll(async () => {
  room = await ProcessRoom.open();
});
afterAll(() => room.close());
beforeEach(() => room.empty());

function refusedOf(intended: Intended): Settlement {
  const attempt = {
    id: intended.attempt.id,
    class: 'refused',
    nativeId: null,
    nativeFault: null,
    message: 'No',
  } as const;
  return settlementOf(intended, { to: 'rejected', at }, { attempt });
}

describe('an answer that comes late', () => {
  it('changes no state, and is kept on its attempt with the id that it claims', async () => {
    const { sent } = await takenOver(room);
    await comesLate(room, settlementOf(sent, runs('77')));

    expect(await room.found(sent.process.id)).toMatchObject({ state: 'starting', nativeId: null, revision: 1 });
    expect((await room.operation(sent.operation.id)).state).toBe('sending');
    expect(await room.attempts(sent.process.id)).toEqual([{ class: 'accepted', native_id: '77', message: null }]);
    expect(await room.lost.claimedIds(portal, ['77'])).toEqual(new Set(['77']));
  });

  it('says more than the "unknown" of the one who took over', async () => {
    const sent = await answeredLate(room, (late) => settlementOf(late, runs('77')));

    expect((await room.found(sent.process.id)).state).toBe('indeterminate');
    expect(await room.attempts(sent.process.id)).toEqual([{ class: 'accepted', native_id: '77', message: null }]);
  });

  it('is not overwritten by the one who gives up at the same moment', async () => {
    const { sent, taken } = await takenOver(room);
    const runner = room.database.createQueryRunner();
    await runner.query('begin');
    await runner.query('select from processes where id = $1 for update', [sent.process.id]);
    const givingUp = room.store.settle(lostOf(taken));
    await comesToWait();
    await comesLate(room, settlementOf(sent, runs('77')));
    await runner.query('commit');
    await runner.release();
    await givingUp.catch(() => {});

    expect(await room.attempts(sent.process.id)).toEqual([{ class: 'accepted', native_id: '77', message: null }]);
  });

  it('is one of an attempt that is not the open one, though the token repeats', async () => {
    const sent = await room.sending();
    await room.database.query("update attempts set class = 'unknown'");
    await comesLate(room, settlementOf(sent, runs('77')));

    expect(await room.found(sent.process.id)).toMatchObject({ state: 'starting', nativeId: null });
    expect(await room.lost.kept(10)).toMatchObject([{ attempt: { class: 'accepted', nativeId: '77' } }]);
  });

  it('takes the operation from the one who took over and has not written yet, for the next to read', async () => {
    const { sent, taken } = await takenOver(room);
    await comesLate(room, settlementOf(sent, runs('77')));
    await expect(room.store.settle(lostOf(taken))).rejects.toThrow(LeaseLost);
    await room.letLeasesEnd();

    expect((await room.found(sent.process.id)).state).toBe('starting');
    expect(await room.store.takeAbandoned(10, leaseSeconds, [])).toMatchObject([
      { attempt: { class: 'accepted', nativeId: '77' } },
    ]);
  });

  /** Until a statement waits for a row. */
  async function comesToWait(): Promise<void> {
    for (;;) {
      const [row] = await room.database.query<{ waiting: boolean }[]>(
        `select exists (
           select from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock' and query like '/* settle */%') as waiting`,
      );
      if (row?.waiting) return;
    }
  }
});

describe('a late answer that is read', () => {
  it('names the run of a lost start, exactly', async () => {
    const { process, operation } = await answeredLate(room, (late) => settlementOf(late, runs('77')));
    await readLate(room);

    expect(await room.found(process.id)).toMatchObject({
      state: 'running',
      nativeId: '77',
      adoption: 'reconciled_exact',
    });
    expect(await room.operation(operation.id)).toMatchObject({ state: 'done', leaseUntil: null });
    expect(await room.lost.kept(10)).toEqual([]);
  });

  it('lets a start that was not sent go again', async () => {
    const { process } = await answeredLate(room, unsentOf);
    await readLate(room);

    expect(await room.found(process.id)).toMatchObject({ state: 'queued' });
    expect(await room.claim()).toHaveLength(1);
  });

  it('rejects a start that was refused', async () => {
    const { process } = await answeredLate(room, refusedOf);
    await readLate(room);

    expect(await room.found(process.id)).toMatchObject({ state: 'rejected', evidence: 'platform_reported' });
  });

  it.each([
    ['refused', refusedOf],
    ['not sent', unsentOf],
  ] as const)('%s decides nothing while another attempt may have run', async (_, verdict) => {
    const sent = await answeredLate(room, verdict);
    await room.database.query(
      `insert into attempts (id, operation_id, process_id, number, fencing_token, class, sent_at, lane)
       values (gen_random_uuid(), $1, $2, 2, 9, 'unknown', clock_timestamp(), 'sales|1')`,
      [sent.operation.id, sent.process.id],
    );
    await readLate(room);

    expect(await room.found(sent.process.id)).toMatchObject({ state: 'indeterminate' });
  });

  it('not sent waits while another attempt is out', async () => {
    const sent = await answeredLate(room, unsentOf);
    await room.database.query(
      `insert into attempts (id, operation_id, process_id, number, fencing_token, sent_at, lane)
       values (gen_random_uuid(), $1, $2, 2, 9, clock_timestamp(), 'sales|1')`,
      [sent.operation.id, sent.process.id],
    );
    await readLate(room);

    expect(await room.lost.kept(10)).toHaveLength(1);
  });

  it.each([
    ['where a stop waits for it', 'queued'],
    ['where the platform has taken a stop, for a run that was another’s', 'done'],
  ] as const)('not sent withdraws the start %s', async (_, state) => {
    const sent = await answeredLate(room, unsentOf);
    const before = await room.found(sent.process.id);
    const stop = aCommand(before, 'terminate', before, { operation: anOperation(before, 'terminate') });
    await room.store.command({ ...stop, change: touched(before) });
    await room.database.query("update operations set state = $1 where kind = 'terminate'", [state]);
    await readLate(room);

    expect(await room.found(sent.process.id)).toMatchObject({ state: 'withdrawn' });
  });

  it('revises the rejection that a person believed in', async () => {
    const sent = await answeredLate(room, (late) => settlementOf(late, runs('77')));
    const before = await room.found(sent.process.id);
    await room.store.observe(changed(before, move(before, { to: 'rejected', at, evidence: 'operator' })));
    await readLate(room);

    expect(await room.found(sent.process.id)).toMatchObject({ state: 'running', nativeId: '77' });
  });

  it('keeps a resend from going out, and is read instead of it', async () => {
    const { sent, taken } = await takenOver(room);
    await room.store.settle(lostOf(taken));
    const claimed = await resend(room, sent);
    await comesLate(room, settlementOf(sent, runs('77')));

    expect(await room.intend(claimed)).toEqual({ is: 'stale' });
    await readLate(room);
    expect(await room.found(sent.process.id)).toMatchObject({ state: 'running', nativeId: '77' });
    expect(await room.attempts(sent.process.id)).toHaveLength(1);
  });

  it('takes the place of a run that merely fitted, and lets that one go', async () => {
    const { sent, taken } = await takenOver(room);
    await room.store.settle(lostOf(taken));
    const before = await room.found(sent.process.id);
    const likely = { nativeId: '66', adoption: 'reconciled_probable' } as const;
    await room.store.observe(changed(before, move(before, { to: 'running', at, learnt: likely })));
    await comesLate(room, settlementOf(sent, runs('77')));
    await readLate(room);

    expect(await room.found(sent.process.id)).toMatchObject({
      state: 'running',
      nativeId: '77',
      adoption: 'reconciled_exact',
      openIncidents: [],
    });
    expect(await room.lost.claimedIds(portal, ['66', '77'])).toEqual(new Set(['77']));
  });

  it('is a second run where the first is known by its own answer', async () => {
    const sent = await answeredLate(room, (late) => settlementOf(late, runs('77')));
    const before = await room.found(sent.process.id);
    await room.store.observe(changed(before, move(before, { to: 'running', at, learnt: { nativeId: '66' } })));
    await readLate(room);

    expect(await room.found(sent.process.id)).toMatchObject({ nativeId: '66', openIncidents: ['second-run'] });
    expect(await room.lost.claimedIds(portal, ['66', '77'])).toEqual(new Set(['66', '77']));
  });

  it('leaves no operation out where its own attempt was a probe that nobody gave up yet', async () => {
    const first = await loseOne(room);
    const probe = await probeOf(first);
    await room.letLeasesEnd();
    await room.store.takeAbandoned(10, leaseSeconds, []);
    await comesLate(room, refusedOf(probe));
    await readLate(room);

    expect(await room.operation(first.operation.id)).toMatchObject({ state: 'unknown' });
    expect(await room.found(first.process.id)).toMatchObject({ state: 'indeterminate' });
  });

  /** The same start once more, out under a lease, as `intendProbe` leaves it. */
  async function probeOf(first: Intended): Promise<Intended> {
    const before = await room.found(first.process.id);
    const id = '01994f0e-0000-7000-8000-00000000abcd';
    await room.database.query(
      `insert into attempts (id, operation_id, process_id, number, fencing_token, kind, sent_at, lane)
       values ($3, $1, $2, 2, 9, 'probe', clock_timestamp(), 'sales|1')`,
      [first.operation.id, first.process.id, id],
    );
    await room.database.query(
      "update operations set state = 'sending', attempts = 2, fencing_token = 9, lease_until = clock_timestamp() where id = $1",
      [first.operation.id],
    );
    const lease = { operationId: first.operation.id, fencingToken: 9n };
    return { ...first, process: before, lease, attempt: { ...first.attempt, id, number: 2, kind: 'probe' } };
  }
});

describe('a late answer after a restore', () => {
  it.each([
    ['not sent', unsentOf],
    ['refused', refusedOf],
  ] as const)('proves nothing where it is older and says %s', async (_, verdict) => {
    const sent = await answeredLate(room, verdict);
    await notice(room);
    await release(room);
    await readLate(room);

    expect(await room.found(sent.process.id)).toMatchObject({ state: 'indeterminate' });
    expect(await room.lost.kept(10)).toEqual([]);
    expect(await room.reader.hasUnknownAttempt(sent.operation.id, null)).toBe(true);
  });

  it.each<[string, (sent: Intended) => Settlement, string]>([
    ['nothing more than unknown where it says not sent', unsentOf, 'unknown'],
    ['the run where it is positive', (sent) => settlementOf(sent, runs('77')), 'accepted'],
  ])('that stands on a swept attempt tells the sweeper %s', async (_, verdict, known) => {
    const { sent } = await takenOver(room);
    await comesLate(room, verdict(sent));
    await notice(room);
    await room.letLeasesEnd();

    expect(await room.store.takeAbandoned(10, leaseSeconds, [])).toMatchObject([{ attempt: { class: known } }]);
  });

  it('names the run where it is older and positive', async () => {
    const sent = await answeredLate(room, (late) => settlementOf(late, runs('77')));
    await notice(room);
    await readLate(room);

    expect(await room.found(sent.process.id)).toMatchObject({ state: 'running', nativeId: '77' });
  });

  it('is kept on its process although the row of its attempt was lost, and read', async () => {
    const sent = await room.sending();
    await room.database.query('delete from attempts');
    await room.database.query("update operations set state = 'queued', lease_until = null, fencing_token = 99");
    await room.database.query("update processes set state = 'queued'");
    await notice(room);
    await comesLate(room, settlementOf(sent, runs('77')));
    await readLate(room);

    expect(await room.found(sent.process.id)).toMatchObject({ state: 'running', nativeId: '77' });
  });

  it('goes to the incident of the restore where its process was lost as well', async () => {
    const sent = await room.sending();
    for (const table of ['attempts', 'operations', 'processes']) await room.database.query(`delete from ${table}`);
    await notice(room);
    await room.database.query("insert into incidents (id, kind) values (gen_random_uuid(), 'database-restored')");
    await comesLate(room, settlementOf(sent, runs('77')));
    const [open] = await room.database.query<{ candidates: object[] }[]>('select candidates from incidents');

    expect(open?.candidates).toMatchObject([{ nativeId: '77' }]);
  });
});
