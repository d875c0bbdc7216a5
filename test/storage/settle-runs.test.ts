import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Intended } from '../../src/processes/operation.js';
import type { Settlement } from '../../src/processes/process.store.js';
import type { Details } from '../../src/processes/change.js';
import type { Process } from '../../src/processes/process.js';
import { at } from '../processes/samples.js';
import { ProcessRoom, settlementOf } from './process-room.js';

const runs = (nativeId: string) => ({ to: 'running', at, learnt: { nativeId, nativeState: 'now' } }) as const;

/** Says the same, but is due in a moment that a done operation does not have: so it is settled as any other verdict. */
const asAnyOther: Partial<Settlement> = { operation: { state: 'done', retryAfterMs: 1 } };

/** At another portal the same native id is another run. */
const elsewhere = { portal: 'https://elsewhere.example' };

let room: ProcessRoom;

beforeAll(async () => {
  room = await ProcessRoom.open();
});
afterAll(() => room.close());
beforeEach(() => room.empty());

describe('the verdict that a start runs', () => {
  it('writes what any other verdict would write of it', async () => {
    const [own, other] = [await room.sending(), await room.sending(elsewhere)];
    await room.store.settle(settlementOf(own, runs('77')));
    await room.store.settle(settlementOf(other, runs('77'), asAnyOther));

    const [written, expected] = [await rowsOf(own), await rowsOf(other)];
    expect(written['process']).toMatchObject({ state: 'running', native_state: 'now', revision: 2, last_sequence: 2 });
    expect(written).toEqual(expected);
  });

  it('is planned for by itself', async () => {
    const one = await room.sending();
    await room.store.settle(settlementOf(one, runs('77')));

    expect(await statementsThatSettle()).toContain('settle-runs');
  });

  it('stands where its run was claimed for it already', async () => {
    const one = await room.sending();
    await room.database.query(
      `insert into native_ids (portal, native_id, process_id, claim) values ($1, '77', $2, 'reconciled_exact')`,
      [one.process.portal, one.process.id],
    );

    expect(await room.store.settle(settlementOf(one, runs('77')))).toMatchObject({ state: 'running', nativeId: '77' });
    expect(await claims()).toEqual([{ native_id: '77', claim: 'direct' }]);
  });

  it('lets go of a run that merely fitted', async () => {
    const one = await room.sending();
    await room.database.query(
      `with fits as (update processes set native_id = '76' where id = $2)
       insert into native_ids (portal, native_id, process_id, claim) values ($1, '76', $2, 'reconciled_probable')`,
      [one.process.portal, one.process.id],
    );
    await room.store.settle(settlementOf(one, runs('77')));

    expect(await claims()).toEqual([{ native_id: '77', claim: 'direct' }]);
  });
});

/** What a verdict may say beside, of its attempt, its operation and its process, and how that came. */
interface More {
  readonly attempt?: Partial<NonNullable<Settlement['attempt']>>;
  readonly operation?: Settlement['operation']['state'];
  readonly process?: Partial<Process>;
  readonly details?: Details;
  readonly before?: Partial<Process>;
}

const fault = { code: 'odd', message: 'Odd', httpStatus: 200 };

const beside: readonly (readonly [string, More])[] = [
  ['nothing more', {}],
  ['a class of its own', { attempt: { class: 'accepted_unidentified' } }],
  ['an attempt that names another run', { attempt: { nativeId: '78' } }],
  ['words of its attempt', { attempt: { message: 'Odd' } }],
  ['a fault of its attempt', { attempt: { nativeFault: fault } }],
  ['an operation that is not done', { operation: 'unknown' }],
  ['another event', { details: { news: [{ type: 'operation.resent', data: {} }] } }],
  ['another state', { process: { state: 'terminating' } }],
  ['a result', { process: { result: { sum: 1 } } }],
  ['what it waits for', { process: { waitingFor: { reason: 'retry' } } }],
  ['a conclusion', { process: { conclusion: 'unknown' } }],
  ['a failure', { process: { failure: { code: 'odd', message: 'Odd', platform: null, at } } }],
  ['an end', { process: { closedAt: at } }],
  ['since when it is absent', { process: { absentSince: at } }],
  ['another right', { process: { adoption: 'operator' } }],
  ['another claim', { details: { claims: [{ nativeId: '79', claim: 'direct' }] } }],
  ['an incident of before', { before: { openIncidents: ['second-run'] } }],
  ['a look', { details: { looks: 'restart' } }],
  ['a lane that waits', { details: { lane: 'hold' } }],
];

describe('what a verdict that a start runs says beside', () => {
  it.each(beside)('is written, be it %s', async (_what, more) => {
    const [own, other] = [await room.sending(more.before), await room.sending({ ...more.before, ...elsewhere })];
    await room.store.settle(saying(more, own));
    await room.store.settle(saying(more, other, asAnyOther));

    expect(await rowsOf(own)).toEqual(await rowsOf(other));
  });
});

function saying(more: More, intended: Intended, given: Partial<Settlement> = {}): Settlement {
  const settlement = settlementOf(intended, runs('77'), given, more.details);
  const { attempt, operation, change } = settlement;
  return {
    ...settlement,
    attempt: attempt && { ...attempt, ...more.attempt },
    operation: { ...operation, state: more.operation ?? operation.state },
    change: { ...change, process: { ...change.process, ...more.process } },
  };
}

function claims(): Promise<unknown> {
  return room.database.query('select native_id, claim from native_ids');
}

/** Everything that is kept of a start, but for what is its own: ids and moments. */
async function rowsOf({ process, operation }: Intended): Promise<Readonly<Record<string, unknown>>> {
  const without = (...columns: string[]): string => `- '{${columns.join(',')}}'::text[]`;
  const [row] = await room.database.query<Readonly<Record<string, unknown>>[]>(
    `select
       (select to_jsonb(p) ${without('id', 'portal', 'lane', 'run_id', 'created_at', 'next_look_at', 'lane_until', 'terminating_since')}
          || jsonb_build_object('looked_for', next_look_at is not null, 'waited_for', lane_until is not null)
        from processes p where p.id = $1) as process,
       (select to_jsonb(o) ${without('id', 'process_id', 'key', 'due_at', 'created_at', 'trace_id')}
        from operations o where o.id = $2) as operation,
       (select jsonb_agg(to_jsonb(a) ${without('id', 'process_id', 'operation_id', 'lane', 'chosen_id', 'sent_at', 'answered_at')})
        from attempts a where a.process_id = $1) as attempts,
       (select jsonb_agg(to_jsonb(e) ${without('id', 'process_id', 'time', 'written_in')} order by e.sequence)
        from events e where e.process_id = $1) as events,
       (select jsonb_agg(to_jsonb(n) ${without('portal', 'process_id')} order by n.native_id)
        from native_ids n where n.process_id = $1) as claims,
       (select k.answer from idempotency_keys k where k.operation_id = $2) as answer`,
    [process.id, operation.id],
  );
  if (!row) throw new Error('There is no row');
  return row;
}

async function statementsThatSettle(): Promise<readonly string[]> {
  const sessions = await Promise.all(
    Array.from({ length: 20 }, () =>
      room.database.query<{ name: string }[]>("select name from pg_prepared_statements where name like 'settle%'"),
    ),
  );
  return sessions.flat().map(({ name }) => name);
}
