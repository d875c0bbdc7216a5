import type { Settlement } from '../processes/process.store.js';
import { columnsOf, type ArrayColumn } from './array-columns.js';
import type { EventRow } from './change-rows.js';
import type { ReadySettlement } from './settlement-columns.js';

/** The verdict that nearly every start has: it was accepted, and its run is known. */
export interface ReadyRun extends ReadySettlement {
  readonly event: EventRow;
}

/**
 * A settlement as such a verdict; `null`: it says anything else. What it leaves unsaid here is null or empty in it, as
 * `settleRuns` writes it.
 */
export function runOf(ready: ReadySettlement): ReadyRun | null {
  const [event, ...others] = ready.events;
  return event && others.length === 0 && isRun(ready.settlement) ? { ...ready, event } : null;
}

function isRun({ attempt, reads, operation, change }: Settlement): boolean {
  const { process, claims } = change;
  return (
    attempt?.class === 'accepted' &&
    attempt.nativeId === process.nativeId &&
    attempt.nativeFault === null &&
    attempt.message === null &&
    reads === null &&
    operation.state === 'done' &&
    (operation.retryAfterMs ?? 0) === 0 &&
    process.state === 'running' &&
    process.nativeId !== null &&
    claims.length === 1 &&
    claims[0]?.nativeId === process.nativeId &&
    claims[0].claim === process.adoption &&
    isPlain(change)
  );
}

/** Whether it does nothing to incidents, looks and lanes, and leaves nothing else to be said of the process. */
function isPlain({ process, opens, resolves, looks, lane }: Settlement['change']): boolean {
  const { result, waitingFor, conclusion, failure, closedAt, absentSince, openIncidents } = process;
  return (
    opens.length === 0 &&
    (resolves?.kinds.length ?? 0) === 0 &&
    looks === 'none' &&
    lane === 'free' &&
    openIncidents.length === 0 &&
    [result, waitingFor, conclusion, failure, closedAt, absentSince].every((one) => one === null)
  );
}

const { uuid, text, word, int, bigint, time, jsonText, jsonb } = columnsOf<ReadyRun>();

/** Such a verdict, by the names that the statement has for it. */
export const runArrays = {
  operation_id: uuid(({ settlement }) => settlement.lease.operationId),
  token: bigint(({ settlement }) => settlement.lease.fencingToken),
  attempt_id: uuid(({ settlement: { attempt } }) => attempt && attempt.id),
  from_revision: int(({ change }) => change.fromRevision),
  native_id: text(({ change }) => change.process.nativeId),
  native_state: text(({ change }) => change.process.nativeState),
  evidence: word(({ change }) => change.process.evidence),
  adoption: word(({ change }) => change.process.adoption),
  attempts: int(({ change }) => change.process.attempts),
  revision: int(({ change }) => change.process.revision),
  last_sequence: int(({ change }) => change.process.lastSequence),
  started_at: time(({ change }) => change.process.startedAt),
  observed_at: time(({ change }) => change.process.observedAt),
  start_before: time(({ change }) => change.process.startBefore),
  answer: jsonText(({ answer }) => answer),
  event_id: uuid(({ event }) => event.id),
  event_type: word(({ event }) => event.type),
  event_data: jsonb(({ event }) => event.data),
} satisfies Readonly<Record<string, ArrayColumn<ReadyRun>>>;
