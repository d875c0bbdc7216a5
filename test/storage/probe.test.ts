import { changed, touched } from '../../src/processes/change.js';
import type { Intended } from '../../src/processes/operation.js';
import {
  comesLate,
  loseOne,
  lostOf,
  lostOne,
  notice,
  passSeconds,
  release,
  resend,
  takenOver,
  unsentOf,
} from './lost-room.js';
import { aCommand, ProcessRoom, settlementOf } from './process-room.js';
import { at } from '../processes/samples.js';

let room: ProcessRoom;

beforeAll(async () => {
  room = await ProcessRoom.open();
});
afterAll(() => room.close());
beforeEach(async () => {
  await room.empty();
  await room.database.query(
    `insert into connections (key, platform, name, base_url, auth_shown, auth_sealed, settings, limits)
     values ('sales', 'paper', 'sales', 'https://sales.example', '{}', '', '{}', '{}')`,
  );
  await room.database.query(
    `insert into run_ids (connection, kept_since, kept_at, seen)
     select 'sales', '-infinity', array_agg(clock_timestamp() - n * interval '1 second' order by n), 3 from generate_series(1, 3) n`,
  );
});

/** Asks for the intent of a probe of a lost start, as it is read now; the longest life is a minute. */
async function probe(start: Intended): Promise<Intended | null> {
  const lost = await lostOne(room, start);
  const { process } = lost;
  const after = { ...process, attempts: process.attempts + 1, revision: process.revision + 1 };
  return room.lost.intendProbe(lost, changed(process, after));
}

async function lostLongAgo(): Promise<Intended> {
  const lost = await loseOne(room);
  await passSeconds(room, 61);
  return lost;
}

describe('a probe', () => {
  it('is an attempt of its own under a new token, and the start stays indeterminate', async () => {
    const lost = await lostLongAgo();
    const probing = await probe(lost);

    expect(probing).toMatchObject({ attempt: { kind: 'probe', number: 2 }, process: { state: 'indeterminate' } });
    expect(await room.operation(lost.operation.id)).toMatchObject({
      state: 'sending',
      fencingToken: String(probing?.lease.fencingToken),
    });
    expect(await room.attempts(lost.process.id)).toHaveLength(2);
  });

  it('that was not sent leaves the start indeterminate and may be repeated', async () => {
    const lost = await lostLongAgo();
    const probing = await probe(lost);
    if (!probing) throw new Error('There is no probe');
    const verdict = unsentOf(probing);
    const operation = { state: 'unknown', retryAfterMs: null } as const;
    await room.store.settle({ ...verdict, operation, change: touched(probing.process, { looks: 'restart' }) });
    await passSeconds(room, 61);

    expect(await probe(lost)).toMatchObject({ attempt: { number: 3 } });
  });
});

describe('no probe goes', () => {
  const spoilt: [string, (lost: Intended) => Promise<unknown>][] = [
    ['where the portal keeps no run ids', () => room.database.query('delete from run_ids')],
    ['where an operator has to trust its ids anew', () => room.database.query('update run_ids set distrusted = true')],
    ['before the longest life is over', () => passSeconds(room, -30)],
    [
      'before the life is over that its request had when it was sent',
      () => room.database.query('update attempts set life_seconds = 3600'),
    ],
    ['where it was sent without the id', () => room.database.query('update attempts set chosen_id = null')],
    [
      'where the portal was not yet seen to keep ids when it was sent',
      () => room.database.query('update run_ids set kept_since = clock_timestamp()'),
    ],
    [
      'while an attempt is out',
      ({ process, operation }) =>
        room.database.query(
          `insert into attempts (id, operation_id, process_id, number, fencing_token, sent_at, lane)
           values (gen_random_uuid(), $1, $2, 2, 9, clock_timestamp() - interval '1 hour', 'sales|1')`,
          [operation.id, process.id],
        ),
    ],
    ['where no attempt is unknown', () => room.database.query("update attempts set class = 'not_sent'")],
    ['where the run of the attempt is known', () => room.database.query("update attempts set native_id = '77'")],
    ['while an answer is unread', () => room.database.query('update attempts set kept = true')],
    ['where the start is queued again', () => room.database.query("update operations set state = 'queued'")],
    ['where its time has passed', () => room.database.query('update processes set start_before = clock_timestamp()')],
    ['while a restored database is held', () => notice(room).then(() => passSeconds(room, 61))],
    ['within the longest life of a restored database', () => notice(room).then(() => release(room))],
    [
      'where a stop was accepted',
      async ({ process: { id } }) => {
        const before = await room.found(id);
        return room.store.command(aCommand(before, 'terminate', touched(before).process));
      },
    ],
    [
      'where the platform has taken a stop, for a run that was another’s',
      async ({ process: { id } }) => {
        const before = await room.found(id);
        await room.store.command(aCommand(before, 'terminate', touched(before).process));
        return room.database.query("update operations set state = 'done' where kind = 'terminate'");
      },
    ],
  ];

  it.each(spoilt)('%s', async (_, spoil) => {
    const lost = await lostLongAgo();
    await spoil(lost);

    expect(await probe(lost)).toBeNull();
  });

  it('after one that was sent, though nothing came of it', async () => {
    const lost = await lostLongAgo();
    const probing = await probe(lost);
    if (!probing) throw new Error('There is no probe');
    await room.store.settle({ ...lostOf(probing), change: touched(probing.process, { looks: 'restart' }) });
    await passSeconds(room, 61);

    expect(await probe(lost)).toBeNull();
  });

  it('within the longest life of a resend that came after', async () => {
    const lost = await lostLongAgo();
    const again = await room.intend(await resend(room, lost));
    if (again.is !== 'intended') throw new Error(`It is ${again.is}`);
    await room.store.settle(lostOf(again.intended));

    expect(await probe(lost)).toBeNull();
  });

  it('twice at the same time', async () => {
    const start = await lostLongAgo();
    const lost = await lostOne(room, start);
    const after = { ...lost.process, attempts: 2, revision: lost.process.revision + 1 };
    const probes = await Promise.all([1, 2, 3].map(() => room.lost.intendProbe(lost, changed(lost.process, after))));

    expect(probes.filter(Boolean)).toHaveLength(1);
    expect(await room.attempts(start.process.id)).toHaveLength(2);
  });

  it('by an answer that came late, in spite of what was read before it', async () => {
    const { sent, taken } = await takenOver(room);
    await room.store.settle(lostOf(taken));
    await passSeconds(room, 61);
    const lost = await lostOne(room, sent);
    await comesLate(room, settlementOf(sent, { to: 'running', at, learnt: { nativeId: '77' } }));
    const after = { ...lost.process, attempts: 2, revision: lost.process.revision + 1 };

    expect(await room.lost.intendProbe(lost, changed(lost.process, after))).toBeNull();
  });
});
