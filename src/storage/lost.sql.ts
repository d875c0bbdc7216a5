import { consequences, idsAreFree, provesNothing } from './change.sql.js';

/**
 * Takes lost starts that are due to be looked for, by moving their next look a minute on. The connections that have lost
 * starts are found by one probe of the index each, however many others there are.
 *
 * $1 connections, $2 seconds of the longest life at each, $3 limit
 */
export const takeLost = `
  with recursive losing as (
    (
      select p.connection
      from processes p
      where p.next_look_at is not null
      order by p.connection, p.next_look_at
      limit 1)
    union all
    select next.connection
    from losing
    cross join lateral (
      select p.connection
      from processes p
      where p.next_look_at is not null and p.connection > losing.connection
      order by p.connection, p.next_look_at
      limit 1
    ) next
  ), due as (
    select p.id, room.life
    from losing
    join unnest($1::text[], $2::float8[]) as room (connection, life) on room.connection = losing.connection
    cross join lateral (
      select p.id
      from processes p
      where p.connection = losing.connection
        -- stands still while it runs, so that the index ends where the rest is not due yet
        and p.next_look_at <= statement_timestamp()
      order by p.next_look_at
      limit $3
      for update skip locked
    ) p
  ), taken as (
    update processes p
    set next_look_at = clock_timestamp() + interval '60 seconds'
    from due
    where p.id = due.id
    returning p.*, due.life
  )
  select to_json(o) as operation, to_json(taken) as process, attempts.rows as attempts, taken.looks, attempts.life,
    attempts.over_at, attempts.over_at <= clock_timestamp() as is_over,
    (select max(noticed_at) from database_holds) as restored_at
  from taken
  join operations o on o.process_id = taken.id and o.kind = 'start'
  cross join lateral (
    select coalesce(json_agg(to_json(a) order by a.number), '[]') as rows,
      coalesce(
        max(a.sent_at + make_interval(secs => greatest(a.life_seconds, taken.life))),
        taken.created_at + make_interval(secs => taken.life)) as over_at,
      greatest(max(a.life_seconds), taken.life) as life
    from attempts a
    where a.process_id = taken.id and a.operation_id = o.id
  ) attempts`;

/**
 * What a look found, fenced like a verdict: only where the start is as it was read. What merely fits ($8 given) is adopted
 * only while no other attempt of the lane since then may have made the run, asked in this very statement, none of its own is
 * out, and no database was put back since it was sent: the run may be a lost row's. With one attempt of unknown outcome, the run is that attempt's.
 *
 * $1 operation, $2 token, $3 revision, $4 change, $5 operation's state, $6 answer or null, $7 native id or null,
 * $8 since when attempts of the lane could have made the run, or null
 */
export const found = `/* found */
  with held as (
    select o.id, o.client_id, o.key, p.id as process_id, p.connection, p.portal
    from operations o
    join processes p on p.id = o.process_id
    where o.id = $1::uuid
      -- looks are fenced too, and adopt only what is lost
      and o.fencing_token = $2::bigint
      and p.revision = $3::int
      and (p.state = 'indeterminate' or p.state = 'running' and p.native_id is null)
      -- one native id, one process
      and ${idsAreFree('$4')}
      -- an attempt that is out has its own verdict, or its sweep
      and not exists (
        select from attempts a
        where a.process_id = p.id and a.operation_id = o.id and a.class is null)
      -- no other attempt of the lane without a verdict or a native id, whatever its process shows
      and ($8::timestamptz is null or not exists (
        select from attempts a
        where a.lane = p.lane
          and (a.class is null or a.class in ('unknown', 'accepted_unidentified'))
          and a.native_id is null
          and a.process_id <> p.id
          and a.sent_at > $8::timestamptz))
      -- no machine adopts what is probable across a lost stretch
      and ($8::timestamptz is null or not exists (
        select from database_holds h, attempts own
        where own.process_id = p.id
          and own.operation_id = o.id
          and own.class in ('unknown', 'accepted_unidentified')
          and own.native_id is null
          and own.sent_at <= h.noticed_at))
    for update of p, o
  ), mark as (
    update attempts a
    set native_id = $7
    from held
    where $7::text is not null
      and a.process_id = held.process_id
      and a.operation_id = held.id
      and a.class in ('unknown', 'accepted_unidentified')
      and a.native_id is null
      and 1 = (
        select count(*)
        from attempts b
        where b.process_id = held.process_id
          and b.operation_id = held.id
          and (b.class is null or b.class in ('unknown', 'accepted_unidentified'))
          and b.native_id is null)
  ), operation as (
    update operations o
    set state = $5, lease_until = null, fencing_token = o.fencing_token + 1
    from held
    where o.id = held.id and ($7::text is not null or $5 <> o.state)
  ), answered as (
    update idempotency_keys k
    set answer = $6::jsonb
    from held
    where k.client_id = held.client_id and k.key = held.key and $6::jsonb is not null
  ), ${consequences('$4')}
  select count(*)::int as written from held`;

/**
 * Takes a native id from a weaker claim. $1 portal, $2 native id, $3 holder, $4 revision, $5 change of the holder,
 * $6 what becomes of the holder's start
 */
export const dispossess = `
  with held as (
    select p.id as process_id, p.connection, p.portal
    from processes p
    join native_ids n on n.portal = $1 and n.native_id = $2 and n.process_id = p.id
    -- a sure claim takes it from a likely one, never from a sure one
    where p.id = $3::uuid and p.revision = $4::int and n.claim in ('reconciled_probable', 'operator')
    for update of p, n
  ), released as (
    delete from native_ids n
    using held
    where n.portal = $1 and n.native_id = $2
  ), unmarked as (
    update attempts a
    set native_id = null
    from held
    where a.process_id = held.process_id and a.native_id = $2 and a.class in ('unknown', 'accepted_unidentified')
  ), operation as (
    update operations o
    set state = $6, fencing_token = o.fencing_token + 1, lease_until = null
    from held
    where o.process_id = held.process_id and o.kind = 'start'
  ), ${consequences('$5')}
  select count(*)::int as written from held`;

/** Late answers that nobody has read. $1 limit */
export const keptAnswers = `
  select to_json(o) as operation, to_json(p) as process, to_json(a) as attempt,
    exists (
      select from attempts b where b.process_id = a.process_id and b.operation_id = a.operation_id and b.class is null
    ) as is_out,
    exists (
      select from attempts b
      where b.process_id = a.process_id
        and b.operation_id = a.operation_id
        and b.id <> a.id
        and (b.class = 'unknown' or b.class is null)
        and b.native_id is null
    ) as other_unknown,
    ${provesNothing} as proves_nothing
  from attempts a
  join operations o on o.id = a.operation_id
  join processes p on p.id = a.process_id
  where a.kept
  order by a.id
  limit $1`;

/** Stops that take longer, and of which no person was told since they began. $1 seconds, $2 limit */
export const stuckStops = `
  select *
  from processes p
  where terminating_since < statement_timestamp() - make_interval(secs => $1::float8)
    and not exists (
      select from incidents i
      where i.process_id = p.id and i.kind = 'stop-stuck' and i.created_at > p.terminating_since)
  order by terminating_since
  limit $2`;
