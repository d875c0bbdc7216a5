import type { DataSource } from 'typeorm';
import type { KeptLook, LookRoundsStore, NextRuns, Turn } from '../processes/look-rounds.store.js';
import type { Row } from './columns.js';
import { processOf } from './process-of-row.js';
import * as sql from './look-rounds.sql.js';

/** Rounds of looks in Postgres. */
export class PostgresLookRoundsStore implements LookRoundsStore {
  constructor(private readonly database: DataSource) {}

  take(connections: readonly string[], leaseSeconds: number): Promise<readonly Turn[]> {
    return this.database.query<Turn[]>(sql.takeLooks, [connections, leaseSeconds]);
  }

  async next(turn: Turn, apartSeconds: number, limit: number): Promise<NextRuns> {
    const { connection, state, after } = turn;
    const until = (after === null ? null : turn.until) ?? (await this.#last(turn));
    if (until === null) return { runs: [], waitMs: 0, until };
    const values = [connection, state, after, until, apartSeconds, limit];
    const rows = await this.database.query<(Row & { readonly wait_ms: number | null })[]>(sql.nextRuns, values);
    const runs = rows.map((row) => {
      const { wait_ms: _, ...process } = row;
      return processOf(process);
    });
    return { runs, waitMs: rows[0]?.wait_ms ?? 0, until };
  }

  async #last({ connection, state }: Turn): Promise<string | null> {
    const [row] = await this.database.query<{ id: string }[]>(sql.lastRun, [connection, state]);
    return row?.id ?? null;
  }

  async keep({ connection, state, looks, after }: Turn, look: KeptLook): Promise<void> {
    const { upto, until, isLast, unchanged, agoMs, apartSeconds } = look;
    const values = [connection, state, looks, after, upto, until, isLast, unchanged, agoMs, apartSeconds];
    await this.database.query(sql.keepLook, values);
  }

  async endRound({ connection, state, looks }: Turn): Promise<void> {
    await this.database.query(sql.endRound, [connection, state, looks]);
  }

  async postpone({ connection, state, looks }: Turn, ms: number, past: string | null): Promise<void> {
    await this.database.query(sql.postponeLook, [connection, state, looks, ms, past]);
  }
}
