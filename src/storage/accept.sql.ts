import { elementsOf, writtenOf } from './array-columns.js';
import { processArrays, startArrays } from './start-columns.js';
import type { Statement } from './statement.js';

const columns = Object.keys(processArrays);
const firstBeside = Object.keys(startArrays).length + 1;
const given = elementsOf(startArrays, 1, 'i');

const written = (name: string): string => writtenOf(startArrays, name, given(name));

/** Columns of which each is read from its array where it is written: wide rows would be copied by every step on the way. */
const read = (names: readonly string[]): string => names.map((name) => `${given(name)} as ${name}`).join(', ');

/**
 * Starts become durable in one statement: the key decides, the rest follows it. A repeated statement with the same
 * ids finds the key taken by itself, so a commit whose answer was lost can be asked for again.
 *
 * With an intent nothing is written while the lane waits or a restored database is held: then the caller accepts it anew,
 * queued. Gives the ids of the processes that were written.
 *
 * $1 to $n an array for each of `startArrays`, the ids first; then their definitions, and the seconds of a lease
 */
export const acceptStarts: Statement = {
  name: 'accept',
  text: `/* accept */
  with asked as materialized (
    select i, id, ${read(['attempt_id', 'connection', 'definition', 'sensitive', 'lane', 'operation_id'])},
      ${read(['key_client_id', 'key', 'fingerprint'])}
    from (
      select r.id, r.i::int
      -- out of the planner's sight: by an array that it can count it would plan the statement anew each time
      from (select $1::uuid[] as ids offset 0) given, unnest(given.ids) with ordinality r (id, i)) row
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
    select i, id, attempt_id, connection, lane, operation_id, key_client_id, key
    from asked
    where (id in (select process_id from key)) is true
  ), process as (
    insert into processes (${columns.join(', ')})
    select ${columns.map(written).join(', ')}
    from bound
  ), tag as (
    insert into process_tags (tag, connection, process_id)
    select names.tag, connection, id
    from bound, unnest(${written('tag_names')}) as names (tag)
  ), operation as (
    insert into operations (
      id, process_id, connection, kind, state, client_id, key, trace_id, input, sealed_input, due_at, lease_until,
      fencing_token, attempts, created_at)
    select operation_id, id, connection, ${given('operation_kind')}, ${given('operation_state')}, key_client_id, key,
      ${given('trace_id')}, ${written('operation_input')}, ${given('sealed_input')}, clock_timestamp(),
      case when attempt_id is not null then clock_timestamp() + make_interval(secs => $${firstBeside + 1}::int) end,
      ${given('token')}, ${given('attempts')}, ${given('created_at')}
    from bound
  ), attempt as (
    insert into attempts (
      id, operation_id, process_id, number, fencing_token, kind, sent_at, lane, chosen_id, life_seconds)
    select attempt_id, operation_id, id, ${given('attempts')}, ${given('token')}, ${given('attempt_kind')},
      statement_timestamp(), lane, ${given('chosen_id')}, ${given('life_seconds')}
    from bound
    where attempt_id is not null
  ), event as (
    insert into events (process_id, sequence, id, type, time, data)
    select id, ${given('last_sequence')}, ${given('event_id')}, 'process.accepted', statement_timestamp(), ${given('news')}
    from bound
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
