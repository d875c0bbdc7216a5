import { progressColumns } from './process-rows.js';

const progress = progressColumns.join(', ');

/** Writes a process's progress, for a statement whose CTE `held` holds the lock. */
const updateProcess = (row: string): string => `
    update processes p
    set (${progress}) = (select ${progress} from json_populate_record(null::processes, ${row}::json))
    from held
    where p.id = held.process_id`;

/** Appends events `[{process_id, sequence, id, type, data}]`, for a statement with a CTE named `held`. */
const appendEvents = (rows: string): string => `
    insert into events (process_id, sequence, id, type, time, data)
    select row.process_id, row.sequence, row.id, row.type, clock_timestamp(), row.data
    from held, json_populate_recordset(null::events, ${rows}::json) row`;

/**
 * A command on an existing process, on the revision that it was decided on.
 *
 * $1 client, $2 key, $3 fingerprint, $4 operation row, $5 process row, $6 revision, $7 events,
 * $8 start that it withdraws or null, $9 answer of the command or null, $10 answer of the withdrawn start or null
 */
export const acceptCommand = `
  with held as (
    select p.id as process_id
    from processes p
    where p.id = ($4::jsonb ->> 'process_id')::uuid
      and p.revision = $6::int
      and ($8::uuid is null or exists (select from operations o where o.id = $8::uuid and o.state = 'queued'))
    for update of p
  ), key as (
    insert into idempotency_keys (client_id, key, fingerprint, operation_id, process_id, answer, created_at)
    select $1::uuid, $2, $3::bytea, ($4::jsonb ->> 'id')::uuid, process_id, $9::jsonb, clock_timestamp()
    from held
    on conflict do nothing
    returning process_id
  ), operation as (
    insert into operations
    select row.*
    from key, jsonb_populate_record(null::operations, $4::jsonb || jsonb_build_object('due_at', clock_timestamp())) row
  ), withdrawn as (
    update operations o
    set state = 'done', fencing_token = fencing_token + 1, lease_until = null
    from key
    where o.id = $8::uuid and o.state = 'queued'
    returning o.client_id, o.key
  ), answered as (
    update idempotency_keys k
    set answer = $10::jsonb
    from withdrawn
    where k.client_id = withdrawn.client_id and k.key = withdrawn.key
  ), process as (${updateProcess('$5').replaceAll('held', 'key')}
  ), event as (${appendEvents('$7').replaceAll('held', 'key')}
  )
  select (select count(*)::int from held) as held, (select count(*)::int from key) as written`;

/**
 * The point of no return. $1 operation, $2 token, $3 revision, $4 attempt row, $5 process row, $6 events.
 * The lease, the state and the deadline are asked in the same statement that writes. Whoever locks a process and an
 * operation of it locks the process first.
 */
export const intend = `
  with held as (
    select o.id, p.id as process_id
    from operations o
    join processes p on p.id = o.process_id
    where o.id = $1::uuid
      and o.fencing_token = $2::bigint
      and o.state = 'queued'
      and o.lease_until > clock_timestamp()
      and (o.kind <> 'start' or p.start_before is null or p.start_before > clock_timestamp())
      and p.revision = $3::int
    for update of p, o
  ), operation as (
    update operations o
    set state = 'sending', attempts = o.attempts + 1
    from held
    where o.id = held.id
  ), attempt as (
    insert into attempts
    select row.*
    from held, jsonb_populate_record(null::attempts, $4::jsonb || jsonb_build_object('sent_at', clock_timestamp())) row
  ), process as (${updateProcess('$5')}
  ), event as (${appendEvents('$6')}
  )
  select count(*)::int as written from held`;

/**
 * What an attempt taught; a verdict that a late answer has left on it stays.
 *
 * $1 operation, $2 token, $3 revision, $4 attempt or null, $5 class, $6 native id,
 * $7 native fault, $8 message, $9 operation's state, $10 milliseconds until it is due, $11 process row, $12 events,
 * $13 answer or null
 */
export const settle = `
  with held as (
    select o.id, o.client_id, o.key, p.id as process_id, p.connection
    from operations o
    join processes p on p.id = o.process_id
    where o.id = $1::uuid
      and o.fencing_token = $2::bigint
      and p.revision = $3::int
    for update of p, o
  ), attempt as (
    update attempts a
    set class = $5, answered_at = clock_timestamp(), native_id = $6, native_fault = $7::jsonb, message = $8
    from held
    where a.id = $4::uuid and a.class is null
  ), operation as (
    update operations o
    set state = $9, lease_until = null, due_at = clock_timestamp() + make_interval(secs => $10::float8 / 1000)
    from held
    where o.id = held.id
  ), process as (${updateProcess('$11')}
  ), event as (${appendEvents('$12')}
  ), claimed as (
    insert into native_ids (connection, native_id, process_id)
    select held.connection, $11::json ->> 'native_id', held.process_id
    from held
    where $11::json ->> 'native_id' is not null
    on conflict do nothing
  ), answered as (
    update idempotency_keys k
    set answer = $13::jsonb
    from held
    where k.client_id = held.client_id and k.key = held.key and $13::jsonb is not null
  )
  select count(*)::int as written from held`;

/**
 * A late answer changes no state by itself, but what it taught is kept: it says more than the "unknown" of those who gave
 * it up. Whoever works on the operation now loses it, so that the next sweep reads what is kept.
 *
 * $1 attempt, $2 class, $3 native id, $4 native fault, $5 message
 */
export const keepLateAnswer = `
  with kept as (
    update attempts
    set class = $2, answered_at = clock_timestamp(), native_id = $3, native_fault = $4::jsonb, message = $5
    where id = $1::uuid and $2 <> 'unknown' and (class is null or class = 'unknown')
    returning operation_id
  )
  update operations o
  set fencing_token = o.fencing_token + 1, lease_until = clock_timestamp()
  from kept
  where o.id = kept.operation_id and o.state in ('sending', 'unknown')`;

/**
 * What a look changed; it also ends the stops that the platform took its time over.
 *
 * $1 process row, $2 process, $3 revision, $4 events, $5 answer to those stops, or null while it is not closed
 */
export const observe = `
  with held as (
    select p.id as process_id
    from processes p
    where p.id = $2::uuid and p.revision = $3::int
    for update
  ), process as (${updateProcess('$1')}
  ), event as (${appendEvents('$4')}
  ), answered as (
    update idempotency_keys k
    set answer = $5::jsonb
    from held, operations o
    where $5::jsonb is not null
      and o.process_id = held.process_id
      and o.kind in ('terminate', 'kill')
      and o.state = 'done'
      and k.client_id = o.client_id
      and k.key = o.key
      and k.answer is null
  )
  select count(*)::int as written from held`;
