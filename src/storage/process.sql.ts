import { consequences, idsAreFree, isNotFromBeforeHold, isNotHeld, laneIsFree, provesNothing } from './change.sql.js';

/**
 * A command on an existing process, on the revision that it was decided on.
 *
 * $1 client, $2 key, $3 fingerprint, $4 operation row, $5 change, $6 revision, $7 start that it takes back or null,
 * $8 what that start becomes, $9 answer of the command or null, $10 answer of the start or null
 */
export const acceptCommand = `/* command */
  with held as (
    select p.id as process_id, p.connection
    from processes p
    where p.id = ($4::jsonb ->> 'process_id')::uuid
      and p.revision = $6::int
      and ($7::uuid is null or exists (
        select from operations o where o.id = $7::uuid and o.state = 'queued' and ${isNotFromBeforeHold}))
    for update of p
  ), key as (
    insert into idempotency_keys (client_id, key, fingerprint, operation_id, process_id, answer, created_at)
    select $1::uuid, $2, $3::bytea, ($4::jsonb ->> 'id')::uuid, process_id, $9::jsonb, clock_timestamp()
    from held
    on conflict do nothing
    returning process_id
  ), bound as (
    select held.process_id, held.connection from held, key
  ), operation as (
    insert into operations
    select row.*
    from bound, jsonb_populate_record(null::operations, $4::jsonb || jsonb_build_object('due_at', clock_timestamp())) row
  ), taken_back as (
    update operations o
    set state = $8, fencing_token = fencing_token + 1, lease_until = null
    from bound
    where o.id = $7::uuid and o.state = 'queued'
    returning o.client_id, o.key
  ), answered as (
    update idempotency_keys k
    set answer = $10::jsonb
    from taken_back
    where k.client_id = taken_back.client_id and k.key = taken_back.key and $10::jsonb is not null
  ), ${consequences('$5', 'bound')}
  select (select count(*)::int from held) as held, (select count(*)::int from key) as written`;

/**
 * The point of no return. $1 operation, $2 token, $3 revision, $4 attempt row, $5 change.
 *
 * Asked in the same statement that writes: the token and the state (either this or a withdrawal wins, never both), the
 * lease, the deadline, the lane, the hold of a restored database, that no stop was accepted, and that no answer of an earlier
 * attempt is unread.
 * An attempt after one of unknown outcome is a resend, which a person has ordered. Whoever locks a process and an
 * operation of it locks the process first.
 */
export const intend = `/* intend */
  with held as (
    select o.id, p.id as process_id, p.connection
    from operations o
    join processes p on p.id = o.process_id
    where o.id = $1::uuid
      -- nobody claimed it since, withdrew it, or let it expire
      and o.fencing_token = $2::bigint
      and o.state = 'queued'
      and o.lease_until > clock_timestamp()
      and (o.kind <> 'start' or p.start_before is null or p.start_before > clock_timestamp())
      and p.revision = $3::int
      and ${isNotHeld}
      and ${laneIsFree}
      -- a stop that was accepted is never followed by a send
      and (o.kind <> 'start' or not exists (
        select from operations stop
        where stop.process_id = p.id and stop.kind in ('terminate', 'kill') and stop.state in ('queued', 'sending')))
      -- an intent asks that no late answer is kept unread
      and not exists (
        select from attempts a where a.process_id = p.id and a.operation_id = o.id and a.kept)
    for update of p, o
  ), operation as (
    update operations o
    set state = 'sending', attempts = o.attempts + 1
    from held
    where o.id = held.id
  ), attempt as (
    insert into attempts
    select row.*
    from held, jsonb_populate_record(null::attempts, $4::jsonb || jsonb_build_object('sent_at', clock_timestamp(),
      'kind', case when exists (
        select from attempts a
        where a.process_id = held.process_id and a.operation_id = held.id and a.lane is not null
          and a.class = 'unknown' and a.native_id is null) then 'resend' else 'send' end)) row
    returning kind
  ), ${consequences('$5')}
  select count(*)::int as written, (select kind from attempt) as kind from held`;

