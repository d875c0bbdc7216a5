import type { DataSource } from 'typeorm';
import type { Process } from '../processes/process.js';
import type { ProcessReader } from '../processes/process.reader.js';
import type { WatchedProcesses } from '../processes/process-watch.js';

/** Asks for many processes by one statement that touches no more than their rows. */
export class PostgresWatchedProcesses implements WatchedProcesses {
  constructor(
    private readonly database: DataSource,
    private readonly reader: ProcessReader,
  ) {}

  async find(processId: string): Promise<Process | null> {
    return this.reader.find(processId);
  }

  async revisions(processIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await this.database.query<{ id: string; revision: number }[]>(
      'select id, revision from processes where id = any($1::uuid[])',
      [processIds],
    );
    return new Map(rows.map(({ id, revision }) => [id, revision]));
  }
}
