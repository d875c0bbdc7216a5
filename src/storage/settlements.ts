import type { DataSource } from 'typeorm';
import { storableText } from '../lib/storable-text.js';
import type { Process } from '../processes/process.js';
import { StaleRevision, type Settlement } from '../processes/process.store.js';
import { changeColumns, numbered, type Delays } from './change-rows.js';
import { Gathering, rowsOf, type AskedRow } from './gathering.js';
import { explainUnsettled } from './late-answers.js';
import { unlessTaken } from './native-ids.js';
import { json } from './process-json.js';
import { photographOf } from './process-rows.js';
import { settle } from './settle.sql.js';
import { run } from './statement.js';

interface AskedSettlement extends AskedRow {
  readonly operationId: string;
}

/** Writes verdicts; those that come together in one statement. */
export class Settlements {
  readonly #gathering: Gathering<AskedSettlement, boolean>;

  constructor(
    private readonly database: DataSource,
    private readonly delays: Delays,
  ) {
    this.#gathering = new Gathering(async (settlements) => {
      const written = await run<{ operation_id: string }>(database, settle, [rowsOf(settlements)]);
      const ids = new Set(written.map((row) => row.operation_id));
      return settlements.map(({ operationId }) => ids.has(operationId));
    });
  }

  /** @throws StaleRevision, LeaseLost, NativeIdTaken: nothing has changed, but what a lost lease taught is kept */
  async settle(given: Settlement): Promise<Process> {
    const settlement = { ...given, change: numbered(given.change) };
    const { change, lease } = settlement;
    const row = json(settlementRow(settlement, this.delays));
    const asked = { row, length: row.length, subject: change.process.id, operationId: lease.operationId };
    const isWritten = await unlessTaken(this.database.manager, change, () => this.#gathering.ask(asked));
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
    attempt_id: attempt?.id,
    class: attempt?.class ?? undefined,
    native_id: storableText(attempt?.nativeId ?? null) ?? undefined,
    native_fault: attempt?.nativeFault ?? undefined,
    message: storableText(attempt?.message ?? null) ?? undefined,
    state: operation.state,
    due_in_ms: operation.retryAfterMs ?? 0,
    change: changeColumns(change, delays),
    answer: answer && photographOf(change.process, answer),
    reads,
  };
}
