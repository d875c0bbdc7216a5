import type { RunIds } from '../connections/run-ids.js';
import type { Clock } from '../lib/clock.js';
import type { Log } from '../lib/log.js';
import { Refused, Unreached } from '../platforms/platform.errors.js';
import type { Started } from '../platforms/run.js';
import { touched } from '../processes/change.js';
import { NativeIdTaken, type KeptAnswer, type LostStore } from '../processes/lost.store.js';
import type { Attempt, Operation, OperationState } from '../processes/operation.js';
import type { Outcomes } from '../processes/outcomes.js';
import type { Process } from '../processes/process.js';
import { categoryOf } from '../processes/process-state.js';
import type { ProcessReader } from '../processes/process.reader.js';
import { LeaseLost, StaleRevision, type ProcessStore, type Settlement } from '../processes/process.store.js';
import type { QueueDepths } from './queue-depths.js';
import { settleStart, type Circumstances } from './settle-start.js';
import { takesFrom, type TakeOver } from './take-over.js';
import type { Verdict } from './verdict.js';

const atOnce = 100;

export interface LateAnswersParts {
  readonly store: ProcessStore;
  readonly lost: LostStore;
  readonly reader: ProcessReader;
  readonly takeOver: TakeOver;
  readonly outcomes: Outcomes;
  readonly runIds: Pick<RunIds, 'distrust'>;
  /** Told which starts come into the queue. Absent: nobody counts them. */
  readonly depths?: Pick<QueueDepths, 'moved'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Reads the answers that came after their workers had lost the start. */
export class LateAnswers {
  constructor(private readonly parts: LateAnswersParts) {}

  /** Settles what can be settled now; the rest waits on its attempt. */
  async read(): Promise<void> {
    for (const kept of await this.parts.lost.kept(atOnce)) await this.#readOne(kept, false);
  }

  async #readOne(kept: KeptAnswer, idIsTaken: boolean): Promise<void> {
    const { store, reader, outcomes, depths, runIds, clock, log } = this.parts;
    const stops = await reader.acceptedStops(kept.process.id);
    const { otherUnknown } = kept;
    const now = { at: clock.now(), stops, retryAfterMs: 0, otherUnknown, keepsRunIds: false, idIsTaken };
    const settlement = settleLate(kept, now);
    if (!settlement) return;
    if (wasProbedInVain(kept.attempt)) await runIds.distrust(kept.operation.connection);
    try {
      const process = await store.settle(settlement);
      depths?.moved(kept.operation, settlement.operation.state);
      log.info('attempt.read-late', { processId: process.id, attempt: kept.attempt.number, state: process.state });
      const answer = settlement.answer && { ...settlement.answer, progress: process };
      outcomes.tell(kept.operation.id, { process, state: settlement.operation.state, answer });
    } catch (error) {
      if (error instanceof NativeIdTaken && !idIsTaken) return this.#contest(kept, error, settlement);
      // Somebody was quicker; what is left of it is read at the next sweep.
      if (!(error instanceof LeaseLost) && !(error instanceof StaleRevision)) throw error;
    }
  }

  async #contest(kept: KeptAnswer, { holder }: NativeIdTaken, { change }: Settlement): Promise<void> {
    const claim = change.claims.find(({ nativeId }) => nativeId === holder.nativeId)?.claim ?? 'reconciled_exact';
    // The next sweep finds the id free.
    if (takesFrom(claim, holder) && (await this.parts.takeOver.from(holder))) return;
    await this.#readOne(kept, true);
  }
}

/**
 * What follows from an answer that came late. Pure. A positive one is an exact match; "not sent" lets the start go again and
 * a refusal stands, where no other attempt may have run. What proves nothing since a database was put back is read as unknown.
 *
 * @returns `null`: it has to wait, for the verdict or the sweep of an attempt that is out
 */
function settleLate(kept: KeptAnswer, now: Circumstances): Settlement | null {
  const { process, attempt, operation, lease, isOut, otherUnknown, provesNothing } = kept;
  const verdict = provesNothing ? null : lateVerdict(attempt);
  // An attempt that is out would be left without a verdict for ever, so a positive answer waits for it as well.
  if (process.state === 'starting' || isOut) return null;
  const reads = attempt.id;
  const isNews = verdict?.is === 'accepted' || (process.state === 'indeterminate' && !otherUnknown);
  if (verdict === null || !isNews) {
    const asItIs = { state: restOf(operation, process), retryAfterMs: null };
    return { lease, attempt: null, reads, operation: asItIs, change: touched(process), answer: null };
  }
  const settlement = settleStart({ ...kept, issuedAtMs: 0 }, process, verdict, now);
  return { ...settlement, attempt: null, reads };
}

/** Nobody is out any more: an attempt whose answer came late was the one that was. */
function restOf({ state }: Operation, process: Process): OperationState {
  if (state !== 'sending') return state;
  return categoryOf[process.state] === 'pending' ? 'unknown' : 'done';
}

/** What a start's answer taught; `null`: nothing came, or nothing certain. */
export function lateVerdict(attempt: Attempt): Verdict<Started> | null {
  const { class: learnt, nativeId, nativeFault, message } = attempt;
  const words = message ?? 'The answer came late';
  switch (learnt) {
    case 'accepted':
    case 'accepted_unidentified':
      // How the run stands is for the next look; that it was found and not answered for is what `startedBefore` says.
      return {
        is: 'accepted',
        answer: { ...runningSomewhere, nativeId, runId: wasProbedInVain(attempt) ? 'ignored' : null },
      };
    case 'refused':
      return { is: 'refused', error: new Refused('rejected', words, nativeFault) };
    case 'not_sent':
    case 'refused_before_execution': {
      const error = new Unreached(words, nativeFault);
      return { is: 'again', class: learnt, because: 'unreached', retryAfterMs: null, error };
    }
    case 'unknown':
    case null:
      return null;
  }
}

/** The portal answered a probe with another id than it was offered: it may have run the start twice. */
function wasProbedInVain({ kind, nativeId, chosenId }: Attempt): boolean {
  return kind === 'probe' && nativeId !== null && nativeId !== chosenId;
}

const runningSomewhere: Omit<Started, 'nativeId' | 'runId'> = {
  state: 'running',
  nativeState: null,
  result: null,
  failure: null,
  startedBefore: true,
};
