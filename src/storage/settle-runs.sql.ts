import { parametersOf, rowsOfParameters } from './array-columns.js';
import { runArrays } from './run-columns.js';
import type { Statement } from './statement.js';

/**
 * `settle` for starts that run now and whose run nobody has claimed: the same conditions, and only what such a verdict
 * writes. One that it does not write is asked of `settle`, which knows of everything else. Gives the ids of the operations
 * that were written.
 *
 * $1 to $n an array for each of `runArrays`
 */
export const settleRuns: Statement = {
  name: 'settle-runs',
  text: `/* settle */
  with given as materialized (
    select ${parametersOf(runArrays, 1)}
  ), held as (
    select s.*, o.client_id, o.key, p.id as process_id, p.portal
    from given, ${rowsOfParameters(runArrays, 1, 's')}
    join operations o on o.id = s.operation_id
    join processes p on p.id = o.process_id
    -- a late writer changes no state
    where o.fencing_token = s.token
      -- a report or a stop that came first is decided on anew
      and p.revision = s.from_revision
      -- my attempt is the open one
      and (select a.class is null from attempts a where a.id = s.attempt_id)
      -- nothing is there to be let go
      and p.native_id is null
      -- one native id, one process
      and not exists (select from native_ids n where n.portal = p.portal and n.native_id = s.native_id)
    -- whoever settles the same processes meets them in the same order
    order by p.id
    for update of p, o
  ), attempt as (
    update attempts a
    set class = 'accepted', answered_at = clock_timestamp(), native_id = held.native_id, native_fault = null, message = null
    from held
    where a.id = held.attempt_id and a.class is null
  ), operation as (
    update operations o
    set state = 'done', lease_until = null, due_at = clock_timestamp()
    from held
    where o.id = held.operation_id
  ), answered as (
    update idempotency_keys k
    set answer = held.answer
    from held
    where k.client_id = held.client_id and k.key = held.key and held.answer is not null
  ), process as (
    update processes p
    set state = 'running', category = 'open', native_id = held.native_id, native_state = held.native_state, result = null,
        waiting_for = null, conclusion = null, evidence = held.evidence, adoption = held.adoption, failure = null,
        attempts = held.attempts, revision = held.revision, last_sequence = held.last_sequence,
        started_at = held.started_at, closed_at = null, observed_at = held.observed_at, absent_since = null,
        start_before = held.start_before, open_incidents = '{}', has_incident = false, looks = 0, next_look_at = null,
        lane_until = null, terminating_since = null
    from held
    where p.id = held.process_id
  ), event as (
    insert into events (process_id, sequence, id, type, data, time)
    select process_id, last_sequence, event_id, event_type, event_data, clock_timestamp() from held
  ), claimed as (
    -- without \`on conflict\`, as in any change
    insert into native_ids (portal, native_id, process_id, claim)
    select portal, native_id, process_id, adoption from held
  )
  select operation_id from held`,
};
