import { parametersOf, rowsOfParameters, writtenOf } from './array-columns.js';
import { processArrays, specs, startArrays } from './start-columns.js';
import type { Statement } from './statement.js';

const columns = Object.keys(processArrays);
const firstBeside = Object.keys(startArrays).length + 1;

/**
 * Starts become durable in one statement: the key decides, the rest follows it. A repeated statement with the same
 * ids finds the key taken by itself, so a commit whose answer was lost can be asked for again.
 *
 * With an intent nothing is written while the lane waits or a restored database is held: then the caller accepts it anew,
 * queued. Gives the ids of the processes that were written.
 *
 * $1 to $n an array for each of `startArrays`, then their definitions, and the seconds of a lease
 */
export const acceptStarts: Statement = {
  name: 'accept',
  text: `/* accept */
  -- out of the planner's sight: by arrays that it can count it would plan the statement anew each time
  with given as materialized (
    select ${parametersOf(startArrays, 1)}
  ), asked as (
    select a.*
    from given, ${rowsOfParameters(startArrays, 1, 'a')}
  ), key as (
    insert into idempotency_keys (client_id, key, fingerprint, operation_id, process_id, created_at)
    select a.key_client_id, a.key, a.fingerprint, a.operation_id, a.id, clock_timestamp()
    from asked a
    -- new starts are held too, and wait for their lane; queued they may be accepted always
    where (a.attempt_id is null
      or not exists (select from database_holds h where h.released_at is null)
        and not exists (select from processes w where w.lane = a.lane and w.lane_until > clock_timestamp()))
      -- nor is what was marked meanwhile accepted in clear
      and not exists (
        select from sensitive_variables s
        where s.connection = a.connection
          and s.definition = a.definition
          and not s.names <@ coalesce(a.sensitive::text[], '{}'))
    -- whoever accepts the same keys meets them in the same order
    order by a.key_client_id, a.key
    on conflict do nothing
    returning process_id
  ), bound as (
    -- looked up in a hash of the ids; a join would compare each with each
    select * from asked where (id in (select process_id from key)) is true
  ), process as (
    insert into processes (${columns.join(', ')})
    select ${columns.map((name) => writtenOf(processArrays, name)).join(', ')}
    from bound, (select $${firstBeside}::jsonb[]) as defined (${specs})
  ), operation as (
    insert into operations (
      id, process_id, connection, kind, state, client_id, key, trace_id, input, sealed_input, due_at, lease_until,
      fencing_token, attempts, created_at)
    select operation_id, id, connection, operation_kind, operation_state, key_client_id, key, trace_id, operation_input,
      sealed_input, clock_timestamp(),
      case when attempt_id is not null then clock_timestamp() + make_interval(secs => $${firstBeside + 1}::int) end,
      token, attempts, created_at
    from bound
  ), attempt as (
    insert into attempts (
      id, operation_id, process_id, number, fencing_token, kind, sent_at, lane, chosen_id, life_seconds)
    select attempt_id, operation_id, id, attempts, token, attempt_kind, statement_timestamp(), lane, chosen_id, life_seconds
    from bound
    where attempt_id is not null
  ), event as (
    insert into events (process_id, sequence, id, type, time, data)
    select id, last_sequence, event_id, 'process.accepted', statement_timestamp(), news from bound
  )
  select process_id from key`,
};

/** Binds a key to the process that stood in for its start. $1 client, $2 key, $3 fingerprint, $4 process, $5 answer */
export const bindKey = `
  insert into idempotency_keys (client_id, key, fingerprint, operation_id, process_id, answer, created_at)
  select $1::uuid, $2, $3::bytea, o.id, o.process_id, $5::jsonb, clock_timestamp()
  from operations o
  where o.process_id = $4::uuid and o.kind = 'start'
  on conflict do nothing`;

/**
 * Binds a key to the stop that it joins. Its answer is that of the operation, looked up by the operation's own key.
 *
 * $1 client, $2 key, $3 fingerprint, $4 process, $5 operation; null: the stop that was sent and has no last word yet
 */
export const joinStop = `/* join */
  with stop as (
    select o.id, o.process_id
    from operations o
    where o.process_id = $4::uuid
      and (o.id = $5::uuid or $5::uuid is null and o.kind in ('terminate', 'kill') and o.state = 'done' and exists (
        select
        from idempotency_keys own
        where own.client_id = o.client_id and own.key = o.key and own.answer is null))
    order by o.id desc
    limit 1
  ), joined as (
    insert into idempotency_keys (client_id, key, fingerprint, operation_id, process_id, created_at)
    select $1::uuid, $2, $3::bytea, id, process_id, clock_timestamp() from stop
    on conflict do nothing
    returning operation_id
  )
  select stop.id as operation_id, exists (select from joined) as is_new from stop`;

/** Variables that were marked since a start was sealed. $1 connection, $2 definition, $3 names that it knows of */
export const explainMarked = `
  select from sensitive_variables where connection = $1 and definition = $2 and not names <@ $3::text[]`;

/** What an intent at once has to wait for. $1 lane */
export const explainHeld = `
  select
    exists (select from database_holds h where h.released_at is null) as restored,
    (select to_json(w)
     from (select id, lane_until as until
           from processes
           where lane = $1 and lane_until > clock_timestamp()
           order by id
           limit 1) w) as lane`;
