import type { JsonObject } from '../lib/json.js';
import { changed, touched } from '../processes/change.js';
import type { FinalWord } from '../processes/idempotency.js';
import type { Claimed } from '../processes/operation.js';
import { move, type Process, type WaitingFor } from '../processes/process.js';
import { categoryOf } from '../processes/process-state.js';
import type { Settlement } from '../processes/process.store.js';

/**
 * Whether there is nothing left that this command could command. A command on a task that was tried may itself have ended
 * the run, so it is said again: the platform tells what became of it.
 */
export function isPointless({ operation, process }: Claimed): boolean {
  if (operation.kind === 'start' || categoryOf[process.state] !== 'closed') return false;
  const isOnTask = operation.kind === 'complete_task' || operation.kind === 'delegate_task';
  return !(isOnTask && operation.attempts > 0);
}

/** Whether this command has to wait until the run that it is for is known. */
export function hasNoRun({ operation, process }: Claimed): boolean {
  return operation.kind !== 'start' && process.nativeId === null;
}

/** Whether the time to start has passed while it was unsent. */
export function isLate({ operation, process }: Claimed, at: Date): boolean {
  const { startBefore, state } = process;
  return operation.kind === 'start' && state === 'queued' && startBefore !== null && startBefore <= at;
}

/** A process whose operation is about to go out. */
export function onItsWay({ operation, process }: Claimed, at: Date): Process {
  switch (operation.kind) {
    case 'start':
      return move(process, { to: 'starting', at, learnt: { attempts: process.attempts + 1 } });
    case 'terminate':
    case 'kill':
      return process.state === 'running' ? move(process, { to: 'terminating', at }) : process;
    case 'complete_element':
    case 'complete_task':
    case 'delegate_task':
      return process;
  }
}

/** What follows for a command whose process closed before it went out. Pure. */
export function settlePointless(claimed: Claimed, process: Process): Settlement {
  return { ...unchanged(claimed, process), ...done, answer: { word: wordOf(claimed, process), extra: null } };
}

/** What follows for a start whose time has passed: closed, unless an earlier attempt of it may have run. Pure. */
export function settleExpired(claimed: Claimed, process: Process, now: Unsent): Settlement {
  const data = { startBefore: process.startBefore?.toISOString() ?? null };
  return settleUnsent(claimed, process, now, { to: 'expired', data });
}

/** What follows for a start that has a stop: it is not sent any more. Pure. */
export function settleStopped(claimed: Claimed, process: Process, now: Unsent): Settlement {
  return settleUnsent(claimed, process, now, { to: 'withdrawn', evidence: 'gateway_command' });
}

interface Unsent {
  readonly at: Date;
  readonly otherUnknown: boolean;
}

function settleUnsent(
  claimed: Claimed,
  process: Process,
  { at, otherUnknown }: Unsent,
  { to, evidence, data = {} }: { to: 'expired' | 'withdrawn'; evidence?: 'gateway_command'; data?: JsonObject },
): Settlement {
  const base = unchanged(claimed, process);
  if (otherUnknown) {
    const change = changed(process, move(process, { to: 'indeterminate', at }), { data });
    return { ...base, operation: { state: 'unknown', retryAfterMs: null }, change, answer: null };
  }
  const change = changed(process, move(process, { to, at, ...(evidence ? { evidence } : {}) }), { data });
  return { ...base, ...done, change, answer: { word: 'unsent', extra: null } };
}

/** What follows for an operation that is given back: due again after `waitMs`. Pure. */
export function settlePostponed(
  claimed: Claimed,
  process: Process,
  { waitingFor, waitMs }: { readonly waitingFor: WaitingFor; readonly waitMs: number },
): Settlement {
  const isStart = claimed.operation.kind === 'start';
  return {
    ...unchanged(claimed, process),
    operation: { state: 'queued', retryAfterMs: waitMs },
    change: isStart ? touched({ ...process, waitingFor }) : touched(process),
    answer: null,
  };
}

const done = { operation: { state: 'done', retryAfterMs: null } } as const;

function unchanged({ lease }: Claimed, process: Process): Omit<Settlement, 'operation' | 'answer'> {
  return { lease, attempt: null, reads: null, change: touched(process) };
}

// A stop that kept a start from being sent, or whose earlier try may have been carried out, has done its work.
function wordOf({ operation }: Claimed, process: Process): FinalWord {
  const isStop = operation.kind === 'terminate' || operation.kind === 'kill';
  const stopped = process.state === 'withdrawn' || (operation.attempts > 0 && process.conclusion === 'stopped');
  return isStop && stopped ? 'confirmed' : 'gone';
}
