import { consequences, idsAreFree, isNotFromBeforeHold, provesNothing } from './change.sql.js';

/**
 * A command on an existing process, on the revision that it was decided on.
 *
 * $1 client, $2 key, $3 fingerprint, $4 operation row, $5 change, $6 revision, $7 start that it takes back or null,
 * $8 what that start becomes, $9 answer of the command or null, $10 answer of the start or null
 */
export const acceptCommand = `/* command */
  with held as (
    select p.id as process_id, p.connection, p.portal
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
    select held.process_id, held.connection, held.portal from held, key
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
 * What an attempt taught: only by the holder of the token, and while it is its own attempt that is open (a token repeats
 * where a database was put back). An answer that is kept in the very moment stays. With $13 it reads one that came late, and
 * voids whoever works on the start.
 *
 * $1 operation, $2 token, $3 revision, $4 attempt or null, $5 class, $6 native id, $7 native fault, $8 message,
 * $9 operation's state, $10 milliseconds until it is due, $11 change, $12 answer or null, $13 attempt of which it is read
 */
export const settle = `/* settle */
  with held as (
    select o.id, o.client_id, o.key, p.id as process_id, p.connection, p.portal
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
    set class = $5, answered_at = clock_timestamp(),
        -- a report may have named the run before an answer that was lost
        native_id = case $5 when 'unknown' then coalesce($6, a.native_id) else $6 end, native_fault = $7::jsonb, message = $8
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
 * What a look changed; it also ends the stops that the platform took its time over.
 *
 * $1 process, $2 revision, $3 change, $4 answer to those stops, or null while it is not closed
 */
export const observe = `/* observe */
  with held as (
    select p.id as process_id, p.connection, p.portal
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
