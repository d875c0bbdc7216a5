import type { EntityManager } from 'typeorm';
import { storableText } from '../lib/storable-text.js';
import { LeaseLost, type Settlement } from '../processes/process.store.js';
import { toColumns } from './columns.js';
import { requireFreeIds } from './native-ids.js';
import { json } from './process-json.js';

type Executor = Pick<EntityManager, 'query'>;

/**
 * Why a settlement was not written, where its process has not just moved.
 *
 * @throws LeaseLost      another worker has taken over; what was learnt is kept
 * @throws NativeIdTaken  an id of it is another process's
 */
export async function explainUnsettled(database: Executor, settlement: Settlement): Promise<void> {
  const { lease, attempt, change } = settlement;
  const [row] = await database.query<{ mine: boolean }[]>(
    `select fencing_token = $2::bigint and lease_until is not null
       and ($3::uuid is null or exists (select from attempts a where a.id = $3::uuid and a.class is null)) as mine
     from operations
     where id = $1::uuid`,
    [lease.operationId, String(lease.fencingToken), attempt?.id ?? null],
  );
  if (row?.mine || (row && settlement.reads !== null)) {
    await requireFreeIds(database, change);
    return;
  }
  if (attempt) await keepLateAnswer(database, settlement, attempt);
  throw new LeaseLost(`Operation ${lease.operationId} was taken over`);
}

/** Keeps what an attempt taught whose worker has lost the operation; nothing else changes. */
async function keepLateAnswer(
  database: Executor,
  { lease, change }: Settlement,
  attempt: NonNullable<Settlement['attempt']>,
): Promise<void> {
  const { id, nativeFault } = attempt;
  const nativeId = storableText(attempt.nativeId);
  const message = storableText(attempt.message);
  const learnt = [nativeId, nativeFault && json(nativeFault), message];
  const [row] = await database.query<{ written: number }[]>(keepOnAttempt, [id, attempt.class, ...learnt]);
  const isPositive = attempt.class === 'accepted' || attempt.class === 'accepted_unidentified';
  if (row?.written === 1 || !isPositive) return;
  // A database that was put back has lost the row, and the run is somebody's all the same.
  const { process } = change;
  const lost = { ...attempt, operationId: lease.operationId, processId: process.id, kind: 'send' as const };
  const fencingToken = String(lease.fencingToken);
  const rowOf = toColumns({ ...lost, nativeId, message, lane: process.lane, lifeSeconds: 0, kept: true, fencingToken });
  await database.query(keepLostAttempt, [json(rowOf), process.connection, process.portal]);
}

/**
 * A late answer changes no state by itself, but what it taught is kept on its attempt until it is read: it says more than
 * the "unknown" of those who gave it up. A native id that is learnt is claimed with it.
 *
 * $1 attempt, $2 class, $3 native id, $4 native fault, $5 message
 */
const keepOnAttempt = `/* keep */
  with kept as (
    update attempts
    set class = $2, answered_at = clock_timestamp(), native_id = $3, native_fault = $4::jsonb, message = $5,
        kept = lane is not null
    where id = $1::uuid and $2 <> 'unknown' and (class is null or class = 'unknown')
    returning process_id, native_id
  ), claimed as (
    insert into native_ids (portal, native_id, process_id, claim)
    select p.portal, kept.native_id, p.id, 'reconciled_exact'
    from kept
    join processes p on p.id = kept.process_id
    where kept.native_id is not null
    on conflict do nothing
  )
  select count(*)::int as written from kept`;

/**
 * The same where a restored database has lost the attempt's row. Where it has lost the start as well, the run is told to
 * whoever looks into the restored database.
 *
 * $1 attempt row, $2 connection, $3 portal
 */
const keepLostAttempt = `
  with told as (
    update incidents i
    set candidates = i.candidates || jsonb_build_object('nativeId', $1::jsonb ->> 'native_id', 'reasons', jsonb_build_array(
      'The platform answered a start of ' || $2 || ' with this run; the database has lost the start'))
    where i.kind = 'database-restored'
      and i.state = 'open'
      and $1::jsonb ->> 'native_id' is not null
      and not exists (select from operations o where o.id = ($1::jsonb ->> 'operation_id')::uuid)
  ), kept as (
    insert into attempts
    select row.*
    from jsonb_populate_record(null::attempts, $1::jsonb || jsonb_build_object(
      'sent_at', clock_timestamp(), 'answered_at', clock_timestamp(), 'kept', true,
      'number', (select coalesce(max(a.number), 0) + 1 from attempts a
                 where a.process_id = ($1::jsonb ->> 'process_id')::uuid))) row
    where exists (select from operations o where o.id = row.operation_id)
    on conflict do nothing
    returning process_id, native_id
  )
  insert into native_ids (portal, native_id, process_id, claim)
  select $3, kept.native_id, kept.process_id, 'reconciled_exact'
  from kept
  where kept.native_id is not null
  on conflict do nothing`;
