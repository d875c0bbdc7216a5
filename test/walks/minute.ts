import type { Client } from 'pg';
import { again } from './again.js';

/** Seconds: longer than any request lives at Bitrix24. */
const minute = 70;

/**
 * Everything that is kept of a connection, or of all, becomes a minute older. Only where no attempt is out, since a worker
 * goes by its own clock, and where lost starts are found by their ids or not looked for any more, since the runs of the
 * platform become no older.
 */
export async function aMinutePasses(sql: Client, connection: string | null = null): Promise<void> {
  await again(() =>
    sql.query(
      `
    with mine as (
      select p.id from processes p where $1::text is null or p.connection = $1
    ), older as (
      update attempts a
      set sent_at = sent_at - make_interval(secs => ${minute}),
          answered_at = answered_at - make_interval(secs => ${minute})
      from mine
      where a.process_id = mine.id and not exists (
        select from attempts b join mine on b.process_id = mine.id where b.class is null)
      returning a.process_id
    ), learnt as (
      update run_ids set kept_since = kept_since - make_interval(secs => ${minute})
    ), told as (
      update events e
      set time = time - make_interval(secs => ${minute})
      from mine
      where e.process_id = mine.id and mine.id in (select process_id from older)
    )
    update processes p
    set next_look_at = next_look_at - make_interval(secs => ${minute}),
        lane_until = lane_until - make_interval(secs => ${minute})
    where p.id in (select process_id from older) and (next_look_at is not null or lane_until is not null)`,
      [connection],
    ),
  );
}
