/** $1: answers as JSON, by connection. Ages count from the call, so no replica's clock stands in the table. */
export const addRunIds = `
  insert into run_ids as known (connection, kept_at, ignored_at, kept_since, seen)
  select told.connection,
    array(
      select statement_timestamp() - make_interval(secs => age / 1000)
      from unnest(told.kept_ages_ms) as age
      order by age
    ),
    statement_timestamp() - make_interval(secs => told.ignored_age_ms / 1000),
    (
      select statement_timestamp() - make_interval(secs => max(age) / 1000)
      from unnest(told.kept_ages_ms) as age
      where told.ignored_age_ms is null or age < told.ignored_age_ms
    ),
    told.seen
  from jsonb_to_recordset($1::jsonb)
    as told (connection text, kept_ages_ms float8[], ignored_age_ms float8, seen int)
  join connections on connections.key = told.connection
  order by told.connection
  on conflict (connection) do update
  set kept_at = array(
      select at
      from unnest(known.kept_at || excluded.kept_at) as at
      where at > known.since
      order by at desc
      limit 3
    ),
    ignored_at = greatest(
      known.ignored_at,
      case when excluded.ignored_at > known.since then excluded.ignored_at end
    ),
    kept_since = (
      select min(at)
      from unnest(array_append(known.kept_at || excluded.kept_at, known.kept_since)) as at
      where at > known.since
        and at > coalesce(
          greatest(
            known.ignored_at,
            case when excluded.ignored_at > known.since then excluded.ignored_at end),
          '-infinity')
    ),
    seen = known.seen + excluded.seen`;

/** Distrusts the connection that a parameter names, e.g. `$1`; a statement of its own, or one of a `with`. */
export function distrustRunIds(connection: string): string {
  return `
    insert into run_ids (connection, distrusted)
    select key, true
    from connections
    where key = ${connection}
    on conflict (connection) do update
    set distrusted = true`;
}

/**
 * Whether the portal of the connection that a parameter names, e.g. `$1`, keeps run ids at this moment: a condition for
 * the intent of a probe. The same rule as `runIdsStateOf`.
 */
export function keepsRunIds(connection: string): string {
  return `exists (
    select
    from run_ids
    where run_ids.connection = ${connection}
      and not run_ids.distrusted
      and cardinality(run_ids.kept_at) >= 3
      and run_ids.kept_at[1] > clock_timestamp() - interval '24 hours'
      and (run_ids.ignored_at is null or run_ids.kept_at[3] > run_ids.ignored_at)
  )`;
}

/**
 * Whether the portal of a connection was seen to keep run ids at a moment already, and has ignored none since: what was
 * sent then has its id.
 */
export function keptRunIdsSince(connection: string, moment: string): string {
  return `exists (
    select
    from run_ids
    where run_ids.connection = ${connection} and run_ids.kept_since < ${moment}
  )`;
}