/** Why an intent was not written. $1 operation */
export const explainUnintended = `
  select
    exists (select from database_holds h where h.released_at is null and (o.kind = 'start' or o.created_at < h.noticed_at))
      as restored,
    (select to_json(waiting)
     from (select w.id, w.lane_until as until
           from processes w
           where o.kind = 'start' and w.lane = p.lane and w.lane_until > clock_timestamp() and w.id <> p.id
           order by w.id
           limit 1) waiting) as lane
  from operations o
  join processes p on p.id = o.process_id
  where o.id = $1::uuid and o.state = 'queued'`;

/**
 * The intent of a probe. $1 operation, $2 token, $3 revision, $4 attempt row, $5 change, $6 lease seconds,
 * $7 seconds of the longest life, $8 connection.
 *
 * The platform itself must not run it twice: the portal keeps run ids now. What was sent before is dead by now (the longest
 * life of the newest attempt is over, also since a database was put back), nobody is out, no answer is unread, and no stop
 * was accepted. A probe that was sent taught what it could; only one that was not is repeated.
 */
export const intendProbe = (portalKeepsRunIds: string): string => `/* intend */
  with held as (
    select o.id, p.id as process_id, p.connection
    from operations o
    join processes p on p.id = o.process_id
    where o.id = $1::uuid
      and o.fencing_token = $2::bigint
      and o.state = 'unknown'
      and p.state = 'indeterminate'
      and p.revision = $3::int
      and (p.start_before is null or p.start_before > clock_timestamp())
      and ${isNotHeld}
      -- the longest life counts from a notice too
      and not exists (
        select from database_holds h where h.noticed_at + make_interval(secs => $7::float8) > clock_timestamp())
      -- no answer is unread, nobody is out, the longest life of every attempt is over, probes included
      and not exists (
        select from attempts a
        where a.process_id = p.id
          and a.operation_id = o.id
          and (a.kept or a.class is null or a.sent_at + make_interval(secs => $7::float8) > clock_timestamp()))
      -- there is something to learn
      and exists (
        select from attempts a
        where a.process_id = p.id and a.operation_id = o.id and a.class = 'unknown' and a.native_id is null)
      -- only a probe that was not sent is repeated
      and not exists (
        select from attempts a
        where a.process_id = p.id
          and a.kind = 'probe'
          and a.class not in ('not_sent', 'refused_before_execution'))
      and not exists (
        select from operations stop
        where stop.process_id = p.id and stop.kind in ('terminate', 'kill') and stop.state in ('queued', 'sending'))
      -- the platform itself would not run it twice
      and ${portalKeepsRunIds}
    for update of p, o
  ), operation as (
    update operations o
    set state = 'sending',
        attempts = o.attempts + 1,
        fencing_token = o.fencing_token + 1,
        lease_until = clock_timestamp() + make_interval(secs => $6::int)
    from held
    where o.id = held.id
  ), attempt as (
    insert into attempts
    select row.*
    from held, jsonb_populate_record(null::attempts, $4::jsonb || jsonb_build_object('sent_at', clock_timestamp())) row
  ), ${consequences('$5')}
  select count(*)::int as written from held`;

/**
 * What an attempt taught: only by the holder of the token, and while it is its own attempt that is open (a token repeats
 * where a database was put back). An answer that is kept in the very moment stays. With $13 it reads one that came late, and
 * voids whoever works on the start.
 *
 * $1 operation, $2 token, $3 revision, $4 attempt or null, $5 class, $6 native id, $7 native fault, $8 message,
 * $9 operation's state, $10 milliseconds until it is due, $11 change, $12 answer or null, $13 attempt of which it is read
 */
