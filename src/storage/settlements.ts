import type { DataSource } from 'typeorm';
import type { Process } from '../processes/process.js';
import { StaleRevision, type Settlement } from '../processes/process.store.js';
import { valuesOf } from './array-columns.js';
import { readyChange, valuesOfChanges } from './change-columns.js';
import { numbered, type Delays } from './change-rows.js';
import { Gathering, type Asked } from './gathering.js';
import { explainUnsettled } from './late-answers.js';
import { unlessTaken } from './native-ids.js';
import { json } from './process-json.js';
import { photographOf } from './process-rows.js';
import { runArrays, runOf, type ReadyRun } from './run-columns.js';
import { settleRuns } from './settle-runs.sql.js';
import { settle } from './settle.sql.js';
import { settlementArrays, type ReadySettlement } from './settlement-columns.js';
import { run, type Statement } from './statement.js';
import { storable } from './storable.js';

interface AskedSettlement extends Asked, ReadySettlement {}
interface AskedRun extends Asked, ReadyRun {}

/** Writes verdicts; those that come together in one statement. */
export class Settlements {
  readonly #runs: Gathering<AskedRun, boolean>;
  readonly #any: Gathering<AskedSettlement, boolean>;

  constructor(
    private readonly database: DataSource,
    private readonly delays: Delays,
  ) {
    this.#runs = new Gathering(async (runs) =>
      whichOf(runs, await this.#written(settleRuns, valuesOf(runArrays, runs))),
    );
    this.#any = new Gathering(async (all) =>
      whichOf(all, await this.#written(settle, valuesOfChanges(settlementArrays, all))),
    );
  }

  /** @throws StaleRevision, LeaseLost, NativeIdTaken: nothing has changed, but what a lost lease taught is kept */
  async settle(given: Settlement): Promise<Process> {
    const process = storable(given.change.process);
    const settlement = { ...given, change: numbered({ ...given.change, process }) };
    const { change } = settlement;
    const asked = askedOf(settlement, this.delays);
    const isWritten = await unlessTaken(this.database.manager, change, () => this.#ask(asked));
    if (isWritten) return change.process;
    await explainUnsettled(this.database, settlement);
    throw new StaleRevision(`Process ${change.process.id} has changed`);
  }

  async #ask(asked: AskedSettlement): Promise<boolean> {
    const known = runOf(asked);
    if (known && (await this.#runs.ask({ ...asked, ...known }))) return true;
    return this.#any.ask(asked);
  }

  async #written(statement: Statement, values: readonly unknown[]): Promise<ReadonlySet<string>> {
    const rows = await run<{ operation_id: string }>(this.database, statement, values);
    return new Set(rows.map((row) => row.operation_id));
  }
}

function whichOf(asked: readonly ReadySettlement[], written: ReadonlySet<string>): boolean[] {
  return asked.map(({ settlement: { lease } }) => written.has(lease.operationId));
}

function askedOf(settlement: Settlement, delays: Delays): AskedSettlement {
  const { change, attempt, answer } = settlement;
  const ready = readyChange(change, delays);
  const photograph = answer && json(photographOf(change.process, answer));
  // The photograph holds the result too.
  const length = ready.beside.length + 2 * (photograph?.length ?? 0) + (attempt?.message?.length ?? 0);
  return { ...ready, settlement, answer: photograph, subject: change.process.id, length };
}
