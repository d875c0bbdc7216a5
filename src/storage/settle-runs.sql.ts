import { elementsOf } from './array-columns.js';
import { runArrays } from './run-columns.js';
import type { Statement } from './statement.js';

const given = elementsOf(runArrays, 1, 'held.i');
const asked = elementsOf(runArrays, 1, 's.i');

/**
 * `settle` for starts that run now and whose run nobody has claimed: the same conditions, and only what such a verdict
 * writes. One that it does not write is asked of `settle`, which knows of everything else. Gives the ids of the operations
 * that were written.
 *
 * $1 to $n an array for each of `runArrays`, the operations first
 */
export const settleRuns: Statement = {
  name: 'settle-runs',
  text: `/* settle */
  with held as (
    select s.i, o.id as operation_id, o.client_id, o.key, p.id as process_id, p.portal, ${asked('native_id')} as native_id
    from (
      select r.operation_id, r.i::int
      -- out of the planner's sight: by an array that it can count it would plan the statement anew each time
      from (select $1::uuid[] as ids offset 0) given, unnest(given.ids) with ordinality r (operation_id, i)) s
    join operations o on o.id = s.operation_id
    join processes p on p.id = o.process_id
    -- a late writer changes no state
    where o.fencing_token = ${asked('token')}
      -- a report or a stop that came first is decided on anew
      and p.revision = ${asked('from_revision')}
      -- my attempt is the open one
      and (select a.class is null from attempts a where a.id = ${asked('attempt_id')})
      -- nothing is there to be let go
      and p.native_id is null
      -- one native id, one process
      and not exists (select from native_ids n where n.portal = p.portal and n.native_id = ${asked('native_id')})
    -- whoever settles the same processes meets them in the same order
    order by p.id
    for update of p, o
  ), attempt as (
    update attempts a
    set class = 'accepted', answered_at = clock_timestamp(), native_id = held.native_id, native_fault = null, message = null
    from held
    where a.id = ${given('attempt_id')} and a.class is null
  ), operation as (
    update operations o
    set state = 'done', lease_until = null, due_at = clock_timestamp()
    from held
    where o.id = held.operation_id
  ), answered as (
    update idempotency_keys k
    set answer = ${given('answer')}
    from held
    where k.client_id = held.client_id and k.key = held.key and ${given('answer')} is not null
  ), process as (
    update processes p
    set state = 'running', category = 'open', native_id = held.native_id, native_state = ${given('native_state')},
        result = null, waiting_for = null, conclusion = null, evidence = ${given('evidence')},
        adoption = ${given('adoption')}, failure = null, attempts = ${given('attempts')}, revision = ${given('revision')},
        last_sequence = ${given('last_sequence')}, started_at = ${given('started_at')}, closed_at = null,
        observed_at = ${given('observed_at')}, absent_since = null, start_before = ${given('start_before')},
        open_incidents = '{}', has_incident = false, looks = 0, next_look_at = null, lane_until = null,
        terminating_since = null
    from held
    where p.id = held.process_id
  ), event as (
    insert into events (process_id, sequence, id, type, data, time)
    select process_id, ${given('last_sequence')}, ${given('event_id')}, ${given('event_type')}, ${given('event_data')},
      clock_timestamp()
    from held
  ), claimed as (
    -- without \`on conflict\`, as in any change
    insert into native_ids (portal, native_id, process_id, claim)
    select portal, native_id, process_id, ${given('adoption')} from held
  )
  select operation_id from held`,
};
