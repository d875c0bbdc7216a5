import { changed, touched } from '../../src/processes/change.js';
import { move } from '../../src/processes/process.js';
import { StaleRevision } from '../../src/processes/process.store.js';
import { at, portal } from '../processes/samples.js';
import {
  comesLate,
  foundNothing,
  foundRun,
  loseOne,
  lostOne,
  lostOf,
  notice,
  passSeconds,
  release,
  resend,
  runs,
  takeLost,
  takenOver,
} from './lost-room.js';
import { ProcessRoom, settlementOf } from './process-room.js';

let room: ProcessRoom;

beforeAll(async () => {
  room = await ProcessRoom.open();
});
afterAll(() => room.close());
beforeEach(() => room.empty());

const probable = 'reconciled_probable';

/** Since always: every attempt of the lane may have made the run. */
const since = new Date(0);

describe('a lost start', () => {
  it('is due to be looked for after the first delay, and for one replica', async () => {
    const { process } = await loseOne(room);
    expect(await room.lost.takeLost([{ connection: 'sales', lifeSeconds: 60 }], 10)).toEqual([]);
    const taken = await takeLost(room);

    expect(taken).toMatchObject([{ process: { id: process.id }, looks: 0, isOver: false, restoredAt: null }]);
    expect(await room.lost.takeLost([{ connection: 'sales', lifeSeconds: 60 }], 10)).toEqual([]);
  });

  it('is over when the longest life of its newest attempt is', async () => {
    const first = await loseOne(room);
    await passSeconds(room, 3600);
    expect(await lostOne(room, first)).toMatchObject({ isOver: true });
    const again = await room.intend(await resend(room, first));
    if (again.is !== 'intended') throw new Error(`It is ${again.is}`);
    await room.store.settle(lostOf(again.intended));

    expect(await lostOne(room, first)).toMatchObject({ isOver: false });
  });

  it('is not looked for any more once it is known', async () => {
    const first = await loseOne(room);
    await room.lost.found(foundRun(await lostOne(room, first), '77', 'reconciled_exact'));

    expect(await takeLost(room)).toEqual([]);
  });

  it('counts its looks', async () => {
    const first = await loseOne(room);
    await room.lost.found(foundNothing(await lostOne(room, first)));

    expect(await lostOne(room, first)).toMatchObject({ looks: 1 });
  });
});

describe('a look', () => {
  it('adopts a run with its claim, the answer and a new token', async () => {
    const first = await loseOne(room);
    const lost = await lostOne(room, first);
    await room.lost.found(foundRun(lost, '77', 'reconciled_exact'));

    expect(await room.found(first.process.id)).toMatchObject({ state: 'running', nativeId: '77' });
    expect(await room.operation(first.operation.id)).toMatchObject({
      state: 'done',
      fencingToken: String(lost.lease.fencingToken + 1n),
    });
    expect(await room.lost.claimedIds(portal, ['77'])).toEqual(new Set(['77']));
    expect(await room.attempts(first.process.id)).toMatchObject([{ native_id: '77' }]);
    expect((await room.reader.remembered(first.operation.clientId, first.operation.key))?.answer).toMatchObject({
      word: 'confirmed',
    });
  });

  it.each<[string, string]>([
    ['the token is another', 'update operations set fencing_token = fencing_token + 1'],
    ['the process has moved', 'update processes set revision = revision + 1'],
    ['the start is queued again', "update processes set state = 'queued'"],
    ['the process is closed', "update processes set state = 'rejected'"],
    ['its run has a name already', "update processes set state = 'running', native_id = '66'"],
  ])('adopts nothing where %s', async (_, spoil) => {
    const first = await loseOne(room);
    const lost = await lostOne(room, first);
    await room.database.query(spoil);

    await expect(room.lost.found(foundRun(lost, '77', 'reconciled_exact'))).rejects.toThrow(StaleRevision);
    expect(await room.lost.claimedIds(portal, ['77'])).toEqual(new Set());
  });

  it('names no attempt where two may have made the run', async () => {
    const first = await loseOne(room);
    const again = await room.intend(await resend(room, first));
    if (again.is !== 'intended') throw new Error(`It is ${again.is}`);
    await room.store.settle(lostOf(again.intended));
    await room.lost.found(foundRun(await lostOne(room, first), '77', 'reconciled_exact'));

    expect(await room.attempts(first.process.id)).toMatchObject([{ native_id: null }, { native_id: null }]);
  });
});

