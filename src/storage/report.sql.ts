import { consequences, idsAreFree } from './change.sql.js';

/**
 * Makes a report durable, once. It is due at once: whoever keeps it may die before its effect.
 *
 * $1 id, $2 connection, $3 portal, $4 fingerprint, $5 process id, $6 native id, $7 outcome, $8 message, $9 result,
 * $10 the sender's id, $11 how it came
 */
export const keepReport = `/* report */
  insert into reports
    (id, connection, portal, fingerprint, process_id, native_id, outcome, message, result, report_id, via, due_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, clock_timestamp() + interval '1 second')
  on conflict (connection, fingerprint) do nothing
  returning received_at`;

/**
 * The process of its own connection that a report is about: by our id; by a native id that somebody has; or by one that we
 * chose for a start which is lost.
 *
 * $1 connection, $2 portal, $3 process id or null, $4 native id or null
 */
export const reportedProcess = `
  select to_json(p) as process, named.is_ours,
    exists (
      select from native_ids n where n.portal = p.portal and n.native_id = $4 and n.process_id = p.id
    ) as has_run,
    -- since a restore a run may exist whose attempt was lost
    p.run_id is not null
      and not exists (select from attempts a where a.process_id = p.id)
      and not exists (select from database_holds h where h.noticed_at >= p.created_at) as never_sent
  from (
    select $3::uuid as id, true as is_ours
    where $3::uuid is not null
    union all
    select n.process_id, false
    from native_ids n
    where $3::uuid is null and n.portal = $2 and n.native_id = $4
    union all
    select lost.id, true
    from processes lost
    where $3::uuid is null
      and lost.connection = $1
      and lost.state = 'indeterminate'
      and lost.run_id = $4
      and exists (select from attempts a where a.process_id = lost.id and a.chosen_id = $4)
  ) named
  join processes p on p.id = named.id and p.connection = $1
  order by named.is_ours
  limit 1`;

/** Takes what is shown to nobody out of a report that had its effect. $1 report, $2 its message without it */
export const hideReport = `
  update reports r
  set message = $2,
    result = case when r.result ?| p.sensitive then r.result || (
      select jsonb_object_agg(name, '[redacted]') from unnest(p.sensitive) name where r.result ? name) else r.result end
  from processes p
  where r.id = $1::uuid and p.id = r.applied_to and p.sensitive is not null
    and (r.result ?| p.sensitive or r.message is distinct from $2)`;

/** A report that tells nothing new had its effect. $1 report, $2 process */
export const noteReport = `
  update reports set applied_to = $2::uuid, applied_at = clock_timestamp(), due_at = null where id = $1::uuid`;

/**
 * The effect of a report, on the revision that it was decided on, once. The start is done and whoever works on it has lost
 * it, but for an attempt that is out: its verdict comes, and finds what the report has told.
 *
 * $1 report, $2 process, $3 revision, $4 change, $5 native id of what an attempt made, or null, $6 answer of the start or
 * null while it is pending, $7 answer of stops that the platform took its time over, or null while it is not closed
 */
export const applyReport = `/* report */
  with held as (
    select p.id as process_id, p.connection, p.portal
    from processes p
    where p.id = $2::uuid
      and p.revision = $3::int
      and exists (select from reports r where r.id = $1::uuid and r.applied_to is null)
      -- one native id, one process
      and ${idsAreFree('$4')}
    for update of p
  ), report as (
    update reports r
    set applied_to = held.process_id, applied_at = clock_timestamp(), due_at = null
    from held
    where r.id = $1::uuid
  ), start as (
    update operations o
    set state = 'done', lease_until = null, fencing_token = o.fencing_token + 1
    from held
    where $6::jsonb is not null
      and o.process_id = held.process_id
      and o.kind = 'start'
      -- of one that is sent the attempt is out
      and o.state in ('queued', 'unknown')
  ), mark as (
    update attempts a
    set native_id = $5
    from held
    where $5::text is not null
      and a.process_id = held.process_id
      and a.lane is not null
      and (a.class is null or a.class in ('unknown', 'accepted_unidentified'))
      and a.native_id is null
      and 1 = (
        select count(*)
        from attempts b
        where b.process_id = held.process_id
          and b.lane is not null
          and (b.class is null or b.class in ('unknown', 'accepted_unidentified'))
          and b.native_id is null)
  ), answered as (
    update idempotency_keys k
    set answer = case o.kind when 'start' then $6::jsonb else $7::jsonb end
    from held, operations o
    where o.process_id = held.process_id
      and (o.kind = 'start' or o.kind in ('terminate', 'kill') and o.state = 'done')
      and case o.kind when 'start' then $6::jsonb else $7::jsonb end is not null
      and k.client_id = o.client_id
      and k.key = o.key
      and k.answer is null
  ), ${consequences('$4')}
  select count(*)::int as written from held`;

/** Due again after a quarter of its age; a run that nobody knows after a week is none of ours. $1 limit */
export const takeDueReports = `
  with due as (
    select id
    from reports
    where due_at <= statement_timestamp()
    order by due_at
    limit $1
    for update skip locked
  )
  update reports r
  set due_at = case
    when r.received_at > clock_timestamp() - interval '7 days'
      then clock_timestamp() + greatest(interval '1 second', (clock_timestamp() - r.received_at) / 4)
  end
  from due
  where r.id = due.id
  returning r.*`;
