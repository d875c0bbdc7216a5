/**
 * $1 connection, $2 from, $3 to, $4 id of the event, $5 origin of the old address, $6 of the new one, $7 most moves,
 * $8 connections that lead to the new address
 *
 * The portal is the same, so its definitions stay and its runs keep their name, under which connections at the new address
 * are to see them as well: those that are registered there later, and those that are there already and have no process.
 * Where the new address has processes under a name of its own, one run would have two: nobody moves, and that name is
 * noted as the portal's, so that no adoption takes what is held under the other. Whether it keeps run ids is learnt anew:
 * a probe relies on that.
 */
export const move = `
  with seen as (
    select key, base_url = $2 as is_there, coalesce(portal, $5) as name
    from connections
    where key = $1
    for update
  ), lately as (
    select count(*) < $7::int and bool_or(e.data ->> 'from' = $3) is not true as may_move
    from connection_events e
    where e.connection = $1
      and e.type = 'connection.moved'
      and e.time > clock_timestamp() - interval '1 day'
  ), other_name as (
    select n.name
    from (
      select coalesce(c.portal, $6) as name, c.key from connections c where c.key = any ($8::text[])
      union all
      select coalesce((select portal from portal_names where origin = $6), $6), null
    ) n, seen
    where n.name <> seen.name
      and (exists (select from processes p where p.connection = n.key and p.portal = n.name and p.state <> 'starting')
        or exists (
          select
          from operations o
          join processes p on p.id = o.process_id
          where o.connection = n.key and o.state = 'sending' and p.portal = n.name)
        or exists (select from native_ids i where i.portal = n.name))
    order by n.name
    limit 1
  ), moved as (
    update connections c
    set base_url = $3, moved_from = $2, moved_at = clock_timestamp(), portal = seen.name,
      version = c.version + 1, updated_at = clock_timestamp()
    from seen, lately
    where c.key = seen.key
      and seen.is_there
      and lately.may_move
      and not exists (select from other_name)
    returning c.key, c.portal
  ), neighbours as (
    update connections c
    set portal = moved.portal
    from moved
    where c.key = any ($8::text[]) and coalesce(c.portal, $6) <> moved.portal
  ), named as (
    insert into portal_names (origin, portal)
    select $6, moved.portal from moved
    union
    select o.origin, coalesce((select portal from portal_names where origin = other_name.name), other_name.name)
    from other_name, seen, lately,
      lateral (select seen.name as origin
        union select $5
        union select portal_names.origin from portal_names where portal_names.portal = seen.name) o
    where seen.is_there and lately.may_move and o.origin <> other_name.name
    on conflict (origin) do update set portal = excluded.portal
  ), told as (
    insert into connection_events (id, connection, type, data)
    select $4::uuid, moved.key, 'connection.moved', jsonb_build_object('from', $2::text, 'to', $3::text)
    from moved
  ), unlearnt as (
    update run_ids
    set kept_at = '{}', ignored_at = null, kept_since = null, seen = 0, since = clock_timestamp()
    from moved
    where run_ids.connection = moved.key
  )
  select case
    when exists (select from moved) then 'moved'
    when not seen.is_there then 'known'
    when lately.may_move then 'named'
    else 'refused'
  end as answer
  from seen, lately`;
