import { touched } from '../../src/processes/change.js';
import type { Claimed } from '../../src/processes/operation.js';
import { acceptance, aCommand, aStart, leaseSeconds, ProcessRoom, withdrawal } from './process-room.js';
import { comesLate, loseOne, lostOf, notice, passSeconds, release, resend, takenOver, unsentOf } from './lost-room.js';
import { anAttempt } from '../processes/samples.js';

let room: ProcessRoom;

beforeAll(async () => {
  room = await ProcessRoom.open();
});
afterAll(() => room.close());
beforeEach(() => room.empty());

async function tokenOf(operationId: string): Promise<bigint> {
  return BigInt((await room.operation(operationId)).fencingToken);
}

async function claimedStart(lane = 'sales|1'): Promise<Claimed> {
  await room.queued({ lane });
  return room.claimed();
}

/** A start that would be born on its way. */
function atOnce(lane = 'sales|1'): Parameters<ProcessRoom['store']['accept']>[0] {
  const start = aStart({ state: 'starting', attempts: 1, lane });
  const operation = { ...start.operation, state: 'sending' as const, attempts: 1 };
  return { ...acceptance({ ...start, operation }), intent: { attempt: anAttempt(operation) } };
}

describe('while a restored database is held', () => {
  it('a start is not accepted together with its intent, and nothing of it is written', async () => {
    await notice(room);

    expect(await room.store.accept(atOnce())).toEqual({ outcome: 'held', waitingFor: { reason: 'restored' } });
    for (const table of ['processes', 'operations', 'attempts', 'idempotency_keys']) {
      expect(await room.count(table)).toBe(0);
    }
  });

  it('no start is claimed, old or new, until it is released', async () => {
    await room.queued();
    await notice(room);
    await room.queued();
    expect(await room.claim()).toEqual([]);
    await release(room);

    expect(await room.claim()).toHaveLength(2);
  });

  it('commands from before wait too, and new ones go', async () => {
    const [old, young] = [await room.running(), await room.running()];
    await room.store.command(aCommand(old, 'complete_element', touched(old).process));
    await notice(room);
    const command = aCommand(young, 'complete_element', touched(young).process);
    const operation = { ...command.operation, createdAt: new Date(Date.now() + 60_000) };
    await room.store.command({ ...command, operation });

    expect((await room.claim()).map(({ process }) => process.id)).toEqual([young.id]);
  });

  it('what was claimed before it was noticed gets no intent', async () => {
    const claimed = await claimedStart();
    await notice(room);

    expect(await room.intend(claimed)).toEqual({ is: 'held', waitingFor: { reason: 'restored' } });
    expect(await room.count('attempts')).toBe(0);
  });

  it('no start expires', async () => {
    await room.queued({ startBefore: new Date(Date.now() - 1000) });
    await notice(room);

    expect(await room.store.takeExpired(10, leaseSeconds)).toEqual([]);
  });

  it('no start from before is withdrawn, since it may have been sent', async () => {
    const start = await room.queued();
    await notice(room);

    await expect(room.store.command(withdrawal(start))).rejects.toThrow('changed');
    expect(await room.found(start.process.id)).toMatchObject({ state: 'queued' });
  });
});

describe('while one start of a lane is lost', () => {
  it('the next is not accepted together with its intent', async () => {
    const lost = await loseOne(room, { lane: 'sales|7' });

    expect(await room.store.accept(atOnce('sales|7'))).toMatchObject({
      outcome: 'held',
      waitingFor: { reason: 'lane', processId: lost.process.id },
    });
    expect(await room.store.accept(atOnce('sales|8'))).toMatchObject({ outcome: 'accepted' });
  });

  it('the next is not claimed, and gets no intent where it was claimed before', async () => {
    const claimed = await claimedStart('sales|7');
    const lost = await loseOne(room, { lane: 'sales|7' });
    await room.queued({ lane: 'sales|7' });

    expect(await room.claim()).toEqual([]);
    expect(await room.intend(claimed)).toMatchObject({
      is: 'held',
      waitingFor: { reason: 'lane', processId: lost.process.id },
    });
  });

  it('the next goes where the time of the lane is over', async () => {
    await loseOne(room, { lane: 'sales|7' });
    await room.queued({ lane: 'sales|7' });
    await room.database.query('update processes set lane_until = clock_timestamp() where lane_until is not null');

    expect(await room.claim()).toHaveLength(1);
  });

  it('and its caller said to go on, the next goes at once', async () => {
    await loseOne(room, { lane: 'sales|7', onIndeterminate: 'continue' });
    await room.queued({ lane: 'sales|7' });

    expect(await room.claim()).toHaveLength(1);
  });
});