export const settle = `/* settle */
  with held as (
    select o.id, o.client_id, o.key, p.id as process_id, p.connection
    from operations o
    join processes p on p.id = o.process_id
    where o.id = $1::uuid
      -- a late writer changes no state
      and o.fencing_token = $2::bigint
      -- a report or a stop that came first is decided on anew
      and p.revision = $3::int
      -- my attempt is the open one
      and ($4::uuid is null or exists (select from attempts a where a.id = $4::uuid and a.class is null))
      and ($13::uuid is null or exists (select from attempts a where a.id = $13::uuid and a.kept))
      -- one native id, one process
      and ${idsAreFree('$11')}
    for update of p, o
  ), attempt as (
    update attempts a
    set class = $5, answered_at = clock_timestamp(), native_id = $6, native_fault = $7::jsonb, message = $8
    from held
    where a.id = $4::uuid and a.class is null
  ), read as (
    update attempts a
    set kept = false, class = case when ${provesNothing} then 'unknown' else a.class end
    from held
    where a.id = $13::uuid
  ), operation as (
    update operations o
    set state = $9,
        lease_until = null,
        fencing_token = case when $13::uuid is null then o.fencing_token else o.fencing_token + 1 end,
        due_at = clock_timestamp() + make_interval(secs => $10::float8 / 1000)
    from held
    where o.id = held.id
  ), answered as (
    update idempotency_keys k
    set answer = $12::jsonb
    from held
    where k.client_id = held.client_id and k.key = held.key and $12::jsonb is not null
  ), ${consequences('$11')}
  select count(*)::int as written from held`;

/**
 * A late answer changes no state by itself, but what it taught is kept on its attempt until it is read: it says more than
 * the "unknown" of those who gave it up. A native id that is learnt is claimed with it.
 *
 * $1 attempt, $2 class, $3 native id, $4 native fault, $5 message
 */
export const keepLateAnswer = `/* keep */
  with kept as (
    update attempts
    set class = $2, answered_at = clock_timestamp(), native_id = $3, native_fault = $4::jsonb, message = $5,
        kept = lane is not null
    where id = $1::uuid and $2 <> 'unknown' and (class is null or class = 'unknown')
    returning process_id, native_id
  ), claimed as (
    insert into native_ids (connection, native_id, process_id, claim)
    select p.connection, kept.native_id, p.id, 'reconciled_exact'
    from kept
    join processes p on p.id = kept.process_id
    where kept.native_id is not null
    on conflict do nothing
  )
  select count(*)::int as written from kept`;

/**
 * The same where a restored database has lost the attempt's row. Where it has lost the start as well, the run is told to
 * whoever looks into the restored database.
 *
 * $1 attempt row, $2 connection
 */
export const keepLostAttempt = `
  with told as (
    update incidents i
    set candidates = i.candidates || jsonb_build_object('nativeId', $1::jsonb ->> 'native_id', 'reasons', jsonb_build_array(
      'The platform answered a start of ' || $2 || ' with this run; the database has lost the start'))
    where i.kind = 'database-restored'
      and i.state = 'open'
      and $1::jsonb ->> 'native_id' is not null
      and not exists (select from operations o where o.id = ($1::jsonb ->> 'operation_id')::uuid)
  ), kept as (
    insert into attempts
    select row.*
    from jsonb_populate_record(null::attempts, $1::jsonb || jsonb_build_object(
      'sent_at', clock_timestamp(), 'answered_at', clock_timestamp(), 'kept', true)) row
    where exists (select from operations o where o.id = row.operation_id)
    on conflict do nothing
    returning process_id, native_id
  )
  insert into native_ids (connection, native_id, process_id, claim)
  select $2, kept.native_id, kept.process_id, 'reconciled_exact'
  from kept
  where kept.native_id is not null
  on conflict do nothing`;

/**
 * What a look changed; it also ends the stops that the platform took its time over.
 *
 * $1 process, $2 revision, $3 change, $4 answer to those stops, or null while it is not closed
 */
export const observe = `/* observe */
  with held as (
    select p.id as process_id, p.connection
    from processes p
    where p.id = $1::uuid and p.revision = $2::int and ${idsAreFree('$3')}
    for update
  ), answered as (
    update idempotency_keys k
    set answer = $4::jsonb
    from held, operations o
    where $4::jsonb is not null
      and o.process_id = held.process_id
      and o.kind in ('terminate', 'kill')
      and o.state = 'done'
      and k.client_id = o.client_id
      and k.key = o.key
      and k.answer is null
  ), ${consequences('$3')}
  select count(*)::int as written from held`;
