import type { Client } from 'pg';
import { filledTables, otherRows } from './lists-others.js';
import { processRows } from './lists-rows.js';

const rowsAtOnce = 500_000;

interface Made {
  readonly drop: string;
  readonly make: string;
}

/**
 * Fills an empty database: the rows of a table first, then its indexes. All processes in one transaction that empties the
 * table, so with `wal_level=minimal` they are written once and not logged.
 */
export async function fill(database: Client, rows: number, say: (text: string) => void): Promise<void> {
  await database.query(`set maintenance_work_mem = '1GB'`);
  await database.query(`set work_mem = '256MB'`);
  await database.query('set max_parallel_maintenance_workers = 0');
  await database.query(
    `select add_month_of_events(month::date)
     from generate_series(date_trunc('month', now() - interval '13 months'), now(), interval '1 month') month`,
  );
  const ofProcesses = await indexesOf(database, 'processes');
  await database.query('begin');
  await database.query('truncate processes, process_tags');
  await database.query('alter table processes disable trigger keep_tags');
  for (const { drop } of ofProcesses) await database.query(drop);
  for (let first = 1; first <= rows; first += rowsAtOnce) {
    await database.query(processRows, [rows, first, Math.min(rows, first + rowsAtOnce - 1)]);
    say(`${Math.min(rows, first + rowsAtOnce - 1)} of ${rows}`);
  }
  await database.query('alter table processes enable trigger keep_tags');
  await database.query('commit');
  for (const { make } of ofProcesses) await database.query(make);
  say('indexes of processes');
  for (const statement of otherRows) {
    await database.query(statement);
    say(statement.trim().split('\n', 1)[0] ?? '');
  }
  await database.query(`vacuum analyze ${filledTables.join(', ')}`);
}

/** All but the primary key. */
async function indexesOf(database: Client, table: string): Promise<readonly Made[]> {
  const { rows } = await database.query<Made>(
    `select format('drop index %s', i.indexrelid::regclass) as drop, pg_get_indexdef(i.indexrelid) as make
     from pg_index i
     where i.indrelid = $1::regclass and not i.indisprimary`,
    [table],
  );
  return rows;
}
