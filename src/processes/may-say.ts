import type { ClosedAs, PersonsWord } from './persons-word.js';
import { evidenceRank, mayMove, type Process } from './process.js';
import { InvalidState, ProcessClosed } from './process.errors.js';
import { categoryOf } from './process-state.js';
import type { Standing } from './word.store.js';

/** A word before the platform was asked about it. */
export type Wording =
  | { readonly does: 'adopt'; readonly isHeldStart: boolean }
  | { readonly does: Exclude<PersonsWord['does'], 'adopt' | 'close'> }
  | { readonly does: 'close'; readonly as: ClosedAs };

/**
 * Lets a person's word pass where the process may take it now. Pure.
 *
 * While an attempt is out its verdict comes first; and before the longest life of the newest one is over, that no run is
 * there proves nothing.
 *
 * @throws InvalidState   not now, or not in this state; with what has to come first
 * @throws ProcessClosed  to close what is closed
 */
export function requireMay(standing: Standing, word: Wording): void {
  switch (word.does) {
    case 'adopt':
      return requireUnnamed(standing, word.isHeldStart);
    case 'confirm_not_started':
    case 'resend':
      requireUnknown(standing, word.does);
      requireQuiet(standing);
      if (word.does === 'resend') requireNotStopped(standing);
      return requireOver(standing);
    case 'acknowledge':
      return requireKnown(standing);
    case 'close':
      return requireCloseable(standing, word.as);
  }
}

function requireUnnamed(standing: Standing, isHeldStart: boolean): void {
  const { state, nativeId, id } = standing.process;
  if (isHeldStart) {
    if (state !== 'queued' || !standing.isHeld) {
      throw new InvalidState(id, `Process ${id} is ${state}; only a queued start that is held can be given a run so.`);
    }
  } else if (nativeId !== null || !['indeterminate', 'running', 'terminating'].includes(state)) {
    throw new InvalidState(id, `Process ${id} is ${state} and waits for no run.`);
  }
  requireQuiet(standing);
}

function requireUnknown({ process: { id, state } }: Standing, does: string): void {
  if (state === 'indeterminate') return;
  throw new InvalidState(id, `Process ${id} is ${state}; ${does} is for one that is indeterminate.`);
}

function requireQuiet({ process: { id }, isOut, isUnread }: Standing): void {
  if (isOut) throw new InvalidState(id, `An attempt to start process ${id} is out; wait for its verdict.`);
  if (isUnread)
    throw new InvalidState(id, `An answer to process ${id} came late and is read at this moment; look again.`);
}

function requireNotStopped({ process: { id }, isStopped }: Standing): void {
  if (isStopped) throw new InvalidState(id, `A stop of process ${id} was accepted; it is never sent after that.`);
}

function requireOver({ process: { id }, isOver, overAt }: Standing): void {
  if (isOver) return;
  const until = overAt?.toISOString() ?? 'later';
  throw new InvalidState(
    id,
    `A request of process ${id} may still be running until ${until}; before that, that no run is found proves nothing.`,
  );
}

function requireKnown({ process: { id, state } }: Standing): void {
  if (state !== 'indeterminate') return;
  throw new InvalidState(id, `Process ${id} is indeterminate; say what became of it by another action, or close it.`);
}

/** Whether a person could say how it ended, once no request of it can be running any more. */
export function mayBeClosed({ state, evidence }: Process): boolean {
  if (state === 'ended') return evidence === null || evidenceRank[evidence] < evidenceRank.operator;
  return ['indeterminate', 'running', 'terminating'].includes(state);
}

function requireCloseable(standing: Standing, as: ClosedAs): void {
  const { process } = standing;
  const { id, state, evidence } = process;
  if (categoryOf[state] === 'closed' && state !== 'ended') throw new ProcessClosed(process);
  if (state === 'queued' || state === 'starting') {
    throw new InvalidState(id, `Process ${id} is ${state}; terminate it instead.`);
  }
  if (!mayBeClosed(process) || !mayMove(process, as, 'operator')) {
    throw new InvalidState(
      id,
      `Process ${id} is ${state} by the word of ${evidence ?? 'nobody'} and cannot become ${as}.`,
    );
  }
  if (state !== 'indeterminate') return;
  requireQuiet(standing);
  requireOver(standing);
}
