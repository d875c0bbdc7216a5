import { seenAt } from './look-rounds.sql.js';

/** Deliveries of a webhook that wait at most: the rest waits in the feed. */
const mostWaiting = 1000;

/** Whether delivery `d` is the next to be tried: those of one process go one after another. */
const isDue = `d.state = 'waiting'
      and d.next_try_at <= clock_timestamp()
      and not exists (
        select
        from deliveries earlier
        where earlier.webhook_id = d.webhook_id
          and earlier.state = 'waiting'
          and earlier.process_id = d.process_id
          and earlier.place < d.place)`;

const hasRoom = (webhook: string): string => `(
              select count(*)
              from (select from deliveries d where d.webhook_id = ${webhook} and d.state = 'waiting' limit ${mostWaiting}) waiting
            ) < ${mostWaiting}`;

/** Whether there is anybody to tell anything. */
export const areThere = `select exists (select from webhooks where state = 'active') as found`;

/** Half a minute from each sign of life, by the clock of the database. */
const leased = `clock_timestamp() + interval '30 seconds'`;

/** Takes a webhook with something to do. $1 token, $2, $3 the last event of the feed, or null */
export const take = `
  with taken as (
    update webhooks w
    set lease_token = $1::uuid, lease_until = ${leased}, served_at = clock_timestamp()
    where w.id = (
      select c.id
      from webhooks c
      where c.state = 'active'
        and (c.lease_until is null or c.lease_until < clock_timestamp())
        and (
          exists (select from deliveries d where d.webhook_id = c.id and ${isDue})
          or (c.written_in, c.event_id) < ($2::xid8, $3::uuid) and ${hasRoom('c.id')}
          -- numbers of another cluster
          or c.written_in > pg_snapshot_xmax(pg_current_snapshot()))
      order by c.served_at nulls first
      limit 1
      for update skip locked
    )
    returning w.*
  )
  select taken.id, taken.url, taken.types, taken.connections, taken.description, taken.state, taken.version,
    taken.created_at, taken.written_in::text, taken.event_id, taken.sequence, taken.not_before, taken.seen_to,
    taken.visible_connections, taken.visible_definitions, taken.visible_client_id,
    taken.written_in > pg_snapshot_xmax(pg_current_snapshot()) as is_foreign,
    ${hasRoom('taken.id')} as has_room,
    not taken.of_stored_client
      or owner.id is not null and coalesce(owner.expires_at > clock_timestamp(), true) as owner_is_there,
    owner.connections as owner_connections, owner.definitions as owner_definitions,
    case owner.sees when 'own' then owner.id end as owner_client_id
  from taken
  left join clients owner on owner.id = taken.client_id`;

/** $1 webhook, $2 token */
export const release = `
  update webhooks set lease_token = null, lease_until = null where id = $1 and lease_token = $2::uuid`;

/** $1 webhook, $2 token, $3, $4, $5 position, $6 seen to, $7 the news with the ids of deliveries, $8 not before */
export const keep = `
  with held as (
    update webhooks
    set written_in = $3::xid8, event_id = $4::uuid, sequence = $5, seen_to = $6, not_before = $8, lease_until = ${leased}
    where id = $1 and lease_token = $2::uuid and state = 'active'
    returning id
  ), kept as (
    insert into deliveries (id, webhook_id, process_id, event, next_try_at)
    select (row.value ->> 'delivery')::uuid, held.id, (row.value -> 'news' ->> 'processId')::uuid, row.value -> 'news',
      clock_timestamp() + make_interval(secs => (row.value ->> 'afterSeconds')::float8)
    from held, jsonb_array_elements($7::jsonb) with ordinality as row (value, number)
    order by row.number
  )
  select id from held`;

const sending = `webhooks.url, webhooks.secret_sealed,
    case when webhooks.old_secret_until > clock_timestamp() then webhooks.old_secret_sealed end as old_secret_sealed,
    clock_timestamp() as now`;

/** $1 webhook, $2 token, $3 limit; one alone where the last tries failed */
export const due = `
  with held as (
    update webhooks
    set lease_until = ${leased}
    where id = $1 and lease_token = $2::uuid and state = 'active'
    returning ${sending}, is_failing
  )
  select held.url, held.secret_sealed, held.old_secret_sealed, held.now, (
      select json_agg(json_build_object(
          'id', one.id, 'version', one.version, 'tried', one.tried, 'news', one.event, 'process', to_json(p), 'seen_at', ${seenAt('p')}
        ) order by one.place)
      from (
        select d.*
        from deliveries d
        where d.webhook_id = $1 and ${isDue}
        order by d.place
        limit case when held.is_failing then 1 else $3::int end
      ) one
      left join processes p on p.id = one.process_id
    ) as due
  from held`;

/** $1 webhook */
export const forTest = `select ${sending} from webhooks where id = $1`;

const shown = `id, event, state, tries, next_try_at`;

/** The last fifty tries. */
const moreTries = (tries: string): string => `(
      select jsonb_agg(one.value order by one.number)
      from jsonb_array_elements(${tries} || $3::jsonb) with ordinality as one (value, number)
      where one.number > jsonb_array_length(${tries}) + 1 - 50)`;

/** $1 delivery, $2 version, $3 the try, $4 state, $5 seconds until the next */
export const record = `
  with recorded as (
    update deliveries d
    set tries = ${moreTries('d.tries')}, tried = d.tried + 1, state = $4, version = d.version + 1,
      next_try_at = clock_timestamp() + make_interval(secs => $5::float8)
    where d.id = $1 and d.version = $2 and d.state = 'waiting'
    returning d.id, d.webhook_id
  ), told as (
    update webhooks w
    set is_failing = $4 <> 'delivered'
    from recorded
    where w.id = recorded.webhook_id and w.is_failing <> ($4 <> 'delivered')
  )
  select id from recorded`;

/** $1 id, $2 webhook, $3 event, $4 state, $5 the try as a list */
export const recordTest = `
  insert into deliveries (id, webhook_id, event, state, tries, tried)
  values ($1, $2, $3, $4, $5, 1)
  returning ${shown}`;

/** $1 webhook, $2 why, $3 id of the incident, $4 id of the event */
export const disable = `
  with off as (
    update webhooks set state = 'disabled', lease_token = null, lease_until = null
    where id = $1 and state = 'active'
    returning id
  ), opened as (
    insert into incidents (id, kind, webhook_id) select $3, 'webhook-disabled', id from off
  ), told as (
    insert into connection_events (id, connection, type, data)
    select $4, null, 'webhook.disabled', jsonb_build_object('webhookId', id, 'reason', $2::text) from off
  )
  select id from off`;

/** $1 webhook, $2 before or null, $3 limit */
export const list = `
  select ${shown}
  from deliveries
  where webhook_id = $1 and ($2::uuid is null or id < $2)
  order by id desc
  limit $3`;

/** $1 delivery, $2 owner or null */
export const redeliver = `
  with again as (
    update deliveries d
    set state = 'waiting', next_try_at = clock_timestamp(), tried = 0, version = d.version + 1
    from webhooks w
    where d.id = $1 and w.id = d.webhook_id and ($2::uuid is null or w.client_id = $2)
    returning d.id, d.event, d.state, d.tries, d.next_try_at
  )
  select * from again`;

/** What is over goes after thirty days. */
export const forget = `
  with old as (
    select id
    from deliveries
    where id < first_id_of(clock_timestamp() - interval '30 days') and state <> 'waiting'
    order by id
    limit 5000
  ), gone as (
    delete from deliveries d using old where d.id = old.id returning d.id
  )
  select count(*)::int as gone from gone`;
