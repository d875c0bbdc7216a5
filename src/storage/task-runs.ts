import type { DataSource } from 'typeorm';
import type { Process } from '../processes/process.js';
import type { TaskRuns } from '../processes/task-runs.js';
import type { Row } from './columns.js';
import { processOf } from './process-of-row.js';

/** Whose runs tasks belong to, from Postgres. */
export class PostgresTaskRuns implements TaskRuns {
  constructor(private readonly database: DataSource) {}

  async owners(portal: string, nativeIds: readonly string[]): Promise<ReadonlyMap<string, Process>> {
    if (nativeIds.length === 0) return new Map();
    const rows = await this.database.query<Row[]>(
      // A second run of a process is claimed too, but the process is not about it.
      `select p.*
       from native_ids n
       join processes p on p.id = n.process_id and p.native_id = n.native_id
       where n.portal = $1 and n.native_id = any ($2::text[])`,
      [portal, [...new Set(nativeIds)]],
    );
    return new Map(
      rows
        .map((row) => processOf(row))
        .flatMap((process) => (process.nativeId === null ? [] : [[process.nativeId, process]])),
    );
  }
}
