import { isStopped } from './word.sql.js';

/** Whether a caller may see process `alias`. $1 connections, $2 definitions, $3 client; null: all of them */
const seesProcess = (alias: string): string => `(
      ($1::text[] is null or ${alias}.connection = any ($1))
      and ($2::text[] is null or ${alias}.definition = any ($2))
      and ($3::uuid is null or ${alias}.client_id = $3))`;

const select = `
  select i.id, i.kind, i.state, i.connection, i.process_id, i.webhook_id, i.resolution, i.version, i.created_at, i.resolved_at,
    to_json(p) as process,
    ${isStopped} as is_stopped,
    to_json(array(
      select q.id
      from unnest(i.related_process_ids) with ordinality as related (id, place)
      join processes q on q.id = related.id
      where ${seesProcess('q')}
      order by related.place)) as related_process_ids,
    case i.state when 'resolved' then i.candidates else (
      select coalesce(jsonb_agg(candidate.value order by candidate.place), '[]')
      from jsonb_array_elements(i.candidates) with ordinality as candidate (value, place)
      where not exists (
        select from native_ids n
        where n.portal = p.portal
          and n.native_id = candidate.value ->> 'nativeId'
          and n.process_id is distinct from i.process_id)) end as candidates
  from incidents i
  left join processes p on p.id = i.process_id
  where case
      when p.id is not null then ${seesProcess('p')}
      when i.connection is not null and i.process_id is null then $1::text[] is null or i.connection = any ($1)
      else $1::text[] is null and $2::text[] is null and $3::uuid is null
    end`;

/** $4 incident */
export const find = `${select}
    and i.id = $4::uuid`;

/** $4 states, $5 connections, $6 kinds, each or null; $7 only those before this one, or null; $8 limit */
export const list = `${select}
    and ($4::text[] is null or i.state = any ($4))
    and ($5::text[] is null or i.connection = any ($5))
    and ($6::text[] is null or i.kind = any ($6))
    and ($7::uuid is null or i.id < $7)
  order by i.id desc
  limit $8`;

/**
 * Ends an incident that is about no process. $1 incident, $2 version, $3 only while no database is held, $4 resolution,
 * $5 client, $6 key, $7 fingerprint, $8 what is kept under the key
 */
export const end = `
  with held as (
    select i.id
    from incidents i
    where i.id = $1::uuid
      and i.version = $2::int
      and i.state = 'open'
      and i.process_id is null
      and (not $3::boolean or not exists (select from database_holds h where h.released_at is null))
    for update
  ), key as (
    insert into idempotency_keys (client_id, key, fingerprint, answer, created_at)
    select $5::uuid, $6, $7::bytea, $8::jsonb, clock_timestamp()
    from held
    on conflict do nothing
    returning key
  ), ended as (
    update incidents i
    set state = 'resolved', resolution = $4::jsonb, version = i.version + 1, resolved_at = clock_timestamp()
    from held, key
    where i.id = held.id
  )
  select count(*)::int as written from key`;

export const countOpen = `select kind, count(*)::int as count from incidents where state = 'open' group by kind`;

/**
 * What a connection's state means for its incidents, for a statement whose CTE `marked (key, state, was_state)` has changed
 * it: one is opened where it came to need a person, and what it needs no more ends by itself. `id`: of a new incident.
 */
export const incidentsOfConnection = (id: string): string => `
  needed as (
    select marked.key, marked.was_state is distinct from marked.state as is_new, case marked.state
        when 'reauthorization_required' then 'reauthorization-required'
        when 'degraded' then 'portal-closed'
      end as kind
    from marked
  ), opened as (
    insert into incidents (id, kind, connection)
    select ${id}::uuid, needed.kind, needed.key
    from needed
    where needed.is_new and needed.kind is not null
    on conflict do nothing
  ), ${endOfConnectionIncidents}`;

/** What a connection needs whose credentials people have changed, for `endOfConnectionIncidents`. */
export const stillNeeded = (changed: string): string => `
  needed as (
    select key, case state when 'reauthorization_required' then 'reauthorization-required' end as kind from ${changed}
  )`;

/** The same where nothing is opened: `needed (key, kind)` says what is still needed. */
export const endOfConnectionIncidents = `mended as (
    update incidents i
    set state = 'resolved', version = i.version + 1, resolved_at = clock_timestamp(), resolution = '${JSON.stringify({
      action: 'found',
      by: 'gateway',
      reason: null,
      nativeId: null,
      note: null,
    })}'
    from needed
    where i.connection = needed.key
      and i.process_id is null
      and i.state = 'open'
      and i.kind in ('reauthorization-required', 'portal-closed')
      and i.kind is distinct from needed.kind
  )`;
