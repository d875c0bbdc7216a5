import { Pool, type QueryResultRow } from 'pg';
import type { DataSource } from 'typeorm';
import { isDatabaseTrouble } from './database-trouble.js';
import { PooledDatabase } from './database.js';

/** A statement that every session parses and plans once. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/**
 * Runs a statement of the hot path in a session of its own, as one transaction. TypeORM knows no named statements, so this
 * goes to the pool beneath it.
 *
 * @throws the driver's own error
 */
export async function run<Row extends QueryResultRow>(
  database: DataSource,
  { name, text }: Statement,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  const session = await poolOf(database).connect();
  // The next transaction may get another session, which knows none of this one's names.
  const named = database instanceof PooledDatabase ? {} : { name };
  let broken = false;
  // What waits for an answer hears of it by itself; without a listener it would end the process.
  const noted = (): void => void (broken = true);
  session.on('error', noted);
  try {
    const { rows } = await session.query<Row>({ ...named, text, values: [...values] });
    return rows;
  } catch (error) {
    broken ||= isDatabaseTrouble(error);
    throw error;
  } finally {
    session.off('error', noted);
    session.release(broken);
  }
}

function poolOf({ driver }: DataSource): Pool {
  const pool: unknown = Reflect.get(driver, 'master');
  if (!(pool instanceof Pool)) throw new TypeError('TypeORM keeps its pool elsewhere');
  return pool;
}
