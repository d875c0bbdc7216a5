import type { DataSource, EntityManager } from 'typeorm';

/** Months that are made before anything falls into them, the present one aside. */
const monthsAhead = 3;

/** Whoever waits for a lock keeps others waiting. */
export const shortLocks = `set local lock_timeout = '200ms'`;

type Executor = Pick<EntityManager, 'query'>;

/** Makes the months of history that are to come. Gives those that were not there. */
export async function makeMonths(database: DataSource): Promise<readonly string[]> {
  const months = await database.query<{ month: string }[]>(
    `select (date_trunc('month', clock_timestamp() at time zone 'UTC') + make_interval(months => ahead))::date::text as month
     from generate_series(0, $1) ahead`,
    [monthsAhead],
  );
  const made: string[] = [];
  for (const { month } of months) {
    const isNew = await database.transaction(async (transaction) => {
      await transaction.query(shortLocks);
      const [row] = await transaction.query<{ made: boolean }[]>('select add_month_of_events($1) as made', [month]);
      return row?.made ?? false;
    });
    if (isNew) made.push(month);
  }
  return made;
}

/** Processes, at most a thousand, whose events stand in no month: the clock of some replica was wrong. */
export async function outsideMonths(database: Executor): Promise<number> {
  const [row] = await database.query<{ count: number }[]>(
    'select count(*)::int as count from (select from events_other where sequence = 1 limit 1000) outside',
  );
  return row?.count ?? 0;
}
