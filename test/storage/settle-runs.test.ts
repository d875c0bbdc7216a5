import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Intended } from '../../src/processes/operation.js';
import type { Settlement } from '../../src/processes/process.store.js';
import { at } from '../processes/samples.js';
import { ProcessRoom, settlementOf } from './process-room.js';

const runs = (nativeId: string) => ({ to: 'running', at, learnt: { nativeId, nativeState: 'now' } }) as const;

/** Says the same, but is due in a moment that a done operation does not have: so it is settled as any other verdict. */
const asAnyOther: Partial<Settlement> = { operation: { state: 'done', retryAfterMs: 1 } };

let room: ProcessRoom;

beforeAll(async () => {
  room = await ProcessRoom.open();
});
afterAll(() => room.close());
beforeEach(() => room.empty());

describe('the verdict that a start runs', () => {
  it('writes what any other verdict would write of it', async () => {
    const [own, other] = [await room.sending(), await room.sending()];
    await room.store.settle(settlementOf(own, runs('77')));
    await room.store.settle(settlementOf(other, runs('77-b'), asAnyOther));

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

function claims(): Promise<unknown> {
  return room.database.query('select native_id, claim from native_ids');
}

/** Everything that is kept of a start, but for what is its own: ids and moments. */
async function rowsOf({ process, operation }: Intended): Promise<Readonly<Record<string, unknown>>> {
  const without = (...columns: string[]): string => `- '{${columns.join(',')}}'::text[]`;
  const [row] = await room.database.query<Readonly<Record<string, unknown>>[]>(
    `select
       (select to_jsonb(p) ${without('id', 'native_id', 'lane', 'run_id', 'created_at')}
        from processes p where p.id = $1) as process,
       (select to_jsonb(o) ${without('id', 'process_id', 'key', 'due_at', 'created_at', 'trace_id')}
        from operations o where o.id = $2) as operation,
       (select jsonb_agg(to_jsonb(a) ${without('id', 'process_id', 'operation_id', 'native_id', 'lane', 'chosen_id', 'sent_at', 'answered_at')})
        from attempts a where a.process_id = $1) as attempts,
       (select jsonb_agg(to_jsonb(e) ${without('id', 'process_id', 'time', 'written_in')} order by e.sequence)
        from events e where e.process_id = $1) as events,
       (select jsonb_agg(n.claim) from native_ids n where n.process_id = $1) as claims,
       (select k.answer #- '{progress,nativeId}' from idempotency_keys k where k.operation_id = $2) as answer`,
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
