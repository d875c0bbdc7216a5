/** How people see a webhook. */
const shown = 'id, url, types, connections, description, state, version, created_at';

/** The resolution of an incident that went away by itself. */
const found = JSON.stringify({ action: 'found', by: 'gateway', reason: null, nativeId: null, note: null });

/** The incident of the webhooks in a CTE `changed` is over. */
const mended = `mended as (
    update incidents i
    set state = 'resolved', version = i.version + 1, resolved_at = clock_timestamp(), resolution = '${found}'
    from changed
    where i.webhook_id = changed.id and i.state = 'open'
  )`;

/**
 * $1 id, $2 url, $3 types, $4 connections, $5 description, $6 sealed secret, $7 client, $8, $9, $10 what it may see. Told
 * from the first transaction that is not over yet.
 */
export const add = `
  insert into webhooks (id, url, types, connections, description, secret_sealed, client_id, of_stored_client,
    visible_connections, visible_definitions, visible_client_id, written_in, event_id, sequence, seen_to, not_before)
  select $1, $2, $3::text[], $4::text[], $5, $6, $7::uuid, exists (select from clients c where c.id = $7::uuid),
    $8::text[], $9::text[], $10::uuid, pg_snapshot_xmin(pg_current_snapshot()),
    '00000000-0000-0000-0000-000000000000', 0, clock_timestamp(), clock_timestamp() - interval '1 second'
  returning ${shown}`;

/** $1 id, $2 owner or null */
export const find = `select ${shown} from webhooks where id = $1 and ($2::uuid is null or client_id = $2)`;

/** $1 owner or null, $2 before or null, $3 limit */
export const list = `
  select ${shown}
  from webhooks
  where ($1::uuid is null or client_id = $1) and ($2::uuid is null or id < $2)
  order by id desc
  limit $3`;

/** $1 id, $2 version, $3 url, $4 types, $5 connections, $6 description */
export const change = `
  with changed as (
    update webhooks
    set url = $3, types = $4::text[], connections = $5::text[], description = $6, version = version + 1
    where id = $1 and version = $2
    returning ${shown}
  )
  select * from changed`;

/** $1 id, $2 version */
export const remove = `
  with changed as (
    delete from webhooks where id = $1 and version = $2 returning id
  ), ${mended}
  select count(*)::int as removed from changed`;

/** $1 id */
export const secretOf = 'select secret_sealed from webhooks where id = $1';

/** $1 id, $2 sealed secret, $3 the one before as it stands, $4 sealed for its new place; for receivers that are told later */
export const replaceSecret = `
  with changed as (
    update webhooks
    set secret_sealed = $2, old_secret_sealed = $4, old_secret_until = clock_timestamp() + interval '24 hours'
    where id = $1 and secret_sealed = $3
    returning ${shown}
  )
  select * from changed`;

/** $1 id. What waits is tried at once, by the schedule anew. */
export const enable = `
  with changed as (
    update webhooks set state = 'active', is_failing = false where id = $1 returning ${shown}
  ), ${mended}, due as (
    update deliveries d
    set next_try_at = clock_timestamp(), tried = 0, version = d.version + 1
    from changed
    where d.webhook_id = changed.id and d.state = 'waiting'
  )
  select * from changed`;

/** $1 id, $2 number of the transaction from which on, $3 not what is older than this */
export const replay = `
  with changed as (
    update webhooks
    set written_in = $2::xid8, event_id = '00000000-0000-0000-0000-000000000000', sequence = 0, not_before = $3::timestamptz,
      lease_token = null, lease_until = null
    where id = $1
    returning ${shown}
  )
  select * from changed`;

/** The first event of a transaction or of a later one, and the span of numbers. $1 the transaction */
export const firstFrom = `
  select next.written_in::text, next.time
  from (
    (select e.written_in, e.time from events e where e.written_in >= $1::xid8 order by e.written_in, e.id limit 1)
    union all
    (
      select c.written_in, c.time
      from connection_events c
      where c.written_in >= $1::xid8
      order by c.written_in, c.id
      limit 1
    )
  ) next
  order by next.written_in
  limit 1`;

/** The number that nobody has had yet. */
export const nextTransaction = `select pg_snapshot_xmax(pg_current_snapshot())::text as next`;
