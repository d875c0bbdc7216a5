import { DataSource } from 'typeorm';
import { FirstTables1763700000000 } from '../../migrations/1763700000000-first-tables.js';
import { WhatIsNotKnown1763800000000 } from '../../migrations/1763800000000-what-is-not-known.js';
import { Tasks1763910000000 } from '../../migrations/1763910000000-tasks.js';
import { Callbacks1763930000000 } from '../../migrations/1763930000000-callbacks.js';
import { Reports1763940000000 } from '../../migrations/1763940000000-reports.js';
import { AdoptedRuns1763950000000 } from '../../migrations/1763950000000-adopted-runs.js';
import { SignIn1763920000000 } from '../../migrations/1763920000000-sign-in.js';
import { Batches1763960000000 } from '../../migrations/1763960000000-batches.js';
import { Files1763980000000 } from '../../migrations/1763980000000-files.js';
import { Callers1763990000000 } from '../../migrations/1763990000000-callers.js';
import { SealedValues1764000000000 } from '../../migrations/1764000000000-sealed-values.js';
import { FingerprintKey1764001000000 } from '../../migrations/1764001000000-fingerprint-key.js';
import { Audit1764010000000 } from '../../migrations/1764010000000-audit.js';
import { KeyProofs1764021000000 } from '../../migrations/1764021000000-key-proofs.js';
import { SealedAnswers1764022000000 } from '../../migrations/1764022000000-sealed-answers.js';
import { EventsByMonth1764030000000 } from '../../migrations/1764030000000-events-by-month.js';
import { Stats1764031000000 } from '../../migrations/1764031000000-stats.js';
import { Lists1764032000000 } from '../../migrations/1764032000000-lists.js';
import { Retention1764033000000 } from '../../migrations/1764033000000-retention.js';
import { DueStarts1764050000000 } from '../../migrations/1764050000000-due-starts.js';
import { LooksByRound1764051000000 } from '../../migrations/1764051000000-looks-by-round.js';
import { HistoryAppendOnly1764060000000 } from '../../migrations/1764060000000-history-append-only.js';
import { TagsTogether1764070000000 } from '../../migrations/1764070000000-tags-together.js';
import { ListsByPairs1764071000000 } from '../../migrations/1764071000000-lists-by-pairs.js';
import { AuditByItsFilters1764071100000 } from '../../migrations/1764071100000-audit-by-its-filters.js';
import { Webhooks1764072000000 } from '../../migrations/1764072000000-webhooks.js';
import { TagsByAcceptance1764073000000 } from '../../migrations/1764073000000-tags-by-acceptance.js';
import { WordsUnchecked1764074000000 } from '../../migrations/1764074000000-words-unchecked.js';
import { isLockTimeout } from './database-trouble.js';
import { makeMonths } from './months.js';
import { NativeIdsFirst1764040000000 } from '../../migrations/1764040000000-native-ids-first.js';
import { migrationOptions } from './session-settings.js';

/** In their order. */
export const migrations = [
  FirstTables1763700000000,
  WhatIsNotKnown1763800000000,
  Tasks1763910000000,
  SignIn1763920000000,
  Callbacks1763930000000,
  Reports1763940000000,
  AdoptedRuns1763950000000,
  Batches1763960000000,
  Files1763980000000,
  Callers1763990000000,
  SealedValues1764000000000,
  FingerprintKey1764001000000,
  Audit1764010000000,
  KeyProofs1764021000000,
  SealedAnswers1764022000000,
  EventsByMonth1764030000000,
  Stats1764031000000,
  Lists1764032000000,
  Retention1764033000000,
  NativeIdsFirst1764040000000,
  DueStarts1764050000000,
  LooksByRound1764051000000,
  HistoryAppendOnly1764060000000,
  TagsTogether1764070000000,
  ListsByPairs1764071000000,
  AuditByItsFilters1764071100000,
  Webhooks1764072000000,
  TagsByAcceptance1764073000000,
  WordsUnchecked1764074000000,
];

/** Any number that no other program on this database uses; names the lock under which one replica migrates at a time. */
const migrationLock = 4_242_760_001;

/**
 * Brings the database at `url` to the newest schema, with the months of history that are to come; replicas that start
 * together wait for each other.
 */
export async function migrate(url: string): Promise<void> {
  const database = new DataSource({
    type: 'postgres',
    url,
    poolSize: 2,
    installExtensions: false,
    // Its role may have the limits of short statements.
    extra: { options: migrationOptions },
    migrations,
    migrationsTableName: 'migrations',
  });
  await database.initialize();
  try {
    const session = database.createQueryRunner();
    try {
      await session.query('select pg_advisory_lock($1)', [migrationLock]);
      await database.runMigrations({ transaction: 'each' });
      await makeMonthsUnlessBusy(database);
    } finally {
      await session.query('select pg_advisory_unlock($1)', [migrationLock]);
      await session.release();
    }
  } finally {
    await database.destroy();
  }
}

/** A gateway that runs makes them all the same, when fewer people wait. */
async function makeMonthsUnlessBusy(database: DataSource): Promise<void> {
  try {
    await makeMonths(database);
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
  }
}
