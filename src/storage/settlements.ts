import type { DataSource } from 'typeorm';
import type { Process } from '../processes/process.js';
import { StaleRevision, type Settlement } from '../processes/process.store.js';
import { readyChange, valuesOfChanges } from './change-columns.js';
import { numbered, type Delays } from './change-rows.js';
import { Gathering, type Asked } from './gathering.js';
import { explainUnsettled } from './late-answers.js';
import { unlessTaken } from './native-ids.js';
import { json } from './process-json.js';
import { photographOf } from './process-rows.js';
import { settle } from './settle.sql.js';
import { settlementArrays, type ReadySettlement } from './settlement-columns.js';
import { run } from './statement.js';
import { storable } from './storable.js';

interface AskedSettlement extends Asked, ReadySettlement {}

/** Writes verdicts; those that come together in one statement. */
export class Settlements {
  readonly #gathering: Gathering<AskedSettlement, boolean>;

  constructor(
    private readonly database: DataSource,
    private readonly delays: Delays,
  ) {
    this.#gathering = new Gathering(async (settlements) => {
      const written = await run<{ operation_id: string }>(
        database,
        settle,
        valuesOfChanges(settlementArrays, settlements),
      );
      const ids = new Set(written.map((row) => row.operation_id));
      return settlements.map(({ settlement: { lease } }) => ids.has(lease.operationId));
    });
  }

  /** @throws StaleRevision, LeaseLost, NativeIdTaken: nothing has changed, but what a lost lease taught is kept */
  async settle(given: Settlement): Promise<Process> {
    const process = storable(given.change.process);
    const settlement = { ...given, change: numbered({ ...given.change, process }) };
    const { change } = settlement;
    const asked = askedOf(settlement, this.delays);
    const isWritten = await unlessTaken(this.database.manager, change, () => this.#gathering.ask(asked));
    if (isWritten) return change.process;
    await explainUnsettled(this.database, settlement);
    throw new StaleRevision(`Process ${change.process.id} has changed`);
  }
}

function askedOf(settlement: Settlement, delays: Delays): AskedSettlement {
  const { change, attempt, answer } = settlement;
  const ready = readyChange(change, delays);
  const photograph = answer && json(photographOf(change.process, answer));
  // The photograph holds the result too.
  const length = ready.beside.length + 2 * (photograph?.length ?? 0) + (attempt?.message?.length ?? 0);
  return { ...ready, settlement, answer: photograph, subject: change.process.id, length };
}
