import type { Started } from '../platforms/run.js';
import { changed, touched, type Change, type Details } from '../processes/change.js';
import { found, lostKinds } from '../processes/incident.js';
import type { AttemptKind, Intended, Operation, OperationState } from '../processes/operation.js';
import { move, type Process } from '../processes/process.js';
import type { Settlement } from '../processes/process.store.js';
import { categoryOf } from '../processes/process-state.js';
import { identified, sightingOf } from './identified.js';
import { attemptRecord, waitingReason, type Verdict } from './verdict.js';

/** What a verdict does not say and what follows from it depends on. */
export interface Circumstances {
  readonly at: Date;
  /** Stops that were accepted, also those that a run had which was another's. */
  readonly stops: readonly Operation[];
  /** By the schedule, where the platform named no time. */
  readonly retryAfterMs: number;
  /** Another attempt of the operation may have run without its run being known. */
  readonly otherUnknown: boolean;
  /** The portal keeps the run ids that we choose, so lost starts are told apart and no lane waits. */
  readonly keepsRunIds: boolean;
  /** The native id of the answer is another process's by a right that is no weaker. */
  readonly idIsTaken: boolean;
}

/**
 * What follows from the verdict on a start, to be written in one commit. Pure. A verdict speaks for its attempt: while
 * another one may have run, nothing that it says makes the process closed.
 *
 * @param process  as it is now; its state is `starting`, or `indeterminate` for a probe, unless something better is known
 */
export function settleStart(
  { attempt, lease, operation }: Intended,
  process: Process,
  verdict: Verdict<Started>,
  now: Circumstances,
): Settlement {
  const delayMs = delayOf(verdict, now);
  const nativeId = verdict.is === 'accepted' ? verdict.answer.nativeId : null;
  const runId = verdict.is === 'accepted' ? verdict.answer.runId : null;
  // Beside the number: whether this portal keeps the run ids that it is offered.
  const data = { attempt: attempt.number, ...(runId === null ? {} : { runId }) };
  const change = changeBy(process, verdict, attempt.kind, { ...now, delayMs, data });
  return {
    lease,
    attempt: attemptRecord(attempt.id, verdict, {
      class: nativeId === null ? 'accepted_unidentified' : 'accepted',
      nativeId,
    }),
    reads: null,
    operation: { state: operationStateOf(change.process, verdict, operation), retryAfterMs: delayMs },
    change,
    answer: answerOf(change.process, verdict),
  };
}

interface Decided extends Circumstances {
  readonly delayMs: number;
  readonly data: NonNullable<Details['data']>;
}

function changeBy(process: Process, verdict: Verdict<Started>, kind: AttemptKind, now: Decided): Change {
  const { at, data } = now;
  if (verdict.is === 'accepted') {
    // A probe that got another id than ours may have run beside the first.
    const isSecond = kind === 'probe' && verdict.answer.runId === 'ignored';
    return identified(process, sightingOf(verdict.answer), { ...now, isSecond });
  }
  // A report that came before our own answer stays.
  if (process.state !== 'starting' && process.state !== 'indeterminate') return touched(process);
  if (verdict.is === 'unknown') {
    const failure = { code: 'platform-outcome-unknown', message: verdict.message, platform: verdict.fault, at };
    return unknownAgain(process, now, move(process, { to: 'indeterminate', at, learnt: { failure } }));
  }
  if (verdict.is === 'refused') {
    const { message, native } = verdict.error;
    const failure = { code: 'platform-rejected', message, platform: native, at };
    if (now.otherUnknown) return unknownAgain(process, now, move(process, { to: 'indeterminate', at }));
    const after = move(process, { to: 'rejected', at, evidence: 'platform_reported', learnt: { failure } });
    return changed(process, after, { data, ...cleared });
  }
  if (kind === 'probe') return unknownAgain(process, now, move(process, { to: 'indeterminate', at }));
  return unsentBy(process, verdict, now);
}

/** Nothing ran: it goes again, unless a stop was accepted (never followed by a send) or its time is over. */
function unsentBy(process: Process, verdict: Extract<Verdict<Started>, { is: 'again' }>, now: Decided): Change {
  const { at, stops, delayMs, data } = now;
  const isLate = process.startBefore !== null && process.startBefore <= at;
  if ((stops.length > 0 || isLate) && now.otherUnknown) {
    return unknownAgain(process, now, move(process, { to: 'indeterminate', at }));
  }
  if (stops.length > 0)
    return changed(process, move(process, { to: 'withdrawn', at, evidence: 'gateway_command' }), { data });
  if (isLate) return changed(process, move(process, { to: 'expired', at }), { data });
  const waitingFor = { reason: waitingReason[verdict.because], until: new Date(at.getTime() + delayMs) };
  return changed(process, move(process, { to: 'queued', at, learnt: { waitingFor } }), { data, ...cleared });
}

/** Whatever enters `indeterminate` is looked for from the start, unless a person has it in hand already. */
function unknownAgain(process: Process, { data, keepsRunIds }: Decided, after: Process): Change {
  const looks = process.openIncidents.some((kind) => lostKinds.includes(kind)) ? 'none' : 'restart';
  return changed(process, after, { data, looks, ...(keepsRunIds ? { lane: 'free' as const } : {}) });
}

const cleared: Pick<Details, 'resolves'> = { resolves: { kinds: lostKinds, resolution: found(null) } };

function delayOf(verdict: Verdict<Started>, { retryAfterMs }: Circumstances): number {
  // A new session is to be had at once, and its one more try is not a retry of something that failed.
  if (verdict.is !== 'again') return 0;
  if (verdict.because === 'sign_in' && verdict.class === 'refused_before_execution') return 0;
  return verdict.retryAfterMs ?? retryAfterMs;
}

function operationStateOf(after: Process, verdict: Verdict<Started>, { state }: Operation): OperationState {
  if (after.state === 'queued') return 'queued';
  if (after.state === 'indeterminate') return 'unknown';
  return verdict.is === 'refused' && after.state === 'rejected' ? 'refused' : state === 'refused' ? state : 'done';
}

function answerOf(after: Process, verdict: Verdict<Started>): Settlement['answer'] {
  if (categoryOf[after.state] === 'pending') return null;
  if (verdict.is === 'accepted') return { word: 'confirmed', extra: null };
  if (verdict.is === 'refused' && after.state === 'rejected') return { word: 'refused', extra: null };
  return after.state === 'withdrawn' || after.state === 'expired' ? { word: 'unsent', extra: null } : null;
}
