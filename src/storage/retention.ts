import { setTimeout as passed } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { Log } from '../lib/log.js';
import { isLockTimeout } from './database-trouble.js';
import { makeMonths, outsideMonths, shortLocks } from './months.js';
import * as sql from './retention.sql.js';

export interface RetentionOptions {
  readonly retentionDays: number;
  readonly idempotencyDays: number;
  readonly log: Log;
  /** Processes that are looked at in one commit. */
  readonly batch?: number;
}

/** How much has gone since this replica began. */
export interface Forgotten {
  processes: number;
  keys: number;
  /** Months of events, as a whole or but for a few processes. */
  months: number;
  /** Processes whose events stand in no month, as counted last; at most a thousand. */
  outsideMonths: number;
}

interface Bounds {
  readonly since: string;
  readonly first_id: string;
}

const work = 'retention';
const againSeconds = 3600;
/** Where something old is not counted yet. */
const soonSeconds = 60;
const keyWork = 'idempotency-keys';
const keyAgainSeconds = 86_400;
const pagesAtOnce = 500;
/** More than these are not carried over while writers wait: their month stays until they are over. */
const mostCarried = 10_000;
const lowestId = '00000000-0000-0000-0000-000000000000';
/** Between two batches, for everybody else. */
const restMs = 20;

/** Makes months of history ahead, and lets go of what is over for so long that nobody is promised it. */
export class Retention {
  readonly forgotten: Forgotten = { processes: 0, keys: 0, months: 0, outsideMonths: 0 };

  constructor(
    private readonly database: DataSource,
    private readonly options: RetentionOptions,
  ) {}

  /** Does what is due, one replica at a time; what a killed one has left, another goes on with. */
  async round(stopping: AbortSignal): Promise<void> {
    await this.#makeMonths();
    if (await this.#take(work)) {
      const isCounted = await this.#forgetHistory(stopping);
      if (!stopping.aborted) await this.#done(work, isCounted ? againSeconds : soonSeconds);
    }
    if (!stopping.aborted && (await this.#take(keyWork))) {
      await this.#forgetKeys(stopping);
      if (!stopping.aborted) await this.#done(keyWork, keyAgainSeconds);
    }
  }

  async #makeMonths(): Promise<void> {
    const { log } = this.options;
    try {
      for (const month of await makeMonths(this.database)) log.info('history.month-made', { month });
    } catch (error) {
      if (!isLockTimeout(error)) throw error;
      log.warn('history.month-not-made', { error });
    }
    const processes = await outsideMonths(this.database);
    this.forgotten.outsideMonths = processes;
    if (processes > 0) log.warn('history.outside-months', { processes });
  }

  /** Gives whether everything old was counted before. */
  async #forgetHistory(stopping: AbortSignal): Promise<boolean> {
    const { retentionDays, idempotencyDays, log } = this.options;
    // A key that is repeated is answered with its process.
    const [bounds] = await this.database.query<Bounds[]>(sql.bounds, [Math.max(retentionDays, idempotencyDays)]);
    if (!bounds) return true;
    const [counted] = await this.database.query<{ is_counted: boolean }[]>(sql.isCounted, [bounds.first_id]);
    let processes = 0;
    for (let after: string | null = lowestId; after !== null && !stopping.aborted;) {
      const { last, gone } = await this.#forgetBatch(after, bounds);
      after = last;
      processes += gone;
      if (gone > 0) await this.#restAs(work);
    }
    if (processes > 0) log.info('history.forgotten', { processes, before: bounds.since });
    for (const { month } of await this.database.query<{ month: string }[]>(sql.oldMonths, [bounds.first_id])) {
      if (stopping.aborted) return false;
      await this.#dropMonth(month);
    }
    for (const statement of sql.forgetOthers) {
      await this.database.query(statement, statement.includes('$1') ? [bounds.since] : []);
    }
    return counted?.is_counted ?? true;
  }

  async #forgetBatch(after: string, bounds: Bounds): Promise<{ last: string | null; gone: number }> {
    const batch = await this.database.transaction(async (transaction) => {
      const [mark] = await transaction.query<{ written_in: string; event_id: string }[]>(
        'select written_in::text, event_id from stats_mark for update',
      );
      const [row] = await transaction.query<{ last: string | null; gone: number }[]>(sql.forget, [
        after,
        bounds.first_id,
        bounds.since,
        mark?.written_in ?? '0',
        mark?.event_id ?? lowestId,
        this.options.batch ?? 500,
      ]);
      return row ?? { last: null, gone: 0 };
    });
    this.forgotten.processes += batch.gone;
    return batch;
  }

  /** Whoever reads events at this moment is not waited for long: the month goes in the next round. */
  async #dropMonth(month: string): Promise<void> {
    const { log } = this.options;
    const [orphans] = await this.database.query<{ found: boolean }[]>(sql.hasOrphans(month));
    const [processes] = await this.database.query<{ found: boolean }[]>(sql.hasProcesses, [month]);
    if (!orphans?.found && processes?.found) return;
    try {
      const became = await this.database.transaction(async (transaction) => {
        await transaction.query(shortLocks);
        const [row] = await transaction.query<{ became: string }[]>(sql.dropMonth, [month, mostCarried]);
        return row?.became ?? 'none';
      });
      if (became !== 'none') log.info('history.month-over', { month, became });
      if (became === 'dropped' || became === 'carried') this.forgotten.months += 1;
    } catch (error) {
      if (!isLockTimeout(error)) throw error;
      log.warn('history.month-busy', { month });
    }
  }

  async #forgetKeys(stopping: AbortSignal): Promise<void> {
    const [size] = await this.database.query<{ pages: string }[]>(sql.keyPages);
    const pages = Number(size?.pages ?? 0);
    for (let page = 0; page < pages && !stopping.aborted; page += pagesAtOnce) {
      const [, keys] = await this.database.query<[unknown, number]>(sql.forgetKeys, [
        `(${page},0)`,
        `(${page + pagesAtOnce},0)`,
        this.options.idempotencyDays,
      ]);
      this.forgotten.keys += keys;
      await this.#restAs(keyWork);
    }
  }

  async #take(name: string): Promise<boolean> {
    const taken = await this.database.query<unknown[]>(sql.takeWork, [name]);
    return taken.length > 0;
  }

  async #restAs(name: string): Promise<void> {
    await this.#done(name, 120);
    await passed(restMs);
  }

  async #done(name: string, againInSeconds: number): Promise<void> {
    await this.database.query(sql.setDue, [name, againInSeconds]);
  }
}
