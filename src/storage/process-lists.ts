import type { DataSource } from 'typeorm';
import type { ProcessFilter, ProcessPage } from '../processes/process.reader.js';
import { Reading } from './list-reading.js';
import { withSeenAt } from './look-rounds.sql.js';
import { askedOf, statesOf } from './process-list.js';
import { processOf } from './process-of-row.js';

/** One page of processes, newest first. */
export async function listProcesses(
  database: Pick<DataSource, 'query'>,
  filter: ProcessFilter,
  { before, rows }: { readonly before: string | null; readonly rows: number },
): Promise<ProcessPage> {
  const asked = askedOf({ filter, states: statesOf(filter), before });
  const page = await new Reading(database, asked, rows, withSeenAt).page();
  return { processes: page.rows.map((row) => processOf(row)), readTo: page.readTo };
}
