import type { Portal } from '../connections/portals.js';
import type { Clock } from '../lib/clock.js';
import type { Log } from '../lib/log.js';
import type { Candidate, Run } from '../platforms/run.js';
import { changed, touched, type Change } from '../processes/change.js';
import { incident } from '../processes/incident.js';
import { NativeIdTaken, type Found, type LostStart, type LostStore } from '../processes/lost.store.js';
import type { Outcomes } from '../processes/outcomes.js';
import type { Adoption, Process } from '../processes/process.js';
import type { ProcessReader } from '../processes/process.reader.js';
import { LeaseLost, StaleRevision } from '../processes/process.store.js';
import { isPlace, type Sender } from '../processes/sender.js';
import { identified } from './identified.js';
import { nextStep, type LookResult } from './next-look.js';
import { takesFrom, type TakeOver } from './take-over.js';

export interface SettleLostParts {
  readonly store: LostStore;
  readonly reader: ProcessReader;
  readonly sender: Pick<Sender, 'reserve' | 'send'>;
  readonly takeOver: TakeOver;
  readonly outcomes: Outcomes;
  readonly reconcileDelays: readonly number[];
  readonly clock: Clock;
  readonly log: Log;
}

/** A run with how it stands. */
interface FoundRun {
  readonly nativeId: string;
  readonly run: Run;
}

/** Writes what looks for lost starts have found, and takes the next step where they found nothing sure. */
export class SettleLost {
  constructor(private readonly parts: SettleLostParts) {}

