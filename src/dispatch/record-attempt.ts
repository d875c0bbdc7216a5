import { setTimeout as passed } from 'node:timers/promises';
import type { RunIds } from '../connections/run-ids.js';
import type { Clock } from '../lib/clock.js';
import type { Log } from '../lib/log.js';
import { NativeIdTaken } from '../processes/lost.store.js';
import type { Claimed, Intended } from '../processes/operation.js';
import type { Outcomes } from '../processes/outcomes.js';
import { IllegalMove, type Process } from '../processes/process.js';
import type { ProcessReader } from '../processes/process.reader.js';
import { LeaseLost, StaleRevision, type ProcessStore, type Settlement } from '../processes/process.store.js';
import type { QueueDepths } from './queue-depths.js';
import { retryAfterMs } from './retry-after.js';
import type { Circumstances } from './settle-start.js';
import { takesFrom, type TakeOver } from './take-over.js';
import type { Verdict } from './verdict.js';

export interface RecordParts {
  readonly store: ProcessStore;
  readonly reader: ProcessReader;
  readonly outcomes: Outcomes;
  readonly takeOver: TakeOver;
  readonly runIds: Pick<RunIds, 'of'>;
  /** Told which starts come into the queue and leave it. Absent: nobody counts them. */
  readonly depths?: Pick<QueueDepths, 'moved'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** What came of an operation, and what follows from it for its process as it is by then. */
export interface Outcome {
  /** `null`: there was no attempt. */
  readonly verdict: Verdict<unknown> | null;
  settle(process: Process, now: Circumstances): Settlement;
}

/** What a decision rests on; it is taken anew where one of these is found to have changed. */
interface Known {
  readonly process: Process;
  readonly idIsTaken: boolean;
  /** How often it was decided anew without anything having been found to have changed. */
  readonly unmoved: number;
}

/** What stood in the way may be gone when it is looked for: an id that was let go, say. Then the same is tried again. */
const mostUnmoved = 5;

/**
 * A verdict must not be lost to a database that is away; the lease goes on being renewed meanwhile, and where it is lost what
 * was learnt is kept all the same. After about five minutes the row says "unknown".
 */
const repeatAfterMs = [100, 500, 1000, 2000, 5000, ...Array<number>(30).fill(10_000)];

/** Writes what came of an operation, decided anew where its process has moved, and tells those who wait here. */
export class RecordAttempt {
  /** @param pause  how the time between two tries to write passes */
  constructor(
    private readonly parts: RecordParts,
    private readonly pause: (ms: number) => Promise<void> = (ms) => passed(ms),
  ) {}

  /**
   * @returns how the process stands now; `null`: somebody else has taken the operation over, and nothing has changed
   */
  async of(claimed: Claimed | Intended, outcome: Outcome): Promise<Process | null> {
    let known: Known = { process: claimed.process, idIsTaken: false, unmoved: 0 };
    let because: unknown = null;
    let failures = 0;
    for (;;) {
      try {
        if (because) known = await this.#newer(known, because);
        because = null;
        return await this.#write(
          claimed,
          outcome.settle(known.process, await this.#circumstances(claimed, outcome, known)),
        );
      } catch (error) {
        if (error instanceof LeaseLost) {
          this.parts.log.warn('operation.lease-lost', { operationId: claimed.operation.id });
          return null;
        }
        if ((error instanceof StaleRevision || error instanceof NativeIdTaken) && error !== because) {
          because = error;
          continue;
        }
        const pauseMs = repeatAfterMs[failures];
        if (error === because || error instanceof IllegalMove || pauseMs === undefined) throw error;
        failures += 1;
        await this.pause(pauseMs);
      }
    }
  }

  async #write({ operation }: Claimed, settlement: Settlement): Promise<Process> {
    const after = await this.parts.store.settle(settlement);
    this.parts.depths?.moved(operation, settlement.operation.state);
    const answer = settlement.answer && { ...settlement.answer, progress: after };
    this.parts.outcomes.tell(operation.id, { process: after, state: settlement.operation.state, answer });
    return after;
  }

  /** Stops are asked for after the process was read: one that comes in between changes its revision. */
  async #circumstances(
    claimed: Claimed | Intended,
    { verdict }: Outcome,
    { idIsTaken }: Known,
  ): Promise<Circumstances> {
    const { operation } = claimed;
    const { reader, runIds, clock } = this.parts;
    const stops = verdict?.is === 'again' ? await reader.acceptedStops(operation.processId) : [];
    const attemptId = 'attempt' in claimed ? claimed.attempt.id : null;
    const wasRepeated = operation.attempts > 0 && verdict?.is !== 'accepted';
    const otherUnknown = wasRepeated && (await reader.hasUnknownAttempt(operation.id, attemptId));
    const isLost = operation.kind === 'start' && verdict?.is === 'unknown';
    const keepsRunIds = isLost && (await runIds.of(operation.connection)).state === 'kept';
    return {
      at: clock.now(),
      stops,
      retryAfterMs: retryAfterMs(operation.attempts),
      otherUnknown,
      keepsRunIds,
      idIsTaken,
    };
  }

  /** What is known now, to decide on it anew; where that is nothing else, it is not decided anew for ever. */
  async #newer(known: Known, error: unknown): Promise<Known> {
    if (error instanceof NativeIdTaken) return this.#contested(known, error);
    const newer = await this.parts.reader.find(known.process.id);
    const unmoved = newer?.revision === known.process.revision ? known.unmoved + 1 : 0;
    if (!newer || unmoved > mostUnmoved) throw error;
    return { ...known, process: newer, unmoved };
  }

  /** A direct answer takes its id from whoever has it by a guess; otherwise it goes on without one. */
  async #contested(known: Known, error: NativeIdTaken): Promise<Known> {
    if (known.idIsTaken) throw error;
    const isFree = takesFrom('direct', error.holder) && (await this.parts.takeOver.from(error.holder));
    const process = (await this.parts.reader.find(known.process.id)) ?? known.process;
    return { ...known, process, idIsTaken: !isFree };
  }
}
