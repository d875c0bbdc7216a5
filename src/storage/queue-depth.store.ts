import type { DataSource } from 'typeorm';
import type { QueueDepthStore } from '../processes/queue-depth.store.js';

/** Among how many that are due first the longest waiting start is looked for; the index has no other order. */
const looksAt = 100;

/** The counters of queued starts in Postgres; unlogged, so no write of theirs waits for the disk. */
export class PostgresQueueDepthStore implements QueueDepthStore {
  constructor(private readonly database: DataSource) {}

  async add(changes: ReadonlyMap<string, number>): Promise<void> {
    const sorted = [...changes].toSorted(([one], [other]) => (one < other ? -1 : 1));
    await this.database.query(
      `insert into queue_depths as known (connection, depth)
       select * from unnest($1::text[], $2::bigint[])
       on conflict (connection) do update
       set depth = greatest(0, known.depth + excluded.depth)`,
      [sorted.map(([key]) => key), sorted.map(([, by]) => by)],
    );
  }

  async all(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.database.query<{ connection: string; depth: string }[]>(
      'select connection, depth from queue_depths where depth > 0',
    );
    return new Map(rows.map(({ connection, depth }) => [connection, Number(depth)]));
  }

  async recount(): Promise<void> {
    await this.database.query(
      `with counted as (
         select connection, count(*) as depth
         from operations
         where state = 'queued' and kind = 'start'
         group by connection
       ), listed as (
         select connection from queue_depths union select connection from counted
       )
       insert into queue_depths (connection, depth)
       select connection, coalesce(depth, 0) from listed left join counted using (connection)
       order by connection
       on conflict (connection) do update
       set depth = excluded.depth`,
    );
  }

  async oldestSeconds(connectionKey: string): Promise<number | null> {
    const [row] = await this.database.query<{ seconds: number | null }[]>(
      `select extract(epoch from clock_timestamp() - min(created_at))::float8 as seconds
       from (
         select created_at
         from operations
         where connection = $1 and state = 'queued' and kind = 'start'
         order by due_at
         limit ${looksAt}
       ) first`,
      [connectionKey],
    );
    const seconds = row?.seconds ?? null;
    return seconds === null ? null : Math.max(0, seconds);
  }

  async inFlight(connectionKey: string): Promise<number> {
    const [row] = await this.database.query<{ count: number }[]>(
      `select count(*)::int as count
       from operations
       where connection = $1 and state = 'sending' and lease_until > clock_timestamp()`,
      [connectionKey],
    );
    return row?.count ?? 0;
  }
}
