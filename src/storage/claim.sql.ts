import { isNotHeld, laneIsFree, provesNothing } from './change.sql.js';
import { seenAt } from './look-rounds.sql.js';

const claimable = `
      where o.connection = room.connection
        and o.state = 'queued'
        -- stands still while it runs, so that the index ends where the rest is not due yet
        and o.due_at <= statement_timestamp()
        and (o.lease_until is null or o.lease_until < clock_timestamp())`;

/**
 * $1 connections, $2 room for starts at each, $3 room for commands, $4 seconds of the longest life, $5 lease seconds.
 *
 * Commands go before the starts of their portal. One waits until its run is known, or over; a kill, which deletes the row
 * that would stop a start still under way, until no such start can be, unless its process is closed.
 */
export const claimDue = `/* claim */
  with room as (
    select * from unnest($1::text[], $2::int[], $3::int[], $4::float8[]) as room (connection, starts, commands, life)
  ), due as (
    select command.id
    from room
    cross join lateral (
      select o.id
      from operations o
      join processes p on p.id = o.process_id
      ${claimable}
        and o.kind <> 'start'
        and ${isNotHeld}
        and (p.category = 'closed' or p.category = 'open' and p.native_id is not null)
        -- a kill waits for the longest life of every attempt without a verdict
        and (o.kind <> 'kill' or p.category = 'closed' or not exists (
          select from attempts a
          where a.process_id = p.id
            and a.lane is not null
            and (a.class is null or a.class = 'unknown')
            and a.sent_at + make_interval(secs => greatest(a.life_seconds, room.life)) > clock_timestamp()))
      order by o.due_at
      limit room.commands
      for update of o skip locked
    ) command
    union all
    select start.id
    from room
    cross join lateral (
      select o.id
      from operations o
      ${claimable}
        and o.kind = 'start'
        -- asked once, since no start goes out while anything is held
        and not exists (select from database_holds h where h.released_at is null)
        -- no join, which may be sorted as a whole where the settings of a session are not ours
        and exists (select from processes p where p.id = o.process_id and ${laneIsFree})
      order by o.due_at
      limit room.starts
      for update of o skip locked
    ) start
  )
  update operations o
  set lease_until = clock_timestamp() + make_interval(secs => $5::int),
      fencing_token = o.fencing_token + 1
  from due, processes p
  where o.id = due.id and p.id = o.process_id
  returning to_json(o) as operation, to_json(p) as process, ${seenAt('p')} as seen_at`;

/** $1 limit, $2 lease seconds: queued starts whose time has passed. */
export const claimExpired = `
  with due as (
    select o.id
    from processes p
    -- from the few that are late to their operations, whatever is known of the tables: never from all that is queued
    cross join lateral (
      select o.id
      from operations o
      where o.process_id = p.id
        and o.state = 'queued'
        and o.kind = 'start'
        and (o.lease_until is null or o.lease_until < clock_timestamp())
      limit 1
      for update of o skip locked
    ) o
    where p.category = 'pending'
      and p.start_before < statement_timestamp()
      -- what is held may have been sent
      and not exists (select from database_holds h where h.released_at is null)
    order by p.start_before
    limit $1
  )
  update operations o
  set lease_until = clock_timestamp() + make_interval(secs => $2::int),
      fencing_token = o.fencing_token + 1
  from due, processes p
  where o.id = due.id and p.id = o.process_id
  returning to_json(o) as operation, to_json(p) as process`;

/**
 * $1 limit, $2 lease seconds, $3 operations of this replica's own, whose workers live: attempts that nobody will settle any
 * more. The token goes on, so that a worker that wakes changes no state.
 */
export const claimAbandoned = `
  with due as (
    select o.id
    from operations o
    -- asked of the operation, not of the attempt: a late answer on it must not make it look unsent
    where o.state = 'sending'
      and o.lease_until < statement_timestamp()
      and o.id <> all ($3::uuid[])
    limit $1
    for update of o skip locked
  )
  update operations o
  set lease_until = clock_timestamp() + make_interval(secs => $2::int),
      fencing_token = o.fencing_token + 1
  from due, processes p, attempts a
  where o.id = due.id
    and p.id = o.process_id
    and a.process_id = o.process_id
    and a.operation_id = o.id
    and a.number = o.attempts
  returning to_json(o) as operation, to_json(p) as process, ${seenAt('p')} as seen_at, to_json(a) as attempt,
    ${provesNothing} as proves_nothing`;

/** $1 operations, $2 tokens, $3 lease seconds */
export const renewLeases = `
  update operations o
  set lease_until = clock_timestamp() + make_interval(secs => $3::int)
  from unnest($1::uuid[], $2::bigint[]) as mine (id, token)
  -- by what this incarnation holds in memory, never by the name of a replica
  where o.id = mine.id and o.fencing_token = mine.token and o.lease_until is not null`;
