import type { DataSource } from 'typeorm';
import type { Change } from '../processes/change.js';
import type { AttemptKind, Claimed } from '../processes/operation.js';
import type { Intention, IntentTerms } from '../processes/process.store.js';
import { readyChange, valuesOfChanges } from './change-columns.js';
import { numbered, type Delays } from './change-rows.js';
import { Gathering, type Asked } from './gathering.js';
import { waitingOf, type HeldRow } from './held.js';
import { intentArrays, type ReadyIntent } from './intent-columns.js';
import { explainUnintended, intend } from './intent.sql.js';
import { json } from './process-json.js';
import { newAttempt } from './process-rows.js';
import { run } from './statement.js';

interface AskedIntent extends Asked, ReadyIntent {}

interface IntendedRow {
  readonly operation_id: string;
  readonly kind: AttemptKind;
}

/** Writes intents of what was claimed; those that come together in one statement. */
export class Intents {
  readonly #gathering: Gathering<AskedIntent, AttemptKind | null>;

  constructor(
    private readonly database: DataSource,
    private readonly delays: Delays,
  ) {
    this.#gathering = new Gathering(async (intents) => {
      const written = await run<IntendedRow>(database, intend, valuesOfChanges(intentArrays, intents));
      const kinds = new Map(written.map((row) => [row.operation_id, row.kind]));
      return intents.map(({ claimed }) => kinds.get(claimed.operation.id) ?? null);
    });
  }

  async intend(claimed: Claimed, given: Change, terms: IntentTerms): Promise<Intention> {
    const change = numbered(given);
    const { lease, operation, process } = claimed;
    const issuedAtMs = performance.now();
    const attempt = newAttempt(claimed, 'send', terms);
    const ready = readyChange(change, this.delays);
    const { result } = change.process;
    const length = ready.beside.length + (result === null ? 0 : json(result).length);
    const asked = { ...ready, claimed, attempt, subject: process.id, length };
    const kind = await (terms.oneAtATime ? this.#alone(change.process.lane, asked) : this.#gathering.ask(asked));
    if (kind === null) return this.#whyNot(claimed);
    const sending = { ...operation, state: 'sending' as const, attempts: attempt.number };
    return {
      is: 'intended',
      intended: { operation: sending, process: change.process, lease, attempt: { ...attempt, kind }, issuedAtMs },
    };
  }

  /** Where a lane takes one start at a time, two intents must not pass each other unseen. */
  #alone(lane: string, asked: AskedIntent): Promise<AttemptKind | null> {
    return this.database.transaction(async (transaction) => {
      await transaction.query('select pg_advisory_xact_lock(hashtextextended($1, 1))', [lane]);
      const [written] = await transaction.query<IntendedRow[]>(intend.text, valuesOfChanges(intentArrays, [asked]));
      return written?.kind ?? null;
    });
  }

  async #whyNot({ operation }: Claimed): Promise<Intention> {
    const [row] = await this.database.query<HeldRow[]>(explainUnintended, [operation.id]);
    const waitingFor = row && waitingOf(row);
    return waitingFor ? { is: 'held', waitingFor } : { is: 'stale' };
  }
}
