import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { Move, MoveStore } from '../connections/move.store.js';
import { originOf } from '../lib/origin.js';

/** How often a portal may move within a day before a person has to look. */
const mostMoves = 3;

/**
 * $1 connection, $2 from, $3 to, $4 id of the event, $5 origin of the old address, $6 of the new one, $7 most moves
 *
 * The portal is the same, so its definitions stay and its runs keep their name, under which connections that are
 * registered at the new address are to see them as well. Whether it keeps run ids is learnt anew: a probe relies on that.
 */
const move = `
  with seen as (
    select key, base_url = $2 as is_there
    from connections
    where key = $1
    for update
  ), lately as (
    select count(*) as moves, bool_or(e.data ->> 'from' = $3) as came_from_there
    from connection_events e
    where e.connection = $1
      and e.type = 'connection.moved'
      and e.time > clock_timestamp() - interval '1 day'
  ), moved as (
    update connections c
    set base_url = $3, moved_from = $2, moved_at = clock_timestamp(), portal = coalesce(c.portal, $5),
      version = c.version + 1, updated_at = clock_timestamp()
    from seen, lately
    where c.key = seen.key
      and seen.is_there
      and lately.moves < $7::int
      and lately.came_from_there is not true
    returning c.key, c.portal
  ), named as (
    insert into portal_names (origin, portal)
    select $6, moved.portal from moved
    on conflict do nothing
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
    when seen.is_there then 'refused'
    else 'known'
  end as answer
  from seen`;

/** Moves of portals in Postgres. */
export class PostgresMoveStore implements MoveStore {
  constructor(private readonly database: DataSource) {}

  async move({ connectionKey, from, to }: Move): Promise<'moved' | 'known' | 'refused'> {
    const [row] = await this.database.query<{ answer: 'moved' | 'known' | 'refused' }[]>(move, [
      connectionKey,
      from,
      to,
      uuidv7(),
      originOf(from),
      originOf(to),
      mostMoves,
    ]);
    return row?.answer ?? 'known';
  }
}
