import { categoryOf } from '../processes/process-state.js';
import type { Settlement } from '../processes/process.store.js';
import { columnsOf } from './array-columns.js';
import type { ChangeTerms, EventRow } from './change-rows.js';
import type { progressColumns } from './progress-rows.js';

/** A settlement with what is worked out of it once. */
export interface ReadySettlement {
  readonly settlement: Settlement;
  readonly terms: ChangeTerms;
  readonly events: readonly EventRow[];
  /** What it does to native ids and incidents, as JSON. */
  readonly beside: string;
  /** The photograph that its key keeps, as JSON; `null`: it keeps none. */
  readonly answer: string | null;
}

const { uuid, text, word, int, bigint, float, bool, time, jsonText, jsonb, list } = columnsOf<ReadySettlement>();

/** What an attempt taught, and what follows of it beside the process. */
const ofAttempt = {
  operation_id: uuid(({ settlement }) => settlement.lease.operationId),
  token: bigint(({ settlement }) => settlement.lease.fencingToken),
  from_revision: int(({ settlement }) => settlement.change.fromRevision),
  attempt_id: uuid(({ settlement: { attempt } }) => attempt && attempt.id),
  class: word(({ settlement: { attempt } }) => attempt && attempt.class),
  answer_native_id: text(({ settlement: { attempt } }) => attempt && attempt.nativeId),
  native_fault: jsonb(({ settlement: { attempt } }) => attempt && attempt.nativeFault),
  message: text(({ settlement: { attempt } }) => attempt && attempt.message),
  operation_state: word(({ settlement }) => settlement.operation.state),
  due_in_ms: float(({ settlement }) => settlement.operation.retryAfterMs ?? 0),
  reads: uuid(({ settlement }) => settlement.reads),
  answer: jsonText(({ answer }) => answer),
  beside: jsonText(({ beside }) => beside),
  looks: word(({ terms }) => terms.looks),
  look_in_ms: float(({ terms }) => terms.lookInMs),
  lane: word(({ terms }) => terms.lane),
  lane_ms: float(({ terms }) => terms.laneMs),
};

const processIn = ({ settlement }: ReadySettlement): Settlement['change']['process'] => settlement.change.process;

/** What the process has come to. */
const ofProgress = {
  state: word((row) => processIn(row).state),
  category: word((row) => categoryOf[processIn(row).state]),
  native_id: text((row) => processIn(row).nativeId),
  native_state: text((row) => processIn(row).nativeState),
  result: jsonb((row) => processIn(row).result),
  waiting_for: jsonb((row) => processIn(row).waitingFor),
  conclusion: word((row) => processIn(row).conclusion),
  evidence: word((row) => processIn(row).evidence),
  adoption: word((row) => processIn(row).adoption),
  failure: jsonb((row) => processIn(row).failure),
  attempts: int((row) => processIn(row).attempts),
  revision: int((row) => processIn(row).revision),
  last_sequence: int((row) => processIn(row).lastSequence),
  started_at: time((row) => processIn(row).startedAt),
  closed_at: time((row) => processIn(row).closedAt),
  observed_at: time((row) => processIn(row).observedAt),
  absent_since: time((row) => processIn(row).absentSince),
  start_before: time((row) => processIn(row).startBefore),
  open_incidents: list((row) => processIn(row).openIncidents),
  has_incident: bool((row) => processIn(row).openIncidents.length > 0),
} satisfies Record<keyof typeof progressColumns, unknown>;

/** What the columns of a process are called beside others. */
export const progressIn = (column: string): string => `new_${column}`;

/** A settlement, by the names that the statement has for its columns. */
export const settlementColumns = {
  ...ofAttempt,
  ...Object.fromEntries(Object.entries(ofProgress).map(([name, column]) => [progressIn(name), column])),
};

const event = columnsOf<EventRow>();

/** The events of all of them. */
export const eventColumns = {
  process_id: event.uuid((row) => row.process_id),
  sequence: event.int((row) => row.sequence),
  id: event.uuid((row) => row.id),
  type: event.word((row) => row.type),
  data: event.jsonb((row) => row.data),
};

/** Settlements as the parameters of `settle`. */
export function settlementValues(ready: readonly ReadySettlement[]): readonly unknown[] {
  const events = ready.flatMap((one) => one.events);
  return [
    ...Object.values(settlementColumns).map((column) => column.of(ready)),
    ...Object.values(eventColumns).map((column) => column.of(events)),
  ];
}
