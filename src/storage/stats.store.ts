import type { DataSource } from 'typeorm';
import { processStates, categoryOf, type ProcessState } from '../processes/process-state.js';
import type { Visibility } from '../processes/process.reader.js';
import type { HourOfStats, ProcessCounts, Stats } from '../processes/stats.js';
import * as sql from './stats.sql.js';

interface Mark {
  readonly written_in: string;
  readonly event_id: string;
  /** Of another cluster, from which this database was copied. */
  readonly is_foreign: boolean;
}

const shownDays = 7;
const closed = processStates.filter((state) => categoryOf[state] === 'closed');

/** Counts in Postgres, made of the events behind them: a start pays nothing. */
export class PostgresStats implements Stats {
  /** @param batch  events that are counted in one commit */
  constructor(
    private readonly database: DataSource,
    private readonly batch = 2000,
  ) {}

  /** Counts what is new, one replica at a time. */
  async roll(stopping: AbortSignal): Promise<void> {
    const [row] = await this.database.query<{ is_behind: boolean }[]>(sql.isBehind);
    if (!row?.is_behind) {
      if (await this.#isForeign()) await this.#rollBatch();
      return;
    }
    while (!stopping.aborted && (await this.#rollBatch()) === this.batch);
  }

  async counts({ connections, definitions, clientId }: Visibility): Promise<ProcessCounts> {
    const visible = [connections, definitions, clientId];
    const [counted, pending, hours, ages] = await Promise.all([
      this.database.query<{ state: string; connection: string; processes: number }[]>(
        sql.byStateAndConnection,
        visible,
      ),
      this.database.query<{ state: ProcessState; processes: number }[]>(sql.ofPending, visible),
      this.database.query<HourOfStats[]>(sql.byHour, [...visible, shownDays]),
      this.database.query<{ age_seconds: number }[]>(sql.age),
    ]);
    const byConnection = new Map<string, number>();
    const byState = zeros();
    for (const { state, connection, processes } of counted) {
      byConnection.set(connection, (byConnection.get(connection) ?? 0) + processes);
      if (isState(state)) byState[state] += processes;
    }
    return { byState: divided(byState, pending), byConnection, byHour: hours, ageSeconds: ages[0]?.age_seconds ?? 0 };
  }

  #rollBatch(): Promise<number> {
    return this.database.transaction(async (transaction) => {
      const [mark] = await transaction.query<Mark[]>(`${sql.lockMark} for update skip locked`);
      if (!mark) return 0;
      if (mark.is_foreign) {
        for (const statement of sql.recount) await transaction.query(statement);
        return this.batch;
      }
      const [rolled] = await transaction.query<{ events: number }[]>(sql.roll, [
        mark.written_in,
        mark.event_id,
        this.batch,
        closed,
      ]);
      return rolled?.events ?? 0;
    });
  }

  async #isForeign(): Promise<boolean> {
    const [mark] = await this.database.query<Mark[]>(sql.lockMark);
    return mark?.is_foreign ?? false;
  }
}

function zeros(): Record<ProcessState, number> {
  return {
    queued: 0,
    starting: 0,
    indeterminate: 0,
    running: 0,
    terminating: 0,
    completed: 0,
    failed: 0,
    terminated: 0,
    killed: 0,
    ended: 0,
    rejected: 0,
    expired: 0,
    withdrawn: 0,
  };
}

function isState(word: string): word is ProcessState {
  return Object.hasOwn(categoryOf, word);
}

/** Events tell of those that are pending how many they are; the rest of them waits. */
function divided(
  byState: Readonly<Record<ProcessState, number>>,
  pending: readonly { readonly state: ProcessState; readonly processes: number }[],
): Record<ProcessState, number> {
  const of = (state: ProcessState): number => pending.find((one) => one.state === state)?.processes ?? 0;
  const [starting, indeterminate] = [of('starting'), of('indeterminate')];
  const all = byState.queued + byState.starting + byState.indeterminate;
  return { ...byState, starting, indeterminate, queued: Math.max(0, all - starting - indeterminate) };
}
