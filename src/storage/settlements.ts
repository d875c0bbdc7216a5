import type { DataSource } from 'typeorm';
import { storableText } from '../lib/storable-text.js';
import type { Process } from '../processes/process.js';
import { StaleRevision, type Settlement } from '../processes/process.store.js';
import { changeColumns, numbered, type Delays } from './change-rows.js';
import { Gathering } from './gathering.js';
import { explainUnsettled } from './late-answers.js';
import { unlessTaken } from './native-ids.js';
import { json } from './process-json.js';
import { photographOf } from './process-rows.js';
import { settle } from './settle.sql.js';
import { run } from './statement.js';

/** Writes verdicts; those that come together in one statement. */
export class Settlements {
  readonly #gathering: Gathering<Settlement, boolean>;

  /** @param database  of the writers */
  constructor(
    private readonly database: DataSource,
    delays: Delays,
  ) {
    this.#gathering = new Gathering({
      together: async (settlements) => {
        const rows = json(settlements.map((one) => settlementRow(one, delays)));
        const held = await run<{ operation_id: string }>(database, settle, [rows]);
        const written = new Set(held.map((row) => row.operation_id));
        return settlements.map(({ lease }) => written.has(lease.operationId));
      },
      subjectOf: ({ change }) => change.process.id,
      atOnce: 2,
    });
  }

  /** @throws StaleRevision, LeaseLost, NativeIdTaken: nothing has changed, but what a lost lease taught is kept */
  async settle(given: Settlement): Promise<Process> {
    const settlement = { ...given, change: numbered(given.change) };
    const { change } = settlement;
    const isWritten = await unlessTaken(this.database.manager, change, () => this.#gathering.ask(settlement));
    if (isWritten) return change.process;
    await explainUnsettled(this.database, settlement);
    throw new StaleRevision(`Process ${change.process.id} has changed`);
  }
}

/** One verdict as the statement reads it. */
function settlementRow({ lease, attempt, reads, operation, change, answer }: Settlement, delays: Delays): object {
  return {
    operation_id: lease.operationId,
    token: String(lease.fencingToken),
    revision: change.fromRevision,
    attempt_id: attempt?.id ?? null,
    class: attempt?.class ?? null,
    native_id: storableText(attempt?.nativeId ?? null),
    native_fault: attempt?.nativeFault ?? null,
    message: storableText(attempt?.message ?? null),
    state: operation.state,
    due_in_ms: operation.retryAfterMs ?? 0,
    change: changeColumns(change, delays),
    answer: answer && photographOf(change.process, answer),
    reads,
  };
}
