/** What the clocks and the whole seconds of a platform may be off, in seconds. */
const tolerance = 5;

/** Every name of the portal of that name: a connection keeps its own where a move was not followed. $1 portal */
const names = `any (array(
    select $1::text
    union all
    select n.portal from portal_names n where n.origin = $1
    union all
    select n.origin
    from portal_names n
    where n.portal = coalesce((select portal from portal_names where origin = $1), $1)))`;

/**
 * Starts of ours that may have made a run and that a person can still give it to: one that an open incident names it for, one
 * that offered its id or whose late answer names it, one of the lane with an attempt of unknown outcome in the longest life before the run began, and,
 * while a restored database is held, one from before that is queued in it.
 *
 * $1 portal, $2 native id, $3 lane, $4 definition whose lanes a run does not show, or null, $5 when the run began, or null
 */
const suspects = `
  select p.*
  from incidents i
  join processes p on p.id = i.process_id
  where i.state = 'open'
    and p.portal = ${names}
    and p.native_id is null
    and p.category <> 'closed'
    and i.candidates @> jsonb_build_array(jsonb_build_object('nativeId', $2::text))
  union all
  select p.*
  from attempts a
  join processes p on p.id = a.process_id
  where a.lane is not null
    and (a.class is null or a.class in ('unknown', 'accepted_unidentified'))
    and a.native_id is null
    and p.portal = ${names}
    and p.native_id is null
    and p.category <> 'closed'
    and (a.chosen_id = $2
      or (a.lane = $3 or p.definition = $4)
        and ($5::timestamptz is null
          or $5::timestamptz between a.sent_at - interval '${tolerance} seconds'
            and a.sent_at + make_interval(secs => a.life_seconds + ${tolerance})))
  union all
  select p.*
  from attempts a
  join processes p on p.id = a.process_id
  where a.kept and a.native_id = $2 and p.portal = ${names}
  union all
  select p.*
  from database_holds h
  join processes p on p.state = 'queued' and (p.lane = $3 or p.definition = $4 and p.portal = ${names}) and p.created_at < h.noticed_at
  where h.released_at is null
    and ($5::timestamptz is null or $5::timestamptz > p.created_at - interval '${tolerance} seconds')`;

/**
 * A native run becomes a process in one statement: the key decides, the rest follows it. Nothing is written where the run has
 * a process, or may be the run of a start that is unknown; the primary key of `native_ids` holds against whoever claims it in
 * the very moment.
 *
 * $1 to $5 as above, $6 client, $7 key, $8 fingerprint, $9 change, $10 answer
 */
export const adopt = `/* adopt */
  with key as (
    insert into idempotency_keys (client_id, key, fingerprint, process_id, answer, created_at)
    select $6::uuid, $7, $8::bytea, ($9::jsonb -> 'process' ->> 'id')::uuid, $10::jsonb, clock_timestamp()
    where not exists (select from native_ids n where n.portal = ${names} and n.native_id = $2)
      and not exists (select from (${suspects}) suspect)
    on conflict do nothing
    returning process_id
  ), process as (
    insert into processes
    select row.* from key, jsonb_populate_record(null::processes, $9::jsonb -> 'process') row
  ), tag as (
    insert into process_tags (tag, connection, process_id)
    select distinct names.tag, row.connection, row.id
    from key, jsonb_populate_record(null::processes, $9::jsonb -> 'process') row, unnest(row.tags) as names (tag)
  ), event as (
    insert into events (process_id, sequence, id, type, time, data)
    select row.process_id, row.sequence, row.id, row.type, clock_timestamp(), row.data
    from key, jsonb_populate_recordset(null::events, $9::jsonb -> 'events') row
  ), claimed as (
    insert into native_ids (portal, native_id, process_id, claim)
    select $1, $2, process_id, 'operator' from key
  )
  select count(*)::int as written from key`;

/** Why nothing was written. $1 to $5 as above */
export const explainUnadopted = `
  select
    exists (select from native_ids n where n.portal = ${names} and n.native_id = $2) as is_taken,
    (select to_json(p)
     from native_ids n
     join processes p on p.id = n.process_id
     where n.portal = ${names} and n.native_id = $2
     limit 1) as holder,
    (select to_json(s)
     from (select suspect.*,
             (select i.id
              from incidents i
              where i.process_id = suspect.id
                and i.state = 'open'
                and i.kind in ('outcome-unknown', 'unidentified-run', 'id-taken')
              order by i.id
              limit 1) as incident_id
           from (${suspects}) suspect
           order by incident_id nulls last, suspect.id
           limit 1) s) as suspect`;
