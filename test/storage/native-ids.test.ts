import { TakeOver } from '../../src/dispatch/take-over.js';
import { touched } from '../../src/processes/change.js';
import { NativeIdTaken, type IdHolder } from '../../src/processes/lost.store.js';
import { at, portal } from '../processes/samples.js';
import { foundRun, loseOne, lostOne, readLate, runs, answeredLate } from './lost-room.js';
import { countOf, ProcessRoom, settlementOf } from './process-room.js';

let room: ProcessRoom;

beforeAll(async () => {
  room = await ProcessRoom.open();
});
afterAll(() => room.close());
beforeEach(() => room.empty());

/** A lost start that took the run as one that merely fits. */
async function probably(nativeId: string): ReturnType<typeof loseOne> {
  const first = await loseOne(room);
  await room.lost.found(foundRun(await lostOne(room, first), nativeId, 'reconciled_probable'));
  return first;
}

function takeOver(): TakeOver {
  return new TakeOver(room.lost, room.reader, { now: () => at });
}

async function holderOf(nativeId: string): Promise<IdHolder> {
  const [row] = await room.database.query<{ process_id: string; claim: IdHolder['claim'] }[]>(
    'select process_id, claim from native_ids where native_id = $1',
    [nativeId],
  );
  if (!row) throw new Error('Nobody has it');
  return { portal, nativeId, processId: row.process_id, claim: row.claim };
}

describe('a native id', () => {
  it('belongs to one of many processes that claim it at the same moment', async () => {
    const sent = await Promise.all(Array.from({ length: 10 }, () => room.sending()));
    const settled = await Promise.allSettled(sent.map((one) => room.store.settle(settlementOf(one, runs('77')))));

    expect(countOf(settled, Boolean)).toBe(1);
    expect(settled.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []))).toEqual(
      Array.from({ length: 9 }, () => expect.any(NativeIdTaken) as unknown),
    );
    const shown = await room.database.query('select from processes where native_id is not null');
    expect(shown).toHaveLength(1);
  });

  it('is another portal’s own', async () => {
    const [here, there] = [await room.sending(), await room.sending({ portal: 'https://north.example' })];
    await room.store.settle(settlementOf(here, runs('77')));
    await room.store.settle(settlementOf(there, runs('77')));

    expect(await room.count('native_ids')).toBe(2);
  });

  it('belongs to one process of all connections to its portal', async () => {
    const [here, there] = [await room.sending(), await room.sending({ connection: 'sales-app' })];
    await room.store.settle(settlementOf(here, runs('77')));

    await expect(room.store.settle(settlementOf(there, runs('77')))).rejects.toMatchObject({
      name: 'NativeIdTaken',
      holder: { portal, processId: here.process.id },
    });
    expect(await room.found(there.process.id)).toMatchObject({ state: 'starting', nativeId: null });
  });

  it.each(['reconciled_probable', 'operator'] as const)(
    'is not adopted (%s) from a process of another connection to its portal',
    async (adoption) => {
      await room.store.settle(settlementOf(await room.sending({ connection: 'sales-app' }), runs('77')));
      const lost = await lostOne(room, await loseOne(room));

      await expect(room.lost.found(foundRun(lost, '77', adoption, new Date(0)))).rejects.toThrow(NativeIdTaken);
    },
  );

  it('is not taken by a look from a process that has it', async () => {
    await probably('77');
    const second = await loseOne(room);
    const lost = await lostOne(room, second);

    await expect(room.lost.found(foundRun(lost, '77', 'reconciled_probable', new Date(0)))).rejects.toThrow(
      NativeIdTaken,
    );
  });
});

describe('a process that has a run which merely fitted', () => {
  it('loses it to a better claim: it is unknown again, with an incident', async () => {
    const first = await probably('77');
    expect(await takeOver().from(await holderOf('77'))).toBe(true);

    expect(await room.found(first.process.id)).toMatchObject({
      state: 'indeterminate',
      nativeId: null,
      openIncidents: ['id-taken'],
    });
    expect(await room.operation(first.operation.id)).toMatchObject({ state: 'unknown' });
    expect(await room.attempts(first.process.id)).toMatchObject([{ class: 'unknown', native_id: null }]);
    expect(await room.count('native_ids')).toBe(0);
  });

  it('loses it to a late answer, and that one shows it', async () => {
    const first = await probably('77');
    const second = await answeredLate(room, (late) => settlementOf(late, runs('77')));
    await readLate(room);
    await readLate(room);

    expect(await room.found(first.process.id)).toMatchObject({ state: 'indeterminate', nativeId: null });
    expect(await room.found(second.process.id)).toMatchObject({ state: 'running', nativeId: '77' });
  });

  it('that is closed keeps its state, with the incident', async () => {
    const first = await probably('77');
    const closed = "update processes set state = 'ended', category = 'closed', evidence = 'inferred_absence'";
    await room.database.query(closed);
    await takeOver().from(await holderOf('77'));

    expect(await room.found(first.process.id)).toMatchObject({
      state: 'ended',
      nativeId: null,
      openIncidents: ['id-taken'],
    });
  });
});

describe('a process that claims the run which it has', () => {
  it('has it by the better right from then on', async () => {
    const first = await probably('77');
    const process = await room.found(first.process.id);
    await room.store.observe(touched(process, { claims: [{ nativeId: '77', claim: 'direct' }] }));

    expect(await holderOf('77')).toMatchObject({ processId: process.id, claim: 'direct' });
    expect(await room.count('native_ids')).toBe(1);
  });
});

describe('a process whose run is sure', () => {
  it('does not lose it', async () => {
    const sent = await room.sending();
    await room.store.settle(settlementOf(sent, runs('77')));
    await takeOver().from(await holderOf('77'));

    expect(await room.found(sent.process.id)).toMatchObject({ state: 'running', nativeId: '77' });
  });

  it('keeps it where a late answer names the same run for another', async () => {
    const sent = await room.sending();
    await room.store.settle(settlementOf(sent, runs('77')));
    const second = await answeredLate(room, (late) => settlementOf(late, runs('77')));
    await readLate(room);

    expect(await room.found(sent.process.id)).toMatchObject({ nativeId: '77' });
    expect(await room.found(second.process.id)).toMatchObject({
      state: 'running',
      nativeId: null,
      openIncidents: ['unidentified-run'],
    });
  });
});
