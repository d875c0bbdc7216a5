import { toldOfState, wasState } from './connection-events.sql.js';
import { stateSince } from './connection-state.sql.js';
import { endOfConnectionIncidents, stillNeeded } from './incident.sql.js';

/** When credentials end that live so many days from now; a parameter that is null means no end. */
export const endsIn = (days: string): string => `clock_timestamp() + make_interval(days => ${days}::int)`;

const stored = (days: string): string => `auth_shown = $2, auth_sealed = $3, auth_version = auth_version + 1,
      renewals = 0, renewing_until = null, auth_ends_at = ${endsIn(days)}, warned_days = null, kept_alive_at = null`;

/**
 * Credentials by a person, who ends what the old ones had caused.
 *
 * $1 connection, $2 what is shown of them, $3 sealed, $4 state, $5 its reason, $6 days of life, $7 id of the event;
 * `unchanged`: a condition
 */
export const replaceCredentials = (shownColumns: string, unchanged: string): string => `
  with replaced as (
    update connections
    set ${stored('$6')},
      state = $4, state_reason = $5, state_since = ${stateSince('$4')},
      version = version + 1, updated_at = clock_timestamp()
    where key = $1 and ${unchanged}
    returning ${shownColumns}, ${wasState}
  ), ${stillNeeded('replaced')}, ${endOfConnectionIncidents}, ${toldOfState('replaced', '$7')}
  select * from replaced`;

/**
 * Credentials that the platform renewed. Whoever lost the race for them may have found the old ones refused in the
 * meantime: that is over.
 *
 * $1 connection, $2 what is shown of them, $3 sealed, $4 version of those that were renewed, $5 days of life,
 * $6 id of the event
 */
export const renewCredentials = (shownColumns: string): string => `
  with before as (
    select key as was_key, state as was_state, state = 'reauthorization_required' as was_refused
    from connections
    where key = $1 and auth_version = $4
    for update
  ), renewed as (
    update connections
    set ${stored('$5')},
      state = case when was_refused then 'active' else state end,
      state_reason = case when was_refused then null else state_reason end,
      state_since = case when was_refused and not paused then clock_timestamp() else state_since end
    from before
    where key = was_key
    returning ${shownColumns}, was_state, was_refused
  ), needed as (
    select key, case when state = 'degraded' then 'portal-closed' end as kind from renewed where was_refused
  ), ${endOfConnectionIncidents}, ${toldOfState('renewed', '$6')}
  select * from renewed`;

/** Who may renew: one at a time, and twice at most. $1 connection, $2 version of its credentials */
export const claimRenewal = `
  with seen as (
    select key, auth_version = $2 as is_same, renewing_until > clock_timestamp() as is_claimed, renewals
    from connections
    where key = $1
    for update
  ), claimed as (
    update connections c
    set renewals = c.renewals + 1, renewing_until = clock_timestamp() + interval '30 seconds'
    from seen
    where c.key = seen.key and seen.is_same and seen.is_claimed is not true and seen.renewals < 2
    returning c.key
  )
  select case
    when not is_same then 'overtaken'
    when exists (select from claimed) then 'mine'
    when is_claimed then 'wait'
    else 'spent'
  end as claim
  from seen`;

/** $1 connection, $2 version of its credentials, $3 how much of the claim does not count: 0 or 1 */
export const endRenewal = `
  update connections
  set renewing_until = null, renewals = greatest(0, renewals - $3::int)
  where key = $1 and auth_version = $2`;
