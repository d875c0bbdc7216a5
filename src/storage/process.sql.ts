import { consequences, idsAreFree, isNotFromBeforeHold } from './change.sql.js';

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
