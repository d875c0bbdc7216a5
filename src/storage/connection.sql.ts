/** Since when it shows its state, where the machine sets another one; a pause hides that. */
export const stateSince = (state: string): string => `case
    when connections.paused or connections.state = ${state} then connections.state_since
    else clock_timestamp()
  end`;

/** $1 connection, $2 version of its credentials */
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
