import { stateSince } from './connection-state.sql.js';
import { endsIn } from './credentials.sql.js';
import { endOfConnectionIncidents, stillNeeded } from './incident.sql.js';

/**
 * $1 connection, $2 platform, $3 name, $4 base URL, $5 settings, $6 limits, $7 what is shown of the credentials, $8 sealed,
 * $9 state, $10 its reason, $11 days of life of the credentials, $12 origin of the base URL
 */
export const insertConnection = `
  insert into connections
    (key, platform, name, base_url, settings, limits, auth_shown, auth_sealed, state, state_reason, created_at,
      auth_ends_at, portal)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, date_trunc('milliseconds', clock_timestamp()),
    ${endsIn('$11')}, (select n.portal from portal_names n where n.origin = $12))`;

/** As above, or brings the connection of that key to these terms and credentials. */
export const refreshConnection = (shownColumns: string): string => `with refreshed as (${insertConnection}
       on conflict (key) do update
       set platform = excluded.platform, name = excluded.name, base_url = excluded.base_url,
         settings = excluded.settings, limits = excluded.limits,
         auth_shown = excluded.auth_shown, auth_sealed = excluded.auth_sealed,
         auth_version = connections.auth_version + 1,
         portal = case when connections.base_url = excluded.base_url then connections.portal else excluded.portal end,
         moved_from = case when connections.base_url = excluded.base_url then connections.moved_from end,
         moved_at = case when connections.base_url = excluded.base_url then connections.moved_at end,
         auth_ends_at = excluded.auth_ends_at, warned_days = null, kept_alive_at = null,
         state = excluded.state, state_reason = excluded.state_reason, state_since = ${stateSince('excluded.state')},
         version = connections.version + 1, updated_at = clock_timestamp()
       returning ${shownColumns}
       ), ${stillNeeded('refreshed')}, ${endOfConnectionIncidents}
       select * from refreshed`;