describe('an intent is refused', () => {
  it('while an earlier answer is unread', async () => {
    const { sent, taken } = await takenOver(room);
    await room.store.settle(lostOf(taken));
    const claimed = await resend(room, sent);
    await comesLate(room, unsentOf(sent));

    expect(await room.intend(claimed)).toEqual({ is: 'stale' });
    expect(await room.attempts(sent.process.id)).toHaveLength(1);
  });

  it.each([
    ['where a stop was accepted', 'queued', 'stale'],
    ['where the platform has taken a stop, for a run that turned out to be another’s', 'done', 'stale'],
    ['but not where the platform refused the stop', 'refused', 'intended'],
  ] as const)('%s', async (_, state, is) => {
    const claimed = await claimedStart();
    const before = claimed.process;
    await room.store.command(aCommand(before, 'terminate', touched(before).process));
    await room.database.query("update operations set state = $1 where kind = 'terminate'", [state]);
    const process = await room.found(before.id);

    expect(await room.intend({ ...claimed, process })).toMatchObject({ is });
  });
});

describe('an attempt after one of unknown outcome', () => {
  it('is a resend', async () => {
    const lost = await loseOne(room);
    await passSeconds(room, 3600);

    expect(await room.intend(await resend(room, lost))).toMatchObject({ intended: { attempt: { kind: 'resend' } } });
  });
});

describe('the token of an operation', () => {
  it('is higher with each claim, withdrawal, expiry and sweep', async () => {
    const start = await room.queued();
    const claimed = await room.claimed();
    expect(claimed.lease.fencingToken).toBe(1n);
    await room.store.command(withdrawal(start));
    expect(await tokenOf(start.operation.id)).toBe(2n);

    const late = await room.queued({ startBefore: new Date(Date.now() - 1000) });
    const [expired] = await room.store.takeExpired(10, leaseSeconds);
    expect(expired?.lease.fencingToken).toBe(1n);
    expect(await tokenOf(late.operation.id)).toBe(1n);

    const { sent, taken } = await takenOver(room);
    expect(taken.lease.fencingToken).toBe(sent.lease.fencingToken + 1n);
  });

  it('is higher when a late answer is read, so that whoever has it changes nothing', async () => {
    const { sent, taken } = await takenOver(room);
    await room.store.settle(lostOf(taken));
    const before = await tokenOf(sent.operation.id);
    await comesLate(room, unsentOf(sent));
    const [kept] = await room.lost.kept(10);
    if (!kept) throw new Error('Nothing was kept');
    await room.store.settle({
      ...unsentOf(sent),
      lease: kept.lease,
      attempt: null,
      reads: sent.attempt.id,
      change: touched(kept.process),
    });

    expect(await tokenOf(sent.operation.id)).toBe(before + 1n);
  });
});

it('a start that is out is never claimed again, however old its lease', async () => {
  await room.sending();
  await room.letLeasesEnd();

  expect(await room.claim()).toEqual([]);
});

describe('a kill', () => {
  async function killed(lifeSeconds: number): Promise<number> {
    return (await room.claim(10, 'sales', lifeSeconds)).filter(({ operation }) => operation.kind === 'kill').length;
  }

  it('waits until no request of its start can be under way any more', async () => {
    const lost = await loseOne(room);
    const before = await room.found(lost.process.id);
    const running = { ...before, state: 'running', nativeId: '77', revision: before.revision + 1 } as const;
    await room.store.observe({ ...touched(before), process: running });
    await room.store.command(aCommand(running, 'kill', touched(running).process));
    expect(await killed(60)).toBe(0);
    await passSeconds(room, 61);

    expect(await killed(60)).toBe(1);
  });

  it('waits for nothing where its process is closed, so that its caller hears of it', async () => {
    const lost = await loseOne(room);
    const before = await room.found(lost.process.id);
    await room.store.command(aCommand(before, 'kill', touched(before).process));
    const ended = { ...touched(before).process, state: 'ended', revision: before.revision + 2 } as const;
    await room.store.observe({ ...touched(await room.found(before.id)), process: ended });

    expect(await killed(3600)).toBe(1);
  });

  it('does not wait where the only attempt has its answer', async () => {
    const running = await room.running();
    await room.store.command(aCommand(running, 'kill', touched(running).process));

    expect(await killed(3600)).toBe(1);
  });
});
