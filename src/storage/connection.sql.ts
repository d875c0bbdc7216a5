import { endOfConnectionIncidents } from './incident.sql.js';

/**
 * Other terms. A connection that moves forgets what was read and learnt at its old address.
 *
 * $1 connection, $2 version, $3 name, $4 base URL, $5 settings, $6 limits, $7 whether run ids are set anew
 */
export const changeConnection = (shownColumns: string): string => `with changed as (
     update connections
     set name = $3, base_url = $4, settings = $5, limits = $6,
       version = version + 1, updated_at = clock_timestamp()
     where key = $1 and version = $2
     returning ${shownColumns}
   ), forgotten as (
     delete from definitions
     using connections as before
     where definitions.connection = $1
       and before.key = $1
       and before.base_url <> $4
       and exists (select from changed)
   ), unlearnt as (
     update run_ids
     set kept_at = '{}', ignored_at = null, kept_since = null, seen = 0, since = clock_timestamp(),
       distrusted = distrusted and not $7::boolean
     from connections as before
     where run_ids.connection = $1
       and before.key = $1
       and ($7::boolean or before.base_url <> $4)
       and exists (select from changed)
   )
   select * from changed`;

/**
 * Those that are starting are found by their operations, which the indexes of processes are without. A command on a task may
 * go through another connection than that of its process. $1 connection
 */
const isNeeded = `(exists (
          select
          from processes
          where connection = $1 and state in ('queued', 'indeterminate', 'running', 'terminating') and state <> 'starting')
        or exists (
          select
          from operations o
          join processes p on p.id = o.process_id
          where o.connection = $1 and o.state in ('queued', 'sending') and p.category <> 'closed'))`;

/** Takes out a connection that nothing needs. $1 connection, $2 version */
export const removeConnection = `
  with removed as (
    delete from connections
    where key = $1 and version = $2
      and not ${isNeeded}
    returning key
  ), needed as (
    select key, null as kind from removed
  ), ${endOfConnectionIncidents}
  select exists (select from removed) as removed,
    ${isNeeded} as in_use`;
