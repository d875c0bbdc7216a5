import type { DataSource } from 'typeorm';
import type { MethodState, MethodUseStore } from '../connections/method-use.store.js';

interface MethodRow {
  readonly portal: string;
  readonly method: string;
  readonly operating_seconds: number;
  readonly allowed_seconds: number;
  readonly resets_at: Date | null;
  readonly closed_until: Date | null;
  readonly told_at: Date;
}

/** What methods of portals have cost, in Postgres. */
export class PostgresMethodUseStore implements MethodUseStore {
  constructor(private readonly database: DataSource) {}

  async keep(states: readonly MethodState[]): Promise<void> {
    const rows = states
      .map((state) => ({
        portal: state.portal,
        method: state.method,
        operating_seconds: state.operatingSeconds,
        allowed_seconds: state.allowedSeconds,
        resets_at: state.resetsAt,
        closed_until: state.closedUntil,
        told_at: state.toldAt,
      }))
      // Replicas that lock rows in one order do not lock each other out.
      .toSorted((one, other) => (`${one.portal} ${one.method}` < `${other.portal} ${other.method}` ? -1 : 1));
    await this.database.query(
      `insert into method_uses as known
       select row.* from jsonb_populate_recordset(null::method_uses, $1::jsonb) row
       on conflict (portal, method) do update
       set operating_seconds = excluded.operating_seconds,
         allowed_seconds = excluded.allowed_seconds,
         resets_at = excluded.resets_at,
         closed_until = excluded.closed_until,
         told_at = excluded.told_at
       where known.told_at < excluded.told_at`,
      [JSON.stringify(rows)],
    );
  }

  async all(): Promise<readonly MethodState[]> {
    const rows = await this.database.query<MethodRow[]>(
      `select portal, method, operating_seconds, allowed_seconds, resets_at, closed_until, told_at
       from method_uses
       where told_at > clock_timestamp() - interval '1 hour'`,
    );
    return rows.map((row) => ({
      portal: row.portal,
      method: row.method,
      operatingSeconds: row.operating_seconds,
      allowedSeconds: row.allowed_seconds,
      resetsAt: row.resets_at,
      closedUntil: row.closed_until,
      toldAt: row.told_at,
    }));
  }
}
