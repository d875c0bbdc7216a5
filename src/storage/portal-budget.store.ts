import type { DataSource } from 'typeorm';
import type { BudgetAsk, BudgetGrant, BudgetLevel, BudgetStore } from '../connections/budget.store.js';

interface ReservedRow {
  readonly granted: number;
  readonly level: number;
  readonly closed_ms: number;
  readonly trickle_ms: number;
}

/** What has not leaked out of the bucket `b` by now; $2 rate. */
const leaked = 'greatest(0, b.level - $2::float8 * extract(epoch from clock_timestamp() - b.counted_at)::float8)';

/**
 * $1 portal, $2 rate, $3 ceiling, $4 count, $5 ceiling of the trickle, $6 its seconds. The row is locked before its level
 * is counted, so no two replicas fill the same room. Nothing of it is flushed: only unlogged rows are written
 * (PostgreSQL 18, xact.c, RecordTransactionCommit).
 */
const reserve = `
  update portal_budgets b
  set (level, counted_at, granted, trickled_at) = (
    select now.level + grant_.count, now.at, grant_.count,
      case when grant_.trickles then now.at else b.trickled_at end
    from (select ${leaked} as level, clock_timestamp() as at) now
    cross join lateral (
      select
        coalesce(b.closed_until > now.at, false) as closed,
        greatest(0, least($4::float8, floor($3::float8 - now.level + 1e-6))) as count,
        now.level + 1 <= $5::float8
          and coalesce(b.trickled_at + make_interval(secs => $6::float8) <= now.at, true) as may_trickle
    ) room
    cross join lateral (
      select
        case when room.closed then 0 when room.count = 0 and room.may_trickle then 1 else room.count end as count,
        not room.closed and room.count = 0 and coalesce(room.may_trickle, false) as trickles
    ) grant_
  )
  where b.portal = $1
  returning granted, level,
    greatest(0, coalesce(extract(epoch from b.closed_until - clock_timestamp()), 0))::float8 * 1000 as closed_ms,
    greatest(0, coalesce(extract(epoch from
      b.trickled_at + make_interval(secs => $6::float8) - clock_timestamp()), 0))::float8 * 1000 as trickle_ms`;

/** The buckets of portals in Postgres. */
export class PostgresBudgetStore implements BudgetStore {
  constructor(private readonly database: DataSource) {}

  async reserve(ask: BudgetAsk): Promise<BudgetGrant> {
    const row = (await this.#reserve(ask)) ?? (await this.#reserveFirst(ask));
    const { granted, level } = row;
    if (granted >= ask.count) return { granted, level, waitMs: 0 };
    const room = (ceiling: number): number => Math.max(0, ((level + 1 - ceiling) / ask.rate) * 1000);
    const waits = [room(ask.ceiling)];
    if (ask.trickle) waits.push(Math.max(room(ask.trickle.ceiling), row.trickle_ms));
    return { granted, level, waitMs: Math.ceil(Math.max(row.closed_ms, Math.min(...waits))) };
  }

  async close(portal: string, burst: number, forMs: number | null): Promise<void> {
    await this.database.query(
      `insert into portal_budgets as b (portal, level, closed_until)
       values ($1, $2, clock_timestamp() + make_interval(secs => $3::float8 / 1000))
       on conflict (portal) do update
       set level = greatest(b.level, excluded.level),
         counted_at = excluded.counted_at,
         closed_until = greatest(b.closed_until, excluded.closed_until)`,
      [portal, burst, forMs ?? 0],
    );
  }

  async level(portal: string, rate: number): Promise<BudgetLevel> {
    const [row] = await this.database.query<{ level: number; closed_ms: number }[]>(
      `select ${leaked} as level,
         greatest(0, coalesce(extract(epoch from b.closed_until - clock_timestamp()), 0))::float8 * 1000 as closed_ms
       from portal_budgets b
       where b.portal = $1`,
      [portal, rate],
    );
    return { level: row?.level ?? 0, closedMs: row?.closed_ms ?? 0 };
  }

  async #reserve({ portal, rate, ceiling, count, trickle }: BudgetAsk): Promise<ReservedRow | null> {
    const given = [portal, rate, ceiling, count, trickle?.ceiling ?? null, trickle?.everySeconds ?? 0];
    const [[row]] = await this.database.query<[ReservedRow[], number]>(reserve, given);
    return row ?? null;
  }

  async #reserveFirst(ask: BudgetAsk): Promise<ReservedRow> {
    await this.database.query('insert into portal_budgets (portal) values ($1) on conflict do nothing', [ask.portal]);
    const row = await this.#reserve(ask);
    if (!row) throw new Error(`The bucket of ${ask.portal} cannot be made`);
    return row;
  }
}
