import type { DataSource } from 'typeorm';
import { uuidv7 } from '../lib/uuid.js';
import type { Ending, KeepAliveStore, KeepAliveTerms } from '../connections/keep-alive.store.js';

/** $1 days before the end, $2 days before it at which the last try is made too */
const claim = `
  update connections
  set kept_alive_at = clock_timestamp()
  where key = (
    select key
    from connections
    where auth_ends_at < clock_timestamp() + make_interval(days => $1::int)
      and not paused
      and state <> 'reauthorization_required'
      and (kept_alive_at is null or kept_alive_at < clock_timestamp() - interval '1 day')
      -- somebody renews it at this moment
      and (renewing_until is null or renewing_until < clock_timestamp())
      and (renewals = 0 or auth_ends_at < clock_timestamp() + make_interval(days => $2::int))
    order by auth_ends_at
    limit 1
    for update skip locked
  )
  returning key`;

/** $1 days, $2 id of the event. What waits for a person already needs no warning. */
const warn = `
  with ending as (
    select c.key, c.auth_ends_at, level.days
    from connections c
    cross join lateral (
      select min(days) as days
      from unnest($1::int[]) as days
      where c.auth_ends_at < clock_timestamp() + make_interval(days => days)
    ) level
    where c.auth_ends_at is not null
      and c.state <> 'reauthorization_required'
      and level.days is not null
      and (c.warned_days is null or c.warned_days > level.days)
    order by c.auth_ends_at
    limit 1
    for update of c skip locked
  ), warned as (
    update connections c
    set warned_days = ending.days
    from ending
    where c.key = ending.key
  ), told as (
    insert into connection_events (id, connection, type, data)
    select $2::uuid, key, 'connection.expiring', jsonb_build_object('days', days, 'endsAt', auth_ends_at)
    from ending
  )
  select key, days, auth_ends_at from ending`;

/** Credentials that end, in Postgres. */
export class PostgresKeepAliveStore implements KeepAliveStore {
  constructor(private readonly database: DataSource) {}

  async claim({ days, lastTryDays }: KeepAliveTerms): Promise<string | null> {
    // The driver gives the rows of an update in another form than those of a `with`.
    const [row] = await this.database.query<{ key: string }[]>(`with claimed as (${claim}) select key from claimed`, [
      days,
      lastTryDays,
    ]);
    return row?.key ?? null;
  }

  async warn(days: readonly number[]): Promise<Ending | null> {
    const [row] = await this.database.query<{ key: string; days: number; auth_ends_at: Date }[]>(warn, [
      days,
      uuidv7(),
    ]);
    return row ? { connectionKey: row.key, days: row.days, endsAt: row.auth_ends_at } : null;
  }
}