describe('a run that merely fits', () => {
  it('is adopted where no other attempt of the lane may have made it', async () => {
    const first = await loseOne(room, { lane: 'sales|7' });
    await loseOne(room, { lane: 'sales|8' });
    await room.lost.found(foundRun(await lostOne(room, first), '77', probable, since));

    expect(await room.found(first.process.id)).toMatchObject({ nativeId: '77', adoption: probable });
  });

  it.each<[string, (id: string) => Promise<unknown>]>([
    ['is lost', async () => {}],
    ['is out', () => room.database.query("update attempts set class = null where lane = 'sales|7'")],
    ['has no name', () => room.database.query("update attempts set class = 'accepted_unidentified'")],
    [
      'is lost although its process goes on',
      (id) => room.database.query("update processes set state = 'queued' where id = $1", [id]),
    ],
  ])('is not where another attempt of the lane %s', async (_, spoil) => {
    const first = await loseOne(room, { lane: 'sales|7', onIndeterminate: 'continue' });
    const lost = await lostOne(room, first);
    const sibling = await loseOne(room, { lane: 'sales|7', onIndeterminate: 'continue' });
    await spoil(sibling.process.id);
    await room.database.query("update attempts set class = 'unknown' where process_id = $1", [first.process.id]);

    await expect(room.lost.found(foundRun(lost, '77', probable, since))).rejects.toThrow(StaleRevision);
    expect((await room.found(first.process.id)).state).toBe('indeterminate');
  });

  it('is where that attempt is too old to have made it', async () => {
    const sibling = await loseOne(room, { lane: 'sales|7', onIndeterminate: 'continue' });
    await passSeconds(room, 3600);
    const first = await loseOne(room, { lane: 'sales|7' });
    const lost = await lostOne(room, first);
    await room.lost.found(foundRun(lost, '77', probable, new Date(Date.now() - 60_000)));

    expect((await room.found(first.process.id)).nativeId).toBe('77');
    expect((await room.found(sibling.process.id)).nativeId).toBeNull();
  });

  it('is not while an attempt of its own is out', async () => {
    const first = await loseOne(room);
    const lost = await lostOne(room, first);
    await room.database.query('update attempts set class = null');

    await expect(room.lost.found(foundRun(lost, '77', probable, since))).rejects.toThrow(StaleRevision);
  });

  it('is not where the database was put back since the start was sent, though it was released', async () => {
    const first = await loseOne(room);
    const lost = await lostOne(room, first);
    await notice(room);
    await release(room);

    await expect(room.lost.found(foundRun(lost, '77', probable, since))).rejects.toThrow(StaleRevision);
    expect((await lostOne(room, first)).restoredAt).not.toBeNull();
  });

  it('is where the start was sent after that', async () => {
    await notice(room);
    await release(room);
    const first = await loseOne(room);
    await room.lost.found(foundRun(await lostOne(room, first), '77', probable, since));

    expect((await room.found(first.process.id)).nativeId).toBe('77');
  });

  it('is no candidate once a late answer of another start has named it', async () => {
    const { sent, taken } = await takenOver(room);
    await room.store.settle(lostOf(taken));
    const before = await room.found(sent.process.id);
    await room.store.observe(changed(before, move(before, runs('66'))));
    await comesLate(room, settlementOf(sent, runs('77')));

    expect(await room.lost.claimedIds(portal, ['66', '77'])).toEqual(new Set(['66', '77']));
  });
});

describe('a run without a name', () => {
  it('is looked for, and gets its name', async () => {
    const sent = await room.sending();
    const attempt = {
      id: sent.attempt.id,
      class: 'accepted_unidentified',
      nativeId: null,
      nativeFault: null,
      message: null,
    } as const;
    await room.store.settle(settlementOf(sent, { to: 'running', at }, { attempt }));
    const lost = await lostOne(room, sent);
    await room.lost.found({
      ...foundRun(lost, '77', probable, since),
      change: changed(lost.process, { ...touched(lost.process).process, nativeId: '77', adoption: probable }),
    });

    expect(await room.found(sent.process.id)).toMatchObject({ state: 'running', nativeId: '77', adoption: probable });
  });
});
