import { takeCallbacks } from '../../src/storage/callback.sql.js';
import { claimAbandoned, claimDue, claimExpired } from '../../src/storage/claim.sql.js';
import { lastRun, nextRuns, takeLooks } from '../../src/storage/look-rounds.sql.js';
import { keptAnswers, stuckStops, takeLost } from '../../src/storage/lost.sql.js';
import { takeDueReports } from '../../src/storage/report.sql.js';
import { claimTaskLooks } from '../../src/storage/task-news.js';
import { ProcessRoom } from './process-room.js';

/** Of each kind, and none of them due. */
const rows = 20_000;
/** Pages of 8 KiB. To read the least of these tables or one of their indexes as a whole takes more. */
const mostPages = 40;

let room: ProcessRoom;

beforeAll(async () => {
  room = await ProcessRoom.open();
  await fill();
}, 180_000);
afterAll(async () => {
  // What stands in a database at its end is searched for secrets; so many rows of one kind tell nothing.
  await room?.empty();
  await room?.close();
}, 60_000);

/** Runs that are open, being stopped, lost or waiting to start, and what reports and callbacks wait for; all of `busy`. */
async function fill(): Promise<void> {
  const { process } = await room.queued();
  for (const [part, state, category] of [
    [1, 'running', 'open'],
    [2, 'terminating', 'open'],
    [3, 'indeterminate', 'pending'],
    [4, 'queued', 'pending'],
    [5, 'completed', 'closed'],
  ] as const) {
    await room.database.query(
      `insert into processes
       select row.*
       from processes p, generate_series(1, $5::int) n, json_populate_record(p, json_build_object(
         'id', lpad(to_hex($2 * 10000000 + n), 8, '0') || '-0000-7000-8000-000000000000',
         'connection', 'busy', 'state', $3::text, 'category', $4::text, 'native_id', $3::text || n,
         'terminating_since', case when $3 = 'terminating' then now() end,
         'next_look_at', case when $3 = 'indeterminate' then now() + interval '1 hour' end,
         'start_before', case when $3 = 'queued' then now() + interval '1 hour' end)) row
       where p.id = $1`,
      [process.id, part, state, category, rows],
    );
  }
  for (const [state, due, lease] of [
    ['queued', '1 hour', null],
    ['sending', '0', '1 hour'],
  ] as const) {
    await room.database.query(
      `insert into operations
       select row.*
       from operations o, generate_series(1, $4::int) n, json_populate_record(o, json_build_object(
         'id', md5($1::text || n), 'connection', 'busy', 'state', $1::text,
         'process_id', md5('process' || $1::text || n),
         'due_at', now() + $2::interval, 'lease_until', now() + $3::interval)) row
       where o.process_id = $5`,
      [state, due, lease, rows, process.id],
    );
  }
  await room.database.query(
    `insert into attempts (id, operation_id, process_id, number, fencing_token, sent_at)
     select id, id, process_id, 1, 0, now() from operations where state = 'sending'`,
  );
  await room.database.query(
    `insert into reports (id, connection, portal, fingerprint, outcome, via, due_at)
     select gen_random_uuid(), 'busy', 'p', n::text::bytea, 'started', 'token', now() + make_interval(hours => 1, secs => n)
     from generate_series(1, $1::int) n`,
    [rows],
  );
  await room.database.query(
    `insert into callbacks (id, connection, portal, digest, kind, due_at)
     select gen_random_uuid(), 'busy', 'p', n::text::bytea, 'run', now() + make_interval(hours => 1, secs => n)
     from generate_series(1, $1::int) n`,
    [rows],
  );
  await room.database.query(
    `insert into look_rounds (connection, state, due_at, looks)
     select 'busy', unnest(array['running', 'terminating']), now() + interval '1 hour', 1`,
  );
  await room.database.query(`insert into task_looks (connection, looked_at) values ('busy', now())`);
  await room.database.query('delete from operations where process_id = $1', [process.id]);
  await room.database.query('delete from processes where id = $1', [process.id]);
  await room.database.query('vacuum analyze');
}

interface Plan {
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly 'Actual Rows': number;
}

/** The pages that a statement touches; the second time, since the first one reads catalogues too. */
async function pages(statement: string, values: readonly unknown[]): Promise<number> {
  const explain = `explain (analyze, buffers, format json) ${statement}`;
  await room.database.query(explain, [...values]);
  const [row] = await room.database.query<{ 'QUERY PLAN': readonly { readonly Plan: Plan }[] }[]>(explain, [...values]);
  const plan = row?.['QUERY PLAN'][0]?.Plan;
  if (!plan) throw new Error('There is no plan');
  return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
}

const keys = ['busy', 'idle', 'third'];
const uuid = '00000000-0000-0000-0000-000000000000';

describe('a tick with nothing due reads no more than a few pages, however much waits:', () => {
  it.each<[string, string, readonly unknown[]]>([
    ['looks', takeLooks, [keys, 30]],
    ['looks at connections that have nothing', takeLooks, [['idle', 'third'], 30]],
    ['looks for tasks', claimTaskLooks, [keys, 30]],
    ['looks for tasks at connections that have nothing', claimTaskLooks, [['idle', 'third'], 30]],
    ['lost starts', takeLost, [keys, [60, 60, 60], 100]],
    ['stops that are stuck', stuckStops, [600, 100]],
    ['late answers', keptAnswers, [100]],
    ['callbacks', takeCallbacks, [10, 30, []]],
    ['reports', takeDueReports, [100]],
    ['operations', claimDue, [keys, [5, 5, 5], [5, 5, 5], [60, 60, 60], 30]],
    ['starts whose time is over', claimExpired, [100, 30]],
    ['attempts that were abandoned', claimAbandoned, [100, 30, []]],
  ])('%s', async (_, statement, values) => {
    expect(await pages(statement, values)).toBeLessThan(mostPages);
  });
});

describe('a look reads its own runs and no others', () => {
  it.each<[string, string, readonly unknown[]]>([
    ['the last of a round', lastRun, ['busy', 'running']],
    ['the first of a round', nextRuns, ['busy', 'running', null, 'ffffffff-0000-0000-0000-000000000000', 30, 5]],
    ['those where nothing runs', nextRuns, ['idle', 'running', uuid, 'ffffffff-0000-0000-0000-000000000000', 30, 5]],
  ])('%s', async (_, statement, values) => {
    expect(await pages(statement, values)).toBeLessThan(mostPages);
  });
});
