import type { INestApplicationContext, Provider } from '@nestjs/common';
import { Config } from './config.js';
import type { Closing } from './lib/closing.js';
import { Log } from './lib/log.js';
import { Rounds } from './lib/rounds.js';
import { Stats } from './processes/stats.js';
import { provide } from './provide.js';
import { Database } from './storage/database.js';
import { Retention } from './storage/retention.js';
import { PostgresStats } from './storage/stats.store.js';

const countEveryMs = 1000;
/** Also how soon another replica goes on with what a killed one has left. */
const forgetEveryMs = 60_000;

/** What becomes of history: it is counted, and it goes when its days are over. */
export const historyParts: Provider[] = [
  provide(PostgresStats, [Database], (database: Database) => new PostgresStats(database)),
  provide(Stats, [PostgresStats], (stats: PostgresStats) => stats),
  provide(
    Retention,
    [Database, Config, Log],
    (database: Database, { retentionDays, idempotencyDays }: Config, log: Log) =>
      new Retention(database, { retentionDays, idempotencyDays, log }),
  ),
];

/** Counts and forgets, until the gateway stops. */
export function beginHistory(app: INestApplicationContext, closing: Closing): void {
  const log = app.get<Log>(Log);
  const [stats, retention] = [app.get(PostgresStats), app.get(Retention)];
  const counting = new Rounds({
    everyMs: countEveryMs,
    round: (stopping) => stats.roll(stopping),
    failed: (error) => log.warn('stats.not-counted', { error }),
  });
  const forgetting = new Rounds({
    everyMs: forgetEveryMs,
    round: (stopping) => retention.round(stopping),
    failed: (error) => log.error('history.failed', { error }),
  });
  for (const [name, rounds] of [
    ['stats', counting],
    ['retention', forgetting],
  ] as const) {
    rounds.begin();
    closing.add(name, () => rounds.end());
  }
}
