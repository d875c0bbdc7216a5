import type { DataSource, EntityManager } from 'typeorm';
import { uuidv7 } from '../lib/uuid.js';
import type { Acceptance, Accepted, JoinedStop, Joining } from '../processes/process.store.js';
import type { Process } from '../processes/process.js';
import { NewlyMarked } from '../processes/sensitive.store.js';
import * as sql from './accept.sql.js';
import { toPresentColumns, type Row } from './columns.js';
import { Gathering, type Asked } from './gathering.js';
import { waitingOf, type HeldRow } from './held.js';
import { json } from './process-json.js';
import { attemptRow, photograph, processOf, processRow } from './process-rows.js';
import { rememberedKey } from './process.reader.js';
import { run } from './statement.js';

type Executor = Pick<EntityManager, 'query'>;

/** Makes starts durable: those that come together in one statement, and each whose business key decides in a transaction. */
export class StartAcceptance {
  readonly #gathering: Gathering<AskedStart, boolean>;

  constructor(
    private readonly database: DataSource,
    private readonly leaseSeconds: number,
  ) {
    this.#gathering = new Gathering(async (rows, starts) => {
      const written = await run<WrittenRow>(database, sql.acceptStarts, [rows]);
      const ids = new Set(written.map((row) => row.process_id));
      return starts.map(({ processId }) => ids.has(processId));
    });
  }

  async accept(acceptance: Acceptance): Promise<Accepted> {
    if (acceptance.businessKey === 'allow') {
      const isWritten = await this.#gathering.ask(this.#asked(acceptance));
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
      const rows = await transaction.query<WrittenRow[]>(sql.acceptStarts.text, [`[${this.#asked(acceptance).row}]`]);
      return rows.length === 1 ? accepted(acceptance) : explained(transaction, acceptance);
    });
  }

  #asked(acceptance: Acceptance): AskedStart {
    const { process, key } = acceptance;
    return {
      row: json(startRow(acceptance, this.leaseSeconds)),
      subject: `${key.clientId} ${key.key}`,
      processId: process.id,
    };
  }
}

interface AskedStart extends Asked {
  readonly processId: string;
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

/** One start as `acceptStarts` reads it. */
function startRow(
  { process, operation, key, intent, news, closedVariables }: Acceptance,
  leaseSeconds: number,
): object {
  const fencingToken = tokenOf(intent);
  return {
    client_id: key.clientId,
    key: key.key,
    fingerprint: `\\x${key.fingerprint.toString('hex')}`,
    operation_id: operation.id,
    process_id: process.id,
    lane: process.lane,
    process: { ...processRow(process), closed_variables: closedVariables },
    operation: toPresentColumns({ ...operation, fencingToken: String(fencingToken) }),
    attempt: intent && attemptRow(intent.attempt, { operation, process }, fencingToken),
    event_id: uuidv7(),
    news,
    lease_seconds: intent ? leaseSeconds : null,
    sensitive: process.sensitive ?? null,
  };
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
