import { uuidv7 } from '../lib/uuid.js';
import type { ProcessEvent } from '../processes/event.js';
import type { FinalAnswer } from '../processes/idempotency.js';
import type { Attempt, AttemptKind, AttemptTerms, Claimed, Operation } from '../processes/operation.js';
import type { Process, ProcessProgress } from '../processes/process.js';
import { categoryOf } from '../processes/process-state.js';
import { asColumns, fromColumns, toColumns, toPresentColumns, type ColumnsOf, type Row } from './columns.js';
import { json } from './process-json.js';
import { failureOf, processOf, waitOf } from './process-of-row.js';

const times = new Set([
  'startBefore',
  'createdAt',
  'startedAt',
  'closedAt',
  'observedAt',
  'seenAt',
  'absentSince',
  'sentAt',
  'answeredAt',
  'dueAt',
  'time',
]);

/** A process as the columns of its row that are not null, for `json_populate_record`. */
export function processRow(process: Process): Record<string, unknown> {
  const { subject, ...rest } = process;
  const row = toPresentColumns(rest);
  row['looks'] = 0;
  row['category'] = categoryOf[process.state];
  row['has_incident'] = process.openIncidents.length > 0;
  if (subject === null) return row;
  if ('native' in subject) row['subject_native'] = subject.native;
  else {
    row['subject_type'] = subject.type;
    row['subject_id'] = subject.id;
  }
  return row;
}

/** The operation of a row. */
export function operationOf(row: Row): Operation {
  const columns = asColumns<ColumnsOf<Operation>>(row);
  return {
    id: columns.id,
    processId: columns.process_id,
    connection: columns.connection,
    kind: columns.kind,
    state: columns.state,
    clientId: columns.client_id,
    key: columns.key,
    traceId: columns.trace_id,
    input: columns.input,
    sealedInput: columns.sealed_input ?? null,
    dueAt: new Date(columns.due_at),
    attempts: columns.attempts,
    createdAt: new Date(columns.created_at),
  };
}

/** What a claim gives: rows as `to_json` writes them. */
export interface ClaimedRow {
  readonly operation: Row & { readonly fencing_token: number };
  readonly process: Row;
  readonly seen_at?: Date | null;
}

/** The operation and process that were claimed, under the lease that the claim gave. */
export function claimedOf(row: ClaimedRow): Claimed {
  const operation = operationOf(row.operation);
  const lease = { operationId: operation.id, fencingToken: BigInt(row.operation.fencing_token) };
  return { operation, process: processOf(row.process, row.seen_at), lease };
}

/** The attempt of a row. */
export function attemptOf(row: Row): Attempt {
  return fromColumns(row, times);
}

/** An attempt as the columns of its row; that of a start stands in its lane. */
export function attemptRow(
  attempt: Attempt,
  { operation, process }: Pick<Claimed, 'operation' | 'process'>,
  fencingToken: bigint,
): Row {
  const lane = operation.kind === 'start' ? process.lane : null;
  return toPresentColumns({ ...attempt, lane, kept: false, fencingToken: String(fencingToken) });
}

/** An attempt that is about to be made; its number follows those before it. */
export function newAttempt({ operation, process }: Claimed, kind: AttemptKind, terms: AttemptTerms): Attempt {
  return {
    id: uuidv7(),
    operationId: operation.id,
    processId: process.id,
    number: operation.attempts + 1,
    kind,
    chosenId: terms.chosenId,
    lifeSeconds: terms.lifeSeconds,
    batchId: terms.batchId,
    class: null,
    sentAt: new Date(),
    answeredAt: null,
    nativeId: null,
    nativeFault: null,
    message: null,
  };
}

/** The event of a row. */
export function eventOf(row: Row): ProcessEvent {
  return fromColumns(row, times);
}

/** The photograph in a key's row; `null`: nothing final yet. */
export function answerOf(answer: FinalAnswer | null): FinalAnswer | null {
  if (answer === null) return null;
  const { word, progress, extra } = answer;
  const whole = progress && { ...nothingElse, ...fromColumns<ProcessProgress>(toColumns(progress), times) };
  return { word, extra, progress: whole && revived(whole) };
}

/** What a photograph leaves out is null. */
const nothingElse = {
  nativeId: null,
  nativeState: null,
  result: null,
  waitingFor: null,
  conclusion: null,
  evidence: null,
  failure: null,
  startedAt: null,
  closedAt: null,
  observedAt: null,
  absentSince: null,
};

/** The final answer of a command, as its key's row keeps it. */
export function photograph(process: Process | null, answer: Omit<FinalAnswer, 'progress'>): string {
  return json(photographOf(process, answer));
}

/** The same, to stand inside other JSON. */
export function photographOf(process: Process | null, answer: Omit<FinalAnswer, 'progress'>): object {
  return { ...answer, progress: process && progressOf(process) };
}

function progressOf(process: Process): {
  readonly [Field in keyof ProcessProgress]: ProcessProgress[Field] | undefined;
} {
  return {
    state: process.state,
    nativeId: process.nativeId ?? undefined,
    nativeState: process.nativeState ?? undefined,
    result: process.result ?? undefined,
    waitingFor: process.waitingFor ?? undefined,
    conclusion: process.conclusion ?? undefined,
    evidence: process.evidence ?? undefined,
    adoption: process.adoption,
    failure: process.failure ?? undefined,
    openIncidents: process.openIncidents,
    attempts: process.attempts,
    revision: process.revision,
    lastSequence: process.lastSequence,
    startedAt: process.startedAt ?? undefined,
    closedAt: process.closedAt ?? undefined,
    observedAt: process.observedAt ?? undefined,
    absentSince: process.absentSince ?? undefined,
  };
}

function revived<T extends ProcessProgress>(progress: T): T {
  const { failure, waitingFor } = progress;
  return { ...progress, failure: failure && failureOf(failure), waitingFor: waitingFor && waitOf(waitingFor) };
}
