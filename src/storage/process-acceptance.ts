import type { DataSource, EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { Acceptance, Accepted, JoinedStop, Joining } from '../processes/process.store.js';
import type { Process } from '../processes/process.js';
import * as sql from './accept.sql.js';
import { toColumns, type Row } from './columns.js';
import { waitingOf, type HeldRow } from './held.js';
import { json } from './process-json.js';
import { attemptRow, photograph, processOf, processRow } from './process-rows.js';
import { rememberedKey } from './process.reader.js';

type Executor = Pick<EntityManager, 'query'>;

/** Makes a start durable: in one statement, or, where a business key may stand in its way, in one transaction. */
export async function acceptStart(
  database: DataSource,
  acceptance: Acceptance,
  leaseSeconds: number,
): Promise<Accepted> {
  if (acceptance.businessKey === 'allow') return insertStart(database.manager, acceptance, leaseSeconds);
  return database.transaction(async (transaction) => {
    const { connection, definition, businessKey } = acceptance.process;
    const scope = [connection, definition, businessKey];
    await transaction.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [JSON.stringify(scope)]);
    // A request that comes twice meets itself first, not a stranger with its business key.
    const known = await knownStart(transaction, acceptance);
    if (known) return known;
    const holder = await businessKeyHolder(transaction, scope);
    if (holder) return standIn(transaction, acceptance, holder);
    return insertStart(transaction, acceptance, leaseSeconds);
  });
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

async function insertStart(executor: Executor, acceptance: Acceptance, leaseSeconds: number): Promise<Accepted> {
  const { process, operation, key, intent, news, closedVariables } = acceptance;
  const fencingToken = intent ? 1n : 0n;
  const [row] = await executor.query<{ written: number }[]>(sql.acceptStart, [
    key.clientId,
    key.key,
    key.fingerprint,
    json({ ...processRow(process), closed_variables: closedVariables }),
    json(toColumns({ ...operation, fencingToken: String(fencingToken) })),
    intent ? leaseSeconds : null,
    intent && json(attemptRow(intent.attempt, { operation, process }, fencingToken)),
    uuidv7(),
    json(news),
  ]);
  if (row?.written === 1) return { outcome: 'accepted', lease: { operationId: operation.id, fencingToken } };
  const known = await knownStart(executor, acceptance);
  if (known) return known;
  const [held] = intent ? await executor.query<HeldRow[]>(sql.explainHeld, [process.lane]) : [];
  if (!held) throw new Error(`Key of operation ${operation.id} was taken and is gone`);
  // What held it may be over by now; it goes through the queue all the same.
  return { outcome: 'held', waitingFor: waitingOf(held) ?? { reason: 'capacity' } };
}

/**
 * What stands under the key of a start, where its own rows say that it was accepted before; `null`: nothing. Its intent
 * counts only while nobody has voided it since.
 */
async function knownStart(executor: Executor, { key, operation, intent }: Acceptance): Promise<Accepted | null> {
  const remembered = await rememberedKey(executor, key.clientId, key.key);
  if (remembered?.operationId !== operation.id) return remembered && { outcome: 'known', remembered };
  const fencingToken = intent ? 1n : 0n;
  const [row] = await executor.query<{ mine: boolean }[]>(
    'select fencing_token = $2::bigint and state = $3 as mine from operations where id = $1::uuid',
    [operation.id, String(fencingToken), operation.state],
  );
  if (!row?.mine) return { outcome: 'known', remembered };
  return { outcome: 'accepted', lease: { operationId: operation.id, fencingToken } };
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
