import { lastState } from './stats.sql.js';

/** Whoever takes a piece of work has it for two minutes from each sign of life. $1 name */
export const takeWork = `
  insert into house_work as known (name, due_at) values ($1, clock_timestamp() + interval '2 minutes')
  on conflict (name) do update set due_at = excluded.due_at where known.due_at <= clock_timestamp()
  returning name`;

/** $1 name, $2 seconds until it is due again */
export const setDue = `update house_work set due_at = clock_timestamp() + make_interval(secs => $2) where name = $1`;

/** $1 days: since when what is over stays, and the first month that stays, as the lowest id of it. */
export const bounds = `
  select stays.since::text as since, first_id_of(date_trunc('month', stays.since, 'UTC')) as first_id
  from (select clock_timestamp() - make_interval(days => $1::int) as since) stays`;

/** Whether every event of months that are over is counted. $1 the first id that stays */
export const isCounted = `
  select not exists (
    select
    from stats_mark m
    join events e on (e.written_in, e.id) > (m.written_in, m.event_id) and e.process_id < $1::uuid
  ) as is_counted`;

/**
 * The next processes of months that are over, and what hangs on them. One that is not closed, or was closed lately, stays,
 * and so does one that somebody works on, that a person has to decide on, or that is not counted yet.
 *
 * $1 after this one, $2 below this id, $3 closed before, $4, $5 the mark of what is counted, $6 how many are looked at
 */
export const forget = `/* forget */
  with looked_at as (
    select id from processes where id > $1::uuid and id < $2::uuid order by id limit $6
  ), gone as (
    select p.id, p.connection, p.definition, p.client_id, p.portal, p.native_id, p.tags
    from looked_at
    join processes p on p.id = looked_at.id
    where p.category = 'closed'
      and p.closed_at < $3::timestamptz
      and not exists (
        select from operations o where o.process_id = p.id and o.state in ('queued', 'sending'))
      and not exists (
        select from attempts a where a.process_id = p.id and (a.kept or a.class is null))
      and not exists (select from incidents i where i.process_id = p.id and i.state = 'open')
      and not exists (
        select from events e where e.process_id = p.id and (e.written_in, e.id) > ($4::xid8, $5::uuid))
    for update of p skip locked
  ), keys as (
    delete from idempotency_keys k
    using gone, operations o
    where o.process_id = gone.id and k.client_id = o.client_id and k.key = o.key and k.operation_id = o.id
  ), native as (
    delete from native_ids n
    using (
      select id, portal, native_id from gone
      union
      select gone.id, gone.portal, a.native_id from gone join attempts a on a.process_id = gone.id
    ) named
    where n.native_id = named.native_id and n.portal = named.portal and n.process_id = named.id
  ), tags as (
    delete from process_tags t
    using gone, unnest(gone.tags) as own (name)
    where t.tag = own.name and t.connection = gone.connection and t.process_id = gone.id
  ), element as (
    delete from elements e using gone where e.process_id = gone.id
  ), attempt as (
    delete from attempts a using gone where a.process_id = gone.id
  ), operation as (
    delete from operations o using gone where o.process_id = gone.id
  ), incident as (
    delete from incidents i using gone where i.process_id = gone.id
  ), other_event as (
    delete from events_other e using gone where e.process_id = gone.id
  ), uncounted as (
    update stats_states s
    set processes = s.processes - left_over.processes
    from (
      select gone.connection, gone.definition, gone.client_id, stood.state, count(*) as processes
      from gone
      cross join lateral (${lastState('gone.id', '2147483647')}
      ) stood
      group by gone.connection, gone.definition, gone.client_id, stood.state
    ) left_over
    where s.connection = left_over.connection
      and s.definition = left_over.definition
      and s.client_id = left_over.client_id
      and s.state = left_over.state
  ), process as (
    delete from processes p using gone where p.id = gone.id
  )
  select (select id from looked_at order by id desc limit 1) as last, (select count(*)::int from gone) as gone`;

/** Months of events before that of an id, oldest first; `has_orphans`: of processes that are gone. $1 first id that stays */
export const oldMonths = `
  select to_date(right(c.relname, 7), 'YYYY_MM')::text as month
  from pg_inherits i
  join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'events'::regclass
    and c.relname ~ '^events_\\d{4}_\\d{2}$'
    and to_date(right(c.relname, 7), 'YYYY_MM') < (time_of_id($1::uuid) at time zone 'UTC')::date
  order by 1`;

/** Whether a month holds events of processes that are gone. $1 month */
export const hasOrphans = (month: string): string => `
  select exists (
    select
    from events_${month.slice(0, 7).replace('-', '_')} e
    where e.sequence = 1 and not exists (select from processes p where p.id = e.process_id)
  ) as found`;

/** $1 month, $2 processes that are carried over at most */
export const dropMonth = 'select drop_month_of_events($1::date, $2) as became';

/** Pages of the table of keys. */
export const keyPages = `select pg_relation_size('idempotency_keys') / current_setting('block_size')::int as pages`;

/**
 * Keys whose days are over, counted from when their process left `pending`. Found page by page: an index would cost every
 * start. $1 first page, $2 the page after the last, $3 days
 */
export const forgetKeys = `
  delete from idempotency_keys k
  where k.ctid >= $1::tid
    and k.ctid < $2::tid
    and k.created_at < clock_timestamp() - make_interval(days => $3::int)
    and not exists (
      select
      from processes p
      where p.id = k.process_id
        and (p.category = 'pending'
          or coalesce(p.started_at, p.closed_at) >= clock_timestamp() - make_interval(days => $3::int)))
    and not exists (select from operations o where o.id = k.operation_id and o.state in ('queued', 'sending'))`;

/** What belongs to no process; callbacks and reports go by days of their own. $1 since, or nothing */
export const forgetOthers = [
  `delete from incidents
   where id in (
     select id from incidents
     where id < first_id_of($1::timestamptz) and state = 'resolved' and resolved_at < $1::timestamptz and process_id is null
     limit 1000)`,
  `delete from connection_events
   where id in (select id from connection_events where time < $1::timestamptz limit 1000)`,
  `delete from stats_hours
   where ctid in (select ctid from stats_hours where hour < clock_timestamp() - interval '8 days' limit 1000)`,
  'delete from stats_states where processes = 0',
];

/** Whether processes of a month are there. $1 month */
export const hasProcesses = `
  select exists (
    select
    from processes
    where id >= first_id_of($1::date::timestamp at time zone 'UTC')
      and id < first_id_of(($1::date + interval '1 month') at time zone 'UTC')
  ) as found`;
