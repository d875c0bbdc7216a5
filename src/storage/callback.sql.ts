/**
 * How an element that was told of stands, of `e`, the process `p` that has its run (or none), and the event `done` that tells
 * of its completion. Nothing of that is written a second time: a callback may come before its run is known.
 */
const stateOfTold = `case
    when not e.waits or done.time is not null then 'completed'
    when e.over_at <= clock_timestamp() or p.category = 'closed' then 'cancelled'
    else 'waiting'
  end`;

const completion = `left join lateral (
    select v.time
    from events v
    where v.process_id = p.id and v.type = 'element.completed' and v.data ->> 'elementId' = e.id::text
    order by v.sequence
    limit 1
  ) done on true`;

/** $1 process */
export const elementsOfProcess = `
  select e.id, e.native_id, e.name, e.type, e.started_at, ${stateOfTold} as state,
    case
      when not e.waits then e.started_at
      when done.time is not null then done.time
      when e.over_at <= clock_timestamp() then e.over_at
      else p.closed_at
    end as completed_at
  from processes p
  join told_elements e on e.portal = p.portal and e.run_id = p.native_id
  ${completion}
  where p.id = $1::uuid
  order by e.started_at, e.id`;

/** $1 portal, $2 native id */
export const toldElement = `
  select e.secret_sealed, ${stateOfTold} as state
  from told_elements e
  left join native_ids n on n.portal = e.portal and n.native_id = e.run_id
  left join processes p on p.id = n.process_id
  ${completion}
  where e.portal = $1 and e.native_id = $2`;

/** $1 id, $2 connection, $3 portal, $4 run, $5 native id, $6 name, $7 type, $8 waits, $9 sealed secret, $10 seconds */
export const keepElement = `
  insert into told_elements
    (id, connection, portal, run_id, native_id, name, type, waits, secret_sealed, over_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp() + make_interval(secs => $10::float8))
  on conflict do nothing
  returning id`;

/** $1 id, $2 connection, $3 portal, $4 digest, $5 kind, $6 definition, $7 native id, $8 change, $9 message */
export const keepCallback = `
  insert into callbacks (id, connection, portal, digest, kind, definition, native_id, change, message)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  on conflict do nothing
  returning id`;

/**
 * The connections that something waits for are found by one probe of the index each, however much of it is not due.
 *
 * $1 limit of each connection, $2 seconds until it is due again should nobody say that it is handled, $3 connections to
 * leave out
 */
export const takeCallbacks = `
  with recursive waiting as (
    (select c.connection from callbacks c where c.handled_at is null order by c.connection, c.due_at limit 1)
    union all
    select next.connection
    from waiting
    cross join lateral (
      select c.connection
      from callbacks c
      where c.handled_at is null and c.connection > waiting.connection
      order by c.connection, c.due_at
      limit 1
    ) next
  ), due as (
    select mine.id
    from waiting
    cross join lateral (
      select c.id
      from callbacks c
      where c.connection = waiting.connection
        and c.connection <> all ($3::text[])
        and c.handled_at is null
        and c.due_at <= statement_timestamp()
      order by c.due_at
      limit $1
      for update skip locked
    ) mine
  ), taken as (
    update callbacks c
    set due_at = clock_timestamp() + make_interval(secs => $2::float8), tries = c.tries + 1
    from due
    where c.id = due.id
    returning c.*
  )
  select taken.*, n.process_id
  from taken
  left join native_ids n on n.portal = taken.portal and n.native_id = taken.native_id
  order by taken.received_at`;

/** Of runs that nobody has started here or adopted since. $1 days */
export const forgetElements = `
  delete from told_elements e
  where e.started_at < statement_timestamp() - make_interval(days => $1::int)
    and not exists (select from native_ids n where n.portal = e.portal and n.native_id = e.run_id)`;

/** $1 portal, $2 definition, $3 since */
export const unknownRuns = `
  select c.native_id
  from callbacks c
  where c.portal = $1
    and c.kind = 'run'
    and c.definition = $2
    and c.received_at >= $3::timestamptz
    and not exists (select from native_ids n where n.portal = c.portal and n.native_id = c.native_id)
  group by c.native_id
  order by max(c.received_at) desc
  limit 50`;
