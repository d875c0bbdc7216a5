import { seenAt } from './look-rounds.sql.js';

/** No transaction that is still open can have written before this. */
const settled = (alias: string): string => `${alias}.written_in < pg_snapshot_xmin(pg_current_snapshot())`;

/** Whether event `one` stands behind event `other` where they were written. */
const isBehind = (one: string, other: string): string =>
  `(${one}.written_in, ${one}.id) > (${other}.written_in, ${other}.id)`;

/**
 * Whether an event of the process of `event`, before `sequence`, stands behind it: its writer waited for the one of that,
 * under a number that it had been given before.
 */
const isOvertaken = (sequence: string, event: string): string => `exists (
      select
      from events earlier
      where earlier.process_id = ${event}.process_id and earlier.sequence < ${sequence} and ${isBehind('earlier', event)})`;

/**
 * What stands behind a position, in the order in which it was written. An event that was written before an earlier one of
 * its process is told with that one, so that whoever reads on from any place has each once, and those of a process in the
 * order of their sequence.
 *
 * $1, $2, $3 the position; $4 how many are looked at; $5 connections, $6 definitions, $7 client that may be seen; null: all
 */
export const read = `/* feed */
  with base as materialized (
    (
      select e.written_in, e.id, e.process_id, e.sequence, null::text as connection, e.type, e.time, e.data
      from events e
      where (e.written_in, e.id) >= ($1::xid8, $2::uuid) and ${settled('e')}
      order by e.written_in, e.id
      limit $4
    )
    union all
    (
      select c.written_in, c.id, null, 0, c.connection, c.type, c.time, c.data
      from connection_events c
      where (c.written_in, c.id) >= ($1::xid8, $2::uuid) and ${settled('c')}
      order by c.written_in, c.id
      limit $4
    )
    order by written_in, id
    limit $4
  ), told as (
    select base.written_in, base.id as base_id, own.*, null::text as connection
    from base
    cross join lateral (
      select e.id, e.process_id, e.sequence, e.type, e.time, e.data
      from events e
      where e.process_id = base.process_id
        and e.sequence >= base.sequence
        and not ${isBehind('e', 'base')}
        and not ${isOvertaken('e.sequence', 'base')}
    ) own
    where base.process_id is not null
    union all
    select written_in, id, id, null, sequence, type, time, data, connection
    from base
    where process_id is null
  ), shown as (
    select told.*, p.id is not null as is_of_process, to_json(p) as process, ${seenAt('p')} as seen_at
    from told
    left join processes p on p.id = told.process_id
    where case
        when told.process_id is not null then p.id is not null
          and ($5::text[] is null or p.connection = any ($5))
          and ($6::text[] is null or p.definition = any ($6))
          and ($7::uuid is null or p.client_id = $7)
        when told.connection is not null then $5::text[] is null or told.connection = any ($5)
        else $5::text[] is null and $6::text[] is null and $7::uuid is null
      end
      and (told.written_in, told.base_id, told.sequence) > ($1::xid8, $2::uuid, $3::int)
  )
  select (select count(*)::int from base) as looked_at,
    (
      select json_build_object('written_in', written_in::text, 'id', id)
      from base
      order by written_in desc, id desc
      limit 1
    ) as last,
    $1::xid8 > pg_snapshot_xmax(pg_current_snapshot()) as is_foreign,
    clock_timestamp() as read_at,
    ${era()} as era,
    (
      select json_agg(json_build_object(
          'written_in', written_in::text, 'base_id', base_id, 'id', id, 'sequence', sequence, 'type', type, 'time', time,
          'data', data, 'connection', connection, 'process', process, 'seen_at', seen_at
        ) order by written_in, base_id, sequence)
      from shown
    ) as items`;

/** A database that was put back opens a hold. */
function era(): string {
  return `coalesce((select h.id::text from database_holds h order by h.id desc limit 1), '-')`;
}

/** Behind everything that is in the feed: whatever comes has a higher number, or this one. */
export const end = `
  select pg_snapshot_xmin(pg_current_snapshot())::text as written_in, clock_timestamp() as read_at, ${era()} as era`;

/** The last event of the feed. */
export const head = `
  select written_in::text, id
  from (
    (
      select e.written_in, e.id from events e where ${settled('e')} order by e.written_in desc, e.id desc limit 1
    )
    union all
    (
      select c.written_in, c.id
      from connection_events c
      where ${settled('c')}
      order by c.written_in desc, c.id desc
      limit 1
    )
  ) last
  order by last.written_in desc, last.id desc
  limit 1`;
