import type { DataSource, EntityManager } from 'typeorm';
import type { Acceptance, Accepted, JoinedStop, Joining } from '../processes/process.store.js';
import type { Process } from '../processes/process.js';
import { NewlyMarked } from '../processes/sensitive.store.js';
import * as sql from './accept.sql.js';
import type { Row } from './columns.js';
import { Gathering, type Asked } from './gathering.js';
import { waitingOf, type HeldRow } from './held.js';
import { json } from './process-json.js';
import { processOf } from './process-of-row.js';
import { photograph } from './process-rows.js';
import { rememberedKey } from './process.reader.js';
import { startValues, type NewStart } from './start-columns.js';
import { run } from './statement.js';

type Executor = Pick<EntityManager, 'query'>;

/** Makes starts durable: those that come together in one statement, and each whose business key decides in a transaction. */
export class StartAcceptance {
  readonly #gathering: Gathering<AskedStart, boolean>;

  constructor(
    private readonly database: DataSource,
    private readonly leaseSeconds: number,
  ) {
    this.#gathering = new Gathering(async (asked) => {
      const written = await run<WrittenRow>(database, sql.acceptStarts, startValues(asked, leaseSeconds));
      const ids = new Set(written.map((row) => row.process_id));
      return asked.map(({ acceptance }) => ids.has(acceptance.process.id));
    });
  }

  async accept(acceptance: Acceptance): Promise<Accepted> {
    if (acceptance.businessKey === 'allow') {
      const isWritten = await this.#gathering.ask(askedOf(acceptance));
      return isWritten ? accepted(acceptance) : explained(this.database.manager, acceptance);
    }
    return this.database.transaction(async (transaction) => {
      const { connection, definition, businessKey } = acceptance.process;
      const scope = [connection, definition, businessKey];
      await transaction.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [JSON.stringify(scope)]);
      // A request that comes twice meets itself first, not a stranger with its business key.
      const known = await knownStart(transaction, acceptance);
      if (known) return known;
      const holder = await businessKeyHolder(transaction, scope);
      if (holder) return standIn(transaction, acceptance, holder);
      const values = startValues([askedOf(acceptance)], this.leaseSeconds);
      const rows = await transaction.query<WrittenRow[]>(sql.acceptStarts.text, [...values]);
      return rows.length === 1 ? accepted(acceptance) : explained(transaction, acceptance);
    });
  }
}

interface AskedStart extends Asked, NewStart {}

function askedOf(acceptance: Acceptance): AskedStart {
  const { key, process } = acceptance;
  const variables = json(process.variables);
  const length = variables.length + (process.sealedVariables?.length ?? 0);
  return { subject: `${key.clientId} ${key.key}`, length, acceptance, variables };
}

/** Binds a key to a stop that is under way. */
export async function joinStop(executor: Executor, { key, processId, operationId }: Joining): Promise<JoinedStop> {
  const [stop] = await executor.query<{ operation_id: string; is_new: boolean }[]>(sql.joinStop, [
    key.clientId,
    key.key,
    key.fingerprint,
    processId,
    operationId,
  ]);
  if (stop?.is_new) return { outcome: 'joined', operationId: stop.operation_id };
  const remembered = await rememberedKey(executor, key.clientId, key.key);
  return remembered ? { outcome: 'known', remembered } : { outcome: 'nothing' };
}

interface WrittenRow {
  readonly process_id: string;
}

/** The token that an operation is born with: 1 where it is claimed at birth. */
function tokenOf(intent: Acceptance['intent']): bigint {
  return intent ? 1n : 0n;
}

function accepted({ operation, intent }: Acceptance): Accepted {
  return { outcome: 'accepted', lease: { operationId: operation.id, fencingToken: tokenOf(intent) } };
}

/** Why a start was not written. */
async function explained(executor: Executor, acceptance: Acceptance): Promise<Accepted> {
  const { process, operation, intent } = acceptance;
  const known = await knownStart(executor, acceptance);
  if (known) return known;
  await assertSealed(executor, process);
  const [held] = intent ? await executor.query<HeldRow[]>(sql.explainHeld, [process.lane]) : [];
  if (!held) throw new Error(`Key of operation ${operation.id} was taken and is gone`);
  // What held it may be over by now; it goes through the queue all the same.
  return { outcome: 'held', waitingFor: waitingOf(held) ?? { reason: 'capacity' } };
}

/**
 * What stands under the key of a start, where its own rows say that it was accepted before; `null`: nothing. Its intent
 * counts only while nobody has voided it since.
 */
async function knownStart(executor: Executor, acceptance: Acceptance): Promise<Accepted | null> {
  const { key, operation, intent } = acceptance;
  const remembered = await rememberedKey(executor, key.clientId, key.key);
  if (remembered?.operationId !== operation.id) return remembered && { outcome: 'known', remembered };
  const [row] = await executor.query<{ mine: boolean }[]>(
    'select fencing_token = $2::bigint and state = $3 as mine from operations where id = $1::uuid',
    [operation.id, String(tokenOf(intent)), operation.state],
  );
  if (!row?.mine) return { outcome: 'known', remembered };
  return accepted(acceptance);
}

/** The newest process that is not closed and has the same business key; `null`: none. */
async function businessKeyHolder(executor: Executor, scope: readonly unknown[]): Promise<Process | null> {
  const [holder] = await executor.query<Row[]>(
    `select *
     from processes
     where connection = $1 and definition = $2 and business_key = $3 and category <> 'closed'
     order by id desc
     limit 1`,
    [...scope],
  );
  return holder ? processOf(holder) : null;
}

/** Where the caller wants the holder instead, its key is bound to that answer: repeated later, it starts nothing. */
async function standIn(
  executor: Executor,
  { key, businessKey, seenBy }: Acceptance,
  holder: Process,
): Promise<Accepted> {
  if (seenBy !== null && seenBy !== holder.clientId) return { outcome: 'business_key_taken', processId: null };
  if (businessKey !== 'return_existing') return { outcome: 'business_key_taken', processId: holder.id };
  await executor.query(sql.bindKey, [
    key.clientId,
    key.key,
    key.fingerprint,
    holder.id,
    photograph(holder, { word: 'existing', extra: null }),
  ]);
  return { outcome: 'existing', process: holder };
}

/** @throws NewlyMarked  variables were marked since it was sealed */
async function assertSealed(executor: Executor, { connection, definition, sensitive }: Process): Promise<void> {
  const marked = await executor.query<object[]>(sql.explainMarked, [connection, definition, sensitive ?? []]);
  if (marked.length > 0) throw new NewlyMarked();
}
