import type { DataSource } from 'typeorm';
import type { KnownRunIds, RunIdAnswers, RunIdsStore } from '../connections/run-ids.store.js';
import { toColumns } from './columns.js';
import { addRunIds, distrustRunIds } from './run-ids.sql.js';

interface RunIdsRow {
  readonly kept_at: readonly Date[];
  readonly ignored_at: Date | null;
  readonly distrusted: boolean;
  readonly seen: number;
  readonly now: Date;
}

/** What all replicas have seen of run ids, a row for each connection. */
export class PostgresRunIdsStore implements RunIdsStore {
  constructor(private readonly database: DataSource) {}

  async add(answers: readonly RunIdAnswers[]): Promise<void> {
    await this.database.query(addRunIds, [JSON.stringify(answers.map(toColumns))]);
  }

  async find(connectionKey: string): Promise<KnownRunIds> {
    const [row] = await this.database.query<RunIdsRow[]>(
      `select coalesce(kept_at, '{}') as kept_at, ignored_at, coalesce(distrusted, false) as distrusted,
         coalesce(seen, 0) as seen, clock_timestamp() as now
       from (select) as always
       left join run_ids on connection = $1`,
      [connectionKey],
    );
    if (!row) throw new Error(`The database told no time for ${connectionKey}`);
    return {
      keptAt: row.kept_at,
      ignoredAt: row.ignored_at,
      distrusted: row.distrusted,
      seen: row.seen,
      now: row.now,
    };
  }

  async distrust(connectionKey: string): Promise<void> {
    await this.database.query(distrustRunIds('$1'), [connectionKey]);
  }
}
