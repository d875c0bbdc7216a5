/** Whether event `e` says how its process stands since. */
const tells = (e: string): string =>
  `(${e}.type like 'process.%' and (${e}.type = 'process.accepted' or ${e}.data ? 'state'))`;

const stateOf = (e: string): string =>
  `case ${e}.type when 'process.accepted' then 'queued' else ${e}.data ->> 'state' end`;

/** The state that the newest event of a process tells, of those before `sequence`. */
export const lastState = (processId: string, sequence: string): string => `
    select ${stateOf('b')} as state
    from events b
    where ${sequence} > 1 and b.process_id = ${processId} and b.sequence < ${sequence} and ${tells('b')}
    order by b.sequence desc
    limit 1`;

/** The last event that is counted, for whoever changes the counts; nobody else does meanwhile. */
export const lockMark = `
  select written_in::text, event_id, written_in >= pg_snapshot_xmax(pg_current_snapshot()) as is_foreign
  from stats_mark`;

/** Whether there is anything to count. No transaction that is still open can have written before this. */
export const isBehind = `
  select exists (
    select
    from stats_mark m
    cross join lateral (
      select e.written_in
      from events e
      where (e.written_in, e.id) > (m.written_in, m.event_id)
      order by e.written_in, e.id
      limit 1
    ) next
    where next.written_in < pg_snapshot_xmin(pg_current_snapshot())
  ) as is_behind`;

/**
 * Counts the next events and moves the mark, in one commit, so that each is counted once. An event is counted as the step
 * from what the one before it told: in whatever order they come, the sum is the same.
 *
 * $1, $2 the mark, $3 how many at most, $4 closed states
 */
export const roll = `/* roll */
  with fresh as (
    select e.process_id, e.sequence, e.type, e.time, e.written_in, e.id, ${stateOf('e')} as state, ${tells('e')} as tells
    from events e
    where (e.written_in, e.id) > ($1::xid8, $2::uuid) and e.written_in < pg_snapshot_xmin(pg_current_snapshot())
    order by e.written_in, e.id
    limit $3
  ), told as (
    select process_id, sequence, type, time, state, tells,
      lag(state) over own as state_before,
      lag(sequence) over own = sequence - 1 and lag(tells) over own as follows
    from fresh
    window own as (partition by process_id order by sequence)
  ), step as materialized (
    select p.connection, p.definition, p.client_id, date_bin('1 hour', t.time, 'epoch') as hour, t.type, t.state,
      -- what stands between two of these is not here, or tells nothing
      case when t.follows then t.state_before else (${lastState('t.process_id', 't.sequence')}) end as state_before
    from told t
    join processes p on p.id = t.process_id
    where t.tells
  ), steps as (
    -- few, whatever happened to many; from the joins themselves they would be sorted first
    select connection, definition, client_id, hour, type, state, state_before, count(*)::int as number
    from step
    group by 1, 2, 3, 4, 5, 6, 7
  ), moved as (
    insert into stats_states as known (connection, definition, client_id, state, processes)
    select connection, definition, client_id, state, sum(change)
    from (
      select connection, definition, client_id, state, number as change from steps
      union all
      select connection, definition, client_id, state_before, -number from steps where state_before is not null
    ) one
    group by connection, definition, client_id, state
    having sum(change) <> 0
    on conflict (connection, definition, client_id, state)
    do update set processes = known.processes + excluded.processes
  ), brought as (
    select hour, connection, definition, client_id,
      coalesce(sum(number) filter (where type in ('process.started', 'process.reconciled')), 0) as started,
      coalesce(sum(number) filter (where state = any ($4::text[]) and state_before <> all ($4::text[])), 0) as closed,
      coalesce(sum(number) filter (where state = 'rejected' and state_before is distinct from 'rejected'), 0) as rejected,
      coalesce(sum(number) filter (where type = 'process.indeterminate'), 0) as indeterminate
    from steps
    group by 1, 2, 3, 4
  ), hours as (
    insert into stats_hours as known
      (hour, connection, definition, client_id, started, closed, rejected, indeterminate)
    select * from brought where started + closed + rejected + indeterminate > 0
    on conflict (hour, connection, definition, client_id) do update
    set started = known.started + excluded.started,
        closed = known.closed + excluded.closed,
        rejected = known.rejected + excluded.rejected,
        indeterminate = known.indeterminate + excluded.indeterminate
  ), marked as (
    update stats_mark
    set written_in = last.written_in, event_id = last.id
    from (select written_in, id from fresh order by written_in desc, id desc limit 1) last
  )
  select count(*)::int as events from fresh`;

/**
 * The numbers of transactions are those of one cluster: in another one that this database was copied to, those of before
 * come first, and everything is counted anew.
 */
export const recount = [
  `set local statement_timeout = 0`,
  `update events set written_in = '0' where written_in >= pg_snapshot_xmax(pg_current_snapshot())`,
  'delete from stats_states',
  'delete from stats_hours',
  `update stats_mark set written_in = '0', event_id = '00000000-0000-0000-0000-000000000000'`,
];

const sees = (alias: string): string => `(
      ($1::text[] is null or ${alias}.connection = any ($1))
      and ($2::text[] is null or ${alias}.definition = any ($2))
      and ($3::uuid is null or ${alias}.client_id = $3))`;

/** $1 connections, $2 definitions, $3 client; null: all of them */
export const byStateAndConnection = `
  select s.state, s.connection, sum(s.processes)::float8 as processes
  from stats_states s
  where ${sees('s')}
  group by s.state, s.connection
  having sum(s.processes) <> 0`;

/** What no event tells: of those that are not started, which are out and which are lost. Few at any time. */
export const ofPending = `
  select 'starting' as state, count(*)::int as processes
  from operations o
  join processes p on p.id = o.process_id
  where o.state = 'sending' and o.kind = 'start' and p.state = 'starting' and ${sees('p')}
  union all
  select 'indeterminate', count(*)::int
  from processes p
  where p.state = 'indeterminate' and p.state <> 'starting' and ${sees('p')}`;

/** $4 days */
export const byHour = `
  select s.hour, sum(s.started)::float8 as started, sum(s.closed)::float8 as closed,
    sum(s.rejected)::float8 as rejected, sum(s.indeterminate)::float8 as indeterminate
  from stats_hours s
  where s.hour > clock_timestamp() - make_interval(days => $4::int) and ${sees('s')}
  group by s.hour
  order by s.hour`;

export const age = `
  select extract(epoch from clock_timestamp() - next.time)::float8 as age_seconds
  from stats_mark m
  cross join lateral (
    select e.time
    from events e
    where (e.written_in, e.id) > (m.written_in, m.event_id)
    order by e.written_in, e.id
    limit 1
  ) next`;
