import type { DataSource } from 'typeorm';
import type { Change } from '../processes/change.js';
import type { Remembered } from '../processes/idempotency.js';
import { KeyInProgress, StaleRevision } from '../processes/process.store.js';
import type { Standing, Word, WordStore } from '../processes/word.store.js';
import type { Row } from './columns.js';
import { isLockTimeout, isUniqueViolation } from './database-trouble.js';
import { requireFreeIds } from './native-ids.js';
import { changeRow, numbered, type Delays } from './change-rows.js';
import { processOf } from './process-of-row.js';
import { photograph } from './process-rows.js';
import { rememberedKey } from './process.reader.js';
import * as sql from './word.sql.js';

interface StandingRow {
  readonly process: Row;
  readonly seen_at: Date | null;
  readonly is_out: boolean;
  readonly is_unread: boolean;
  readonly is_stopped: boolean;
  readonly is_held: boolean;
  readonly over_at: Date | null;
  readonly is_over: boolean;
}

/** What people say of processes, in Postgres: one statement, and so one commit, a word. */
export class PostgresWordStore implements WordStore {
  constructor(
    private readonly database: DataSource,
    private readonly delays: Delays,
  ) {}

  async standing(processId: string, lifeSeconds: number): Promise<Standing | null> {
    const [row] = await this.database.query<StandingRow[]>(sql.standing, [processId, lifeSeconds]);
    if (!row) return null;
    return {
      process: processOf(row.process, row.seen_at),
      isOut: row.is_out,
      isUnread: row.is_unread,
      isStopped: row.is_stopped,
      isHeld: row.is_held,
      overAt: row.over_at,
      isOver: row.is_over,
    };
  }

  async give(word: Word): Promise<Remembered | null> {
    const change = numbered(word.change);
    try {
      if (await this.#write(word, change)) return null;
    } catch (error) {
      if (isLockTimeout(error)) throw new KeyInProgress(word.key.key, { cause: error });
      if (isUniqueViolation(error)) await requireFreeIds(this.database, change);
      throw error;
    }
    const remembered = await rememberedKey(this.database, word.key.clientId, word.key.key);
    if (remembered) return remembered;
    await requireFreeIds(this.database, change);
    throw new StaleRevision(`Process ${change.process.id} or its incident has changed`);
  }

  async #write({ asks, start, incident, key, kept, lifeSeconds }: Word, change: Change): Promise<boolean> {
    const { process, claims } = change;
    const [row] = await this.database.query<{ written: number }[]>(sql.give, [
      process.id,
      change.fromRevision,
      incident?.id ?? null,
      incident?.version ?? null,
      changeRow(change, this.delays),
      asks.quiet,
      asks.over,
      asks.notStopped,
      asks.held,
      lifeSeconds,
      key.clientId,
      key.key,
      key.fingerprint,
      photograph(process, { word: 'confirmed', extra: kept }),
      start?.state ?? null,
      start?.answer ? photograph(process, start.answer) : null,
      claims[0]?.nativeId ?? null,
    ]);
    return row?.written === 1;
  }
}
