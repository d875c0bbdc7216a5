import { seenAt } from './look-rounds.sql.js';
import { progressColumns } from './progress-rows.js';

const progress = Object.keys(progressColumns);
const progressTypes = Object.entries(progressColumns).map(([column, type]) => `${column} ${type}`);

/** Where a statement has a change from. */
export interface ChangeSource {
  /** The CTE with a row for each change. */
  readonly held: string;
  /** What is read beside it, after a comma; empty: nothing. */
  readonly beside: string;
  /** A column of the process as it will be. */
  readonly progress: (column: string) => string;
  readonly looks: string;
  readonly lookInMs: string;
  readonly lane: string;
  readonly laneMs: string;
  /** Rows of events, without their time. */
  readonly events: string;
  /** JSON with `claims`, `opens`, `resolves` and `resolution`. */
  readonly rest: string;
}

/**
 * What a change writes of a process, for a statement whose CTE `held (process_id, connection, portal)` holds the lock on it
 * and asked whether the change still stands. `change` is the JSON of `changeRow`.
 */
export const consequences = (change: string, held = 'held'): string =>
  consequencesOf({
    held,
    beside: `, jsonb_to_record(${change}::jsonb -> 'process') new (${progressTypes.join(', ')})`,
    progress: (column) => `new.${column}`,
    looks: `${change}::jsonb ->> 'looks'`,
    lookInMs: `(${change}::jsonb ->> 'lookInMs')::float8`,
    lane: `${change}::jsonb ->> 'lane'`,
    laneMs: `(${change}::jsonb ->> 'laneMs')::float8`,
    events: `
    select row.process_id, row.sequence, row.id, row.type, row.data
    from ${held}, jsonb_populate_recordset(null::events, ${change}::jsonb -> 'events') row`,
    rest: `${change}::jsonb`,
  });

/** The same of changes that come otherwise. */
export function consequencesOf({ held, progress: now, rest, ...source }: ChangeSource): string {
  // What looks keep of it in rounds ends with its being open.
  const observedAt = `greatest(${now('observed_at')}, case when ${now('category')} <> 'open' then ${seenAt('p')} end)`;
  const values = progress.map((column) => (column === 'observed_at' ? observedAt : now(column)));
  return `
  process as (
    update processes p
    set (${progress.join(', ')}) = (${values.join(', ')}),
        -- files are erased when it closes
        variables = case ${now('category')}
          when 'closed' then coalesce(p.closed_variables, p.variables)
          else p.variables
        end,
        sealed_variables = case
          when ${now('category')} = 'closed' and p.closed_variables is not null then null
          else p.sealed_variables
        end,
        looks = case ${source.looks} when 'keep' then p.looks when 'after' then p.looks + 1 else 0 end,
        next_look_at = case ${source.looks}
          when 'keep' then p.next_look_at
          else clock_timestamp() + make_interval(secs => ${source.lookInMs} / 1000)
        end,
        lane_until = case ${source.lane}
          when 'keep' then p.lane_until
          else clock_timestamp() + make_interval(secs => ${source.laneMs} / 1000)
        end,
        terminating_since = case ${now('state')}
          when 'terminating' then coalesce(p.terminating_since, clock_timestamp())
        end
    from ${held}${source.beside}
    where p.id = ${held}.process_id
  ), event as (
    insert into events (process_id, sequence, id, type, data, time)
    select row.*, clock_timestamp() from (${source.events}) row
  ), opened as (
    insert into incidents (id, kind, connection, process_id, related_process_ids, candidates)
    select row.id, row.kind, ${held}.connection, ${held}.process_id, row.related_process_ids, row.candidates
    from ${held}, jsonb_populate_recordset(null::incidents, ${rest} -> 'opens') row
    on conflict do nothing
  ), resolved as (
    update incidents i
    set state = 'resolved', resolution = ${rest} -> 'resolution', version = i.version + 1,
        resolved_at = clock_timestamp()
    from ${held}
    where i.process_id = ${held}.process_id and i.state = 'open' and ${rest} -> 'resolves' ? i.kind
  ), ${nativeIds(rest, held)}`;
}

/**
 * What it does to native ids. One that was likely and gives way to one that is sure is let go.
 *
 * They are a portal's, whichever connection leads to it, and inserted without `on conflict`: where two processes claim one at
 * the same moment, the second statement fails as a whole, so nobody shows a run that is not its own (one native id, one
 * process).
 */
const nativeIds = (rest: string, held: string): string => `
  claims as materialized (
    select ${held}.process_id, ${held}.portal, row.native_id, row.claim, (
      select n.process_id from native_ids n where n.portal = ${held}.portal and n.native_id = row.native_id) as owner
    from ${held}, jsonb_to_recordset(${rest} -> 'claims') row (native_id text, claim text)
  ), let_go as (
    delete from native_ids n
    using claims, processes before
    where before.id = claims.process_id
      and n.portal = claims.portal
      and n.native_id = before.native_id
      and n.process_id = before.id
      and n.claim in ('reconciled_probable', 'operator')
      and claims.native_id <> n.native_id
      and claims.claim in ('direct', 'reconciled_exact')
  ), claimed as (
    insert into native_ids (portal, native_id, process_id, claim)
    select portal, native_id, process_id, claim from claims where owner is distinct from process_id
  ), raised as (
    update native_ids mine
    set claim = claims.claim
    from claims
    where claims.owner = claims.process_id
      and mine.portal = claims.portal
      and mine.native_id = claims.native_id
      and mine.process_id = claims.process_id
      and mine.claim <> claims.claim
  )`;

/** The condition in `held` that no id of the change belongs to another process `p`. */
export const idsAreFree = (change: string): string => `not exists (
        select from jsonb_to_recordset(${change}::jsonb -> 'claims') row (native_id text)
        where p.id <> (
          select n.process_id from native_ids n where n.portal = p.portal and n.native_id = row.native_id))`;

/** Nothing from before a restored database, and no start at all, goes out until a person has released it. */
export const isNotHeld = `not exists (
        select from database_holds h
        where h.released_at is null and (o.kind = 'start' or o.created_at < h.noticed_at))`;

/** Of what stood in the database before it was put back nobody knows whether it was sent. */
export const isNotFromBeforeHold = `not exists (
        select from database_holds h where h.released_at is null and o.created_at < h.noticed_at)`;

/** While one start of a lane may have begun without its run being known, the next waits; never for itself. */
export const laneIsFree = `(o.kind <> 'start' or not exists (
        select from processes waiting
        where waiting.lane = p.lane and waiting.lane_until > clock_timestamp() and waiting.id <> p.id))`;

/** Of attempt `a`: that nothing ran, said before a database was put back, proves nothing any more. */
export const provesNothing = `(a.class in ('refused', 'not_sent', 'refused_before_execution') and exists (
        select from database_holds h where h.noticed_at > a.sent_at))`;
