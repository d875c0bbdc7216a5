import { rowsOfParameters } from './array-columns.js';
import { consequencesOfColumns, givenChanges } from './change-columns.js';
import { idsAreFree, provesNothing } from './change.sql.js';
import { settlementArrays } from './settlement-columns.js';
import type { Statement } from './statement.js';

/**
 * What attempts taught, each of another process: only by the holder of the token, and while it is its own attempt that is
 * open (a token repeats where a database was put back). An answer that is kept in the very moment stays. With `reads` it
 * reads one that came late, and voids whoever works on the start. Gives the ids of the operations that were written.
 *
 * $1 to $n an array for each of `settlementArrays`, then those of their events
 */
export const settle: Statement = {
  name: 'settle',
  text: `/* settle */
  with ${givenChanges(settlementArrays)}, held as (
    select s.*, o.client_id, o.key, p.id as process_id, p.connection, p.portal
    from given, ${rowsOfParameters(settlementArrays, 1, 's')}
    join operations o on o.id = s.operation_id
    join processes p on p.id = o.process_id
    -- a late writer changes no state
    where o.fencing_token = s.token
      -- a report or a stop that came first is decided on anew
      and p.revision = s.from_revision
      -- my attempt is the open one
      and (s.attempt_id is null or (select a.class is null from attempts a where a.id = s.attempt_id))
      and (s.reads is null or (select a.kept from attempts a where a.id = s.reads))
      -- one native id, one process
      and ${idsAreFree('s.beside')}
    -- whoever settles the same processes meets them in the same order
    order by p.id
    for update of p, o
  ), attempt as (
    update attempts a
    set class = held.class, answered_at = clock_timestamp(),
        -- a report may have named the run before an answer that was lost
        native_id = case held.class
          when 'unknown' then coalesce(held.answer_native_id, a.native_id)
          else held.answer_native_id
        end,
        native_fault = held.native_fault, message = held.message
    from held
    where a.id = held.attempt_id and a.class is null
  ), read as (
    update attempts a
    set kept = false, class = case when ${provesNothing} then 'unknown' else a.class end
    from held
    where a.id = held.reads
  ), operation as (
    update operations o
    set state = held.operation_state,
        lease_until = null,
        fencing_token = case when held.reads is null then o.fencing_token else o.fencing_token + 1 end,
        due_at = clock_timestamp() + make_interval(secs => held.due_in_ms / 1000)
    from held
    where o.id = held.operation_id
  ), answered as (
    update idempotency_keys k
    set answer = held.answer
    from held
    where k.client_id = held.client_id and k.key = held.key and held.answer is not null
  ), ${consequencesOfColumns(settlementArrays)}
  select operation_id from held`,
};
