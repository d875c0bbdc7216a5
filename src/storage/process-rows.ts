import { v7 as uuidv7 } from 'uuid';
import type { ProcessEvent } from '../processes/event.js';
import type { FinalAnswer } from '../processes/idempotency.js';
import type { Attempt, AttemptKind, Claimed, Operation } from '../processes/operation.js';
import type { Failure, Process, ProcessProgress, WaitingFor } from '../processes/process.js';
import type { Change, News } from '../processes/change.js';
import { categoryOf, type Category } from '../processes/process-state.js';
import { fromColumns, toColumns, type Row } from './columns.js';
import { json } from './process-json.js';

const times = new Set([
  'startBefore',
  'createdAt',
  'startedAt',
  'closedAt',
  'observedAt',
  'absentSince',
  'sentAt',
  'answeredAt',
  'dueAt',
  'time',
]);

/** The columns of a process that its life changes. */
export const progressColumns = [
  'state',
  'category',
  'native_id',
  'native_state',
  'result',
  'waiting_for',
  'conclusion',
  'evidence',
  'adoption',
  'failure',
  'attempts',
  'revision',
  'last_sequence',
  'started_at',
  'closed_at',
  'observed_at',
  'absent_since',
  'start_before',
  'open_incidents',
  'has_incident',
] as const;

/** A process as the columns of its row, for `json_populate_record`. */
export function processRow(process: Process): Record<string, unknown> {
  const { subject, ...rest } = process;
  return {
    ...toColumns(rest),
    looks: 0,
    category: categoryOf[process.state],
    has_incident: process.openIncidents.length > 0,
    subject_type: subject && 'type' in subject ? subject.type : null,
    subject_id: subject && 'type' in subject ? subject.id : null,
    subject_native: subject && 'native' in subject ? subject.native : null,
  };
}

/** A process as its row has it: the subject in columns of its own. */
type ProcessFields = Omit<Process, 'subject'> & {
  readonly subjectType: string | null;
  readonly subjectId: string | null;
  readonly subjectNative: readonly string[] | null;
  /** Follows from the state; a column so that it can be asked for. */
  readonly category: Category;
  readonly hasIncident: boolean;
};

/** The process of a row. */
export function processOf(row: Row): Process {
  const {
    subjectType,
    subjectId,
    subjectNative,
    category: _,
    hasIncident: __,
    ...fields
  } = fromColumns<ProcessFields>(row, times);
  return revived({ ...fields, subject: subjectOf(subjectType, subjectId, subjectNative) });
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
}

/** The operation and process that were claimed, under the lease that the claim gave. */
export function claimedOf(row: ClaimedRow): Claimed {
  const operation = operationOf(row.operation);
  const lease = { operationId: operation.id, fencingToken: BigInt(row.operation.fencing_token) };
  return { operation, process: processOf(row.process), lease };
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
  return toColumns({ ...attempt, lane, kept: false, fencingToken: String(fencingToken) });
}

/** An attempt that is about to be made; its number follows those before it. */
export function newAttempt({ operation, process }: Claimed, kind: AttemptKind): Attempt {
  return {
    id: uuidv7(),
    operationId: operation.id,
    processId: process.id,
    number: operation.attempts + 1,
    kind,
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
  return { word, extra, progress: progress && revived(fromColumns<ProcessProgress>(toColumns(progress), times)) };
}

/** A change with its events counted in. */
export function numbered(change: Change): Change {
  const { process, news } = change;
  return news.length === 0
    ? change
    : { ...change, process: { ...process, lastSequence: process.lastSequence + news.length } };
}

/** A numbered change as the JSON that `consequences` reads. */
export function changeRow(change: Change, { firstLookMs, laneMs }: Delays): string {
  const { process, news, looks, lane, claims, opens, resolves } = change;
  return json({
    process: processRow(process),
    events: eventRows(process, news),
    looks: typeof looks === 'string' ? looks : 'after',
    lookInMs: typeof looks === 'string' ? (looks === 'restart' ? firstLookMs : null) : looks.afterMs,
    lane,
    laneMs: lane === 'hold' ? laneMs : null,
    claims: claims.map(({ nativeId, claim }) => ({ native_id: nativeId, claim })),
    opens: opens.map((one) => ({ ...toColumns(one), id: uuidv7() })),
    resolves: resolves?.kinds ?? [],
    resolution: resolves?.resolution ?? null,
  });
}

/** How long after it was lost a start is looked for first, and how long its lane waits for it. */
export interface Delays {
  readonly firstLookMs: number;
  readonly laneMs: number;
}

function eventRows(process: Process, news: readonly News[]): object[] {
  const first = process.lastSequence - news.length + 1;
  return news.map(({ type, data }, at) => ({ process_id: process.id, sequence: first + at, id: uuidv7(), type, data }));
}

/** The final answer of a command, as its key's row keeps it. */
export function photograph(process: Process | null, answer: Omit<FinalAnswer, 'progress'>): string {
  return json({ ...answer, progress: process && progressOf(process) });
}

function progressOf(process: Process): ProcessProgress {
  return {
    state: process.state,
    nativeId: process.nativeId,
    nativeState: process.nativeState,
    result: process.result,
    waitingFor: process.waitingFor,
    conclusion: process.conclusion,
    evidence: process.evidence,
    adoption: process.adoption,
    failure: process.failure,
    openIncidents: process.openIncidents,
    attempts: process.attempts,
    revision: process.revision,
    lastSequence: process.lastSequence,
    startedAt: process.startedAt,
    closedAt: process.closedAt,
    observedAt: process.observedAt,
    absentSince: process.absentSince,
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
