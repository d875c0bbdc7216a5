import type { Operation, OperationKind } from './operation.js';
import type { Process } from './process.js';
import { categoryOf } from './process-state.js';

/** What a stop comes to, given how the process stands. */
export type StopDecision =
  /** Nothing was sent: the start is withdrawn. */
  | { readonly do: 'withdraw' }
  /** It is not sent again, and what an earlier attempt of it came to is looked for; the stop waits for the truth. */
  | { readonly do: 'take_back' }
  /** The platform is told to stop the run. */
  | { readonly do: 'send' }
  /** Kept until the run is known, then sent. */
  | { readonly do: 'remember' }
  /** A stop is under way already; `operationId` is `null` where the platform does it by itself. */
  | { readonly do: 'join'; readonly operationId: string | null }
  /** Which run to stop is not known. */
  | { readonly do: 'refuse_unknown' }
  /** Another kind of stop is under way. */
  | { readonly do: 'refuse_other_stop' }
  | { readonly do: 'gone' };

/** What a stop depends on beside the process and its operations. */
export interface StopCircumstances {
  readonly whenFound: boolean;
  readonly mayHaveRun?: boolean;
  readonly isHeld?: boolean;
}

/**
 * What to do with a stop of `kind`. Knows no clock, no database, no HTTP.
 *
 * @param open       operations of the process that are not finished
 * @param whenFound   the caller agrees to wait until the run is known
 * @param mayHaveRun  an earlier attempt of the start has no certain outcome
 * @param isHeld      the database is older than the start: that nothing was sent is no longer sure
 */
export function decideStop(
  process: Process,
  kind: Extract<OperationKind, 'terminate' | 'kill'>,
  open: readonly Operation[],
  { whenFound, mayHaveRun = false, isHeld = false }: StopCircumstances,
): StopDecision {
  if (categoryOf[process.state] === 'closed') return { do: 'gone' };
  if (process.state === 'queued' && !isHeld) return { do: mayHaveRun ? 'take_back' : 'withdraw' };
  const underWay = open.find((operation) => operation.kind === 'terminate' || operation.kind === 'kill');
  if (underWay) {
    return underWay.kind === kind || kind === 'terminate'
      ? { do: 'join', operationId: underWay.id }
      : { do: 'refuse_other_stop' };
  }
  if (process.state === 'terminating')
    return kind === 'terminate' ? { do: 'join', operationId: null } : { do: 'refuse_other_stop' };
  if (process.state === 'starting' || process.state === 'queued') return { do: 'remember' };
  if (process.state === 'running' && process.nativeId !== null) return { do: 'send' };
  return whenFound ? { do: 'remember' } : { do: 'refuse_unknown' };
}
