import { isStarting } from './starting.sql.js';

/** $1 connection, $2 definition, $3 names */
export const mark = `
  insert into sensitive_variables (connection, definition, names)
  select key, $2, $3::text[] from connections where key = $1
  on conflict (connection, definition) do update set names = excluded.names, marked_at = clock_timestamp()
  returning connection`;

const isUnmarked = `not coalesce(sensitive, '{}') @> $3::text[]`;

/**
 * Processes of a definition that know nothing of a mark.
 *
 * $1 connection, $2 definition, $3 names, $4 the last one that was seen or null, $5 limit
 */
export const unmarked = `
  with found as (
    (select id
     from processes
     where (definition, connection, id) > ($2, $1, coalesce($4::uuid, '00000000-0000-0000-0000-000000000000'))
       and (definition, connection) = ($2, $1)
       and state <> 'starting'
       and ${isUnmarked}
     order by definition, connection, id
     limit $5)
    union all
    select id
    from processes
    where ${isStarting('id')}
      and connection = $1
      and definition = $2
      and ($4::uuid is null or id > $4::uuid)
      and ${isUnmarked}
  )
  select p.id, p.revision, p.variables, p.closed_variables, p.result, p.sensitive, p.sealed_variables
  from (select id from found order by id limit $5) first
  join processes p using (id)
  order by p.id`;

/**
 * Seals what stood in clear, unless somebody was first. It is a revision of its own: whoever decided on the process as it
 * was decides anew, and so writes no result that is shown to nobody.
 *
 * $1 process, $2 revision, $3 sealed before, $4 names, $5 variables as they are shown, $6 sealed, $7 what stays of them
 * or null, $8 result or null
 */
export const rewrite = `
  with sealed as (
    update processes
    set sensitive = $4::text[], variables = $5::jsonb, sealed_variables = $6, closed_variables = $7::jsonb,
        result = $8::jsonb, revision = revision + 1
    where id = $1
      -- a file that was erased meanwhile is not brought back
      and revision = $2::int
      -- a change of the key is no revision
      and sealed_variables is not distinct from $3
    returning id
  )
  select count(*)::int as written from sealed`;

/** $1 process, $2 names: the results in the photographs that repeated commands are answered with. */
export const hideAnswers = `
  update idempotency_keys k
  set answer = jsonb_set(k.answer, '{progress,result}', (k.answer #> '{progress,result}') || (
    select jsonb_object_agg(name, '[redacted]') from unnest($2::text[]) name where k.answer #> '{progress,result}' ? name))
  from operations o
  where o.process_id = $1
    and k.client_id = o.client_id
    and k.key = o.key
    and k.answer #> '{progress,result}' ?| $2::text[]`;

/** $1 process, $2 names: the results that reports told of it. */
export const hideReports = `
  update reports r
  set result = r.result || (
    select jsonb_object_agg(name, '[redacted]') from unnest($2::text[]) name where r.result ? name)
  where (r.process_id = $1 or r.applied_to = $1) and r.result ?| $2::text[]`;
