import type { DataSource } from 'typeorm';
import type { Grant, QuotaStore } from '../security/quota.store.js';

interface GrantRow {
  readonly granted: number;
  readonly taken: number;
  readonly left_ms: number;
}

/** Quotas in Postgres: one row for each client, whose lock makes its replicas ask one after the other. */
export class PostgresQuotas implements QuotaStore {
  constructor(private readonly database: DataSource) {}

  async take(clientId: string, wanted: number, limit: number): Promise<Grant> {
    const rows: GrantRow[] = await this.database.query(statement, [clientId, wanted, limit]);
    const [row] = rows;
    if (!row) throw new Error('Taking of a quota returned no row');
    return { granted: row.granted, taken: row.taken, leftMs: row.left_ms };
  }
}

/**
 * `excluded.ends_at` is a minute from now, or from when this replica began to wait for another. A window that ends far later
 * was begun before the clock was set back.
 */
const isOver = `(q.ends_at <= excluded.ends_at - interval '1 minute' or q.ends_at > excluded.ends_at + interval '1 minute')`;
const left = `case when ${isOver} then $3::int else greatest(0, $3::int - q.taken) end`;

const statement = `
  insert into client_quotas as q (client_id, ends_at, taken, granted)
  values ($1, clock_timestamp() + interval '1 minute', least($2::int, $3::int), least($2::int, $3::int))
  on conflict (client_id) do update
  set granted = least($2::int, ${left}),
      taken = least($2::int, ${left}) + case when ${isOver} then 0 else q.taken end,
      ends_at = case when ${isOver} then excluded.ends_at else q.ends_at end
  returning granted, taken, (extract(epoch from ends_at - clock_timestamp()) * 1000)::float8 as left_ms`;
