import { uuidv7 } from '../lib/uuid.js';
import type { ProcessEvent } from '../processes/event.js';
import type { FinalAnswer } from '../processes/idempotency.js';
import type { Attempt, AttemptKind, AttemptTerms, Claimed, Operation } from '../processes/operation.js';
import type { Failure, Process, ProcessProgress, WaitingFor } from '../processes/process.js';
import { categoryOf, type Category } from '../processes/process-state.js';
import { fromColumns, toColumns, toPresentColumns, type Row } from './columns.js';
import { json } from './process-json.js';

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

/** A process as its row has it: the subject in columns of its own. */
type ProcessFields = Omit<Process, 'subject'> & {
  readonly subjectType: string | null;
  readonly subjectId: string | null;
  readonly subjectNative: readonly string[] | null;
  /** Follows from the state; a column so that it can be asked for. */
  readonly category: Category;
  readonly hasIncident: boolean;
  readonly laneUntil: unknown;
  readonly looks: unknown;
  readonly nextLookAt: unknown;
  readonly terminatingSince: unknown;
  readonly closedVariables: unknown;
  /** When it was last seen without any change. Absent: nobody asked for it. */
  readonly seenAt?: Date | null;
};

/** The process of a row. */
export function processOf(row: Row): Process {
  const {
    subjectType,
    subjectId,
    subjectNative,
    category: _,
    hasIncident: __,
    // For the statements alone.
    laneUntil: ___,
    looks: ____,
    nextLookAt: _____,
    terminatingSince: ______,
    closedVariables: _______,
    seenAt = null,
    ...fields
  } = fromColumns<ProcessFields>(row, times);
  const observedAt = seenAt && (!fields.observedAt || seenAt > fields.observedAt) ? seenAt : fields.observedAt;
  return revived({ ...fields, observedAt, subject: subjectOf(subjectType, subjectId, subjectNative) });
}

function subjectOf(type: string | null, id: string | null, native: readonly string[] | null): Process['subject'] {
  if (native) return { native };
  return type === null || id === null ? null : { type, id };
}

/** The operation of a row. */
export function operationOf(row: Row): Operation {
  return fromColumns(row, times);
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
  return { operation, process: processOf({ ...row.process, seen_at: row.seen_at }), lease };
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

// Times inside JSON columns are texts there.
function revived<T extends ProcessProgress>(progress: T): T {
  const failure: Failure | null = progress.failure && { ...progress.failure, at: new Date(progress.failure.at) };
  const { waitingFor } = progress;
  const waiting: WaitingFor | null = waitingFor?.until
    ? { ...waitingFor, until: new Date(waitingFor.until) }
    : waitingFor;
  return { ...progress, failure, waitingFor: waiting };
}