  /**
   * The run was found under the id that we chose: it is this start's and nobody else's. Where another process has it by as
   * good a right, no later look can tell more, so a person is asked.
   */
  async exact(lost: LostStart, found: FoundRun): Promise<void> {
    const written = await this.#write(this.#adopted(lost, found, 'reconciled_exact'));
    if (!(written instanceof NativeIdTaken)) return;
    const { nativeId, processId } = written.holder;
    await this.#ask(
      lost,
      [{ nativeId, reasons: [`It has the id that was chosen for this start; process ${processId} has it`] }],
      [processId],
    );
  }

  /** What follows where no run was found that is surely this start's. */
  async after(portal: Portal, lost: LostStart, seen: Omit<LookResult, 'mayProbe'>): Promise<void> {
    const mayProbe = portal.platform.probes === true && lost.process.state === 'indeterminate' && !wasProbed(lost);
    const step = nextStep(lost, { ...seen, mayProbe }, this.parts.reconcileDelays, this.parts.clock.now());
    switch (step.do) {
      case 'adopt': {
        const { nativeId, run } = step.candidate;
        const adopted = this.#adopted(lost, { nativeId, run: run ?? running }, 'reconciled_probable');
        const { onlyOneSince } = step;
        // Another start of the lane may have made it: then it is ambiguous, and looked for again, or a person is asked.
        if ((await this.#write({ ...adopted, onlyOneSince })) === true) return;
        return this.#wait(lost, seen);
      }
      case 'probe':
        return this.#probe(portal, lost, seen);
      case 'wait':
        return void (await this.#write(this.#left(lost, touched(lost.process, { looks: { afterMs: step.afterMs } }))));
      case 'ask':
        return this.#ask(lost, seen.candidates ?? []);
    }
  }

  #adopted(lost: LostStart, { nativeId, run }: FoundRun, adoption: Adoption): Found {
    const at = this.parts.clock.now();
    const sighting = { nativeId, run, adoption, evidence: 'platform_reported' as const };
    const change = identified(lost.process, sighting, { at, data: {}, idIsTaken: false, isSecond: false });
    const answer = { word: 'confirmed' as const, extra: null };
    return { lost, change, nativeId, operation: 'done', answer, onlyOneSince: null };
  }

  #left(lost: LostStart, change: Change): Found {
    return { lost, change, nativeId: null, operation: lost.operation.state, answer: null, onlyOneSince: null };
  }

  async #wait(lost: LostStart, seen: Omit<LookResult, 'mayProbe'>): Promise<void> {
    const process = await this.parts.reader.find(lost.process.id);
    if (process?.revision !== lost.process.revision) return;
    const ambiguous = { candidates: [...(seen.candidates ?? []), unsure], isAbsentById: false, mayProbe: false };
    const step = nextStep(lost, ambiguous, this.parts.reconcileDelays, this.parts.clock.now());
    if (step.do !== 'wait') return this.#ask(lost, seen.candidates ?? []);
    await this.#write(this.#left(lost, touched(lost.process, { looks: { afterMs: step.afterMs } })));
  }

  async #probe(portal: Portal, lost: LostStart, seen: Omit<LookResult, 'mayProbe'>): Promise<void> {
    const { sender, store } = this.parts;
    const place = await sender.reserve(portal, lost.process.definition);
    if (!isPlace(place)) {
      return void (await this.#write(this.#left(lost, touched(lost.process, { looks: { afterMs: 1000 } }))));
    }
    const { process } = lost;
    const intent = changed(process, { ...process, attempts: process.attempts + 1, revision: process.revision + 1 });
    const intended = await store.intendProbe(lost, intent);
    if (intended) return sender.send(intended, place);
    place.release();
    // It may not go now; what is in its way may pass before the last look.
    const step = nextStep(lost, { ...seen, mayProbe: false }, this.parts.reconcileDelays, this.parts.clock.now());
    if (step.do !== 'wait') return this.#ask(lost, []);
    await this.#write(this.#left(lost, touched(lost.process, { looks: { afterMs: step.afterMs } })));
  }

  async #ask(
    lost: LostStart,
    candidates: readonly Pick<Candidate, 'nativeId' | 'reasons'>[],
    holders: readonly string[] = [],
  ): Promise<void> {
    const { process } = lost;
    const kind = process.state === 'indeterminate' ? 'outcome-unknown' : 'unidentified-run';
    const relatedProcessIds = [...holders, ...(await this.parts.store.lostInLane(process))];
    const facts = candidates.map(({ nativeId, reasons }) => ({ nativeId, reasons }));
    const opens = [incident(kind, { candidates: facts, relatedProcessIds })];
    const change = touched(process, { opens, looks: 'none', lane: 'free' });
    if ((await this.#write(this.#left(lost, change))) === true) {
      this.parts.log.warn('incident.opened', { kind, processId: process.id, connection: process.connection });
    }
  }

  /** @returns false: the start has moved meanwhile, or the run may be another's; the error: it is. Nothing is written then */
  async #write(found: Found): Promise<boolean | NativeIdTaken> {
    const { store, outcomes, log } = this.parts;
    try {
      const process = await store.found(found);
      if (found.nativeId !== null) {
        log.info('process.reconciled', { processId: process.id, adoption: process.adoption, state: process.state });
        outcomes.tell(found.lost.operation.id, answerOf(found, process));
      }
      return true;
    } catch (error) {
      if (error instanceof NativeIdTaken) {
        const isExact = found.onlyOneSince === null;
        if (!isExact) return false;
        return takesFrom('reconciled_exact', error.holder) ? this.#contest(found, error) : error;
      }
      if (error instanceof LeaseLost || error instanceof StaleRevision) return false;
      throw error;
    }
  }

  async #contest(found: Found, { holder }: NativeIdTaken): Promise<boolean | NativeIdTaken> {
    return (await this.parts.takeOver.from(holder)) && this.#write(found);
  }
}

function wasProbed({ attempts }: LostStart): boolean {
  return attempts.some(
    ({ kind, class: known }) => kind === 'probe' && known !== 'not_sent' && known !== 'refused_before_execution',
  );
}

function answerOf({ answer }: Found, process: Process): Parameters<Outcomes['tell']>[1] {
  return { process, state: 'done', answer: answer && { ...answer, progress: process } };
}

const running: Run = { state: 'running', nativeState: null, result: null, failure: null };

/** Stands for the run of another start, so that the one that was seen is not taken for the only one. */
const unsure: Candidate = { nativeId: '', startedAt: null, reasons: [], run: null };
