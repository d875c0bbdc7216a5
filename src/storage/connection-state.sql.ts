import { toldOfState } from './connection-events.sql.js';
import { incidentsOfConnection } from './incident.sql.js';

/** Since when it shows its state, where the machine sets another one; a pause hides that. */
export const stateSince = (state: string): string => `case
    when connections.paused or connections.state = ${state} then connections.state_since
    else clock_timestamp()
  end`;

/**
 * What the machine found the connection to be, where its credentials are still those that were used.
 *
 * $1 connection, $2 state, $3 its reason, $4 version of its credentials, $5 id of the incident, $6 id of the event
 */
export const markConnection = (shownColumns: string): string => `
  with before as (
    select key as was_key, state as was_state
    from connections
    where key = $1 and auth_version = $4
      and (state, state_reason) is distinct from ($2, $3)
    for update
  ), marked as (
    update connections
    set state = $2, state_reason = $3, state_since = ${stateSince('$2')}
    from before
    where key = was_key
    returning ${shownColumns}, was_state
  ), ${incidentsOfConnection('$5')}, ${toldOfState('marked', '$6')}
  select * from marked`;

/**
 * A pause that changes nothing leaves the version alone, or it would void the ETag of whoever is editing.
 *
 * $1 connection, $2 whether it is paused
 */
export const pauseConnection = (shownColumns: string): string => `
  with paused as (
    update connections
    set paused = $2::boolean,
      version = version + (paused <> $2::boolean)::int,
      updated_at = case when paused <> $2::boolean then clock_timestamp() else updated_at end,
      state_since = case when paused <> $2::boolean then clock_timestamp() else state_since end
    where key = $1
    returning ${shownColumns}
  )
  select * from paused`;
