import { setTimeout as passed } from 'node:timers/promises';
import type { Clock } from '../lib/clock.js';
import type { Log } from '../lib/log.js';
import type { Claimed } from '../processes/operation.js';
import type { Outcomes } from '../processes/outcomes.js';
import { IllegalMove, type Process } from '../processes/process.js';
import {
  LeaseLost,
  StaleRevision,
  type ProcessReader,
  type ProcessStore,
  type Settlement,
} from '../processes/process.store.js';
import { retryAfterMs } from './retry-after.js';
import type { Circumstances } from './settle-start.js';
import type { Verdict } from './verdict.js';

export interface RecordParts {
  readonly store: ProcessStore;
  readonly reader: ProcessReader;
  readonly outcomes: Outcomes;
  readonly clock: Clock;
  readonly log: Log;
}

/** What came of an operation, and what follows from it for its process as it is by then. */
export interface Outcome {
  /** `null`: there was no attempt. */
  readonly verdict: Verdict<unknown> | null;
  settle(process: Process, now: Circumstances): Settlement;
}

/** A verdict must not be lost to a database that restarts; the lease goes on being renewed meanwhile. */
const repeatAfterMs = [100, 500, 1000, 2000, 5000, 10_000] as const;

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
  async of(claimed: Claimed, outcome: Outcome): Promise<Process | null> {
    let { process } = claimed;
    let stale: StaleRevision | null = null;
    let failures = 0;
    for (;;) {
      try {
        if (stale) process = await this.#newer(process, stale);
        stale = null;
        return await this.#write(claimed, outcome.settle(process, await this.#circumstances(claimed, outcome)));
      } catch (error) {
        if (error instanceof LeaseLost) {
          this.parts.log.warn('operation.lease-lost', { operationId: claimed.operation.id });
          return null;
        }
        if (error instanceof StaleRevision && error !== stale) {
          stale = error;
          continue;
        }
        const pauseMs = repeatAfterMs[failures];
        if (error === stale || error instanceof IllegalMove || pauseMs === undefined) throw error;
        failures += 1;
        await this.pause(pauseMs);
      }
    }
  }

  async #write({ operation }: Claimed, settlement: Settlement): Promise<Process> {
    const after = await this.parts.store.settle(settlement);
    const answer = settlement.answer && { ...settlement.answer, progress: after };
    this.parts.outcomes.tell(operation.id, { process: after, state: settlement.operation.state, answer });
    return after;
  }

  /** Stops are asked for after the process was read: one that comes in between changes its revision. */
  async #circumstances({ operation }: Claimed, { verdict }: Outcome): Promise<Circumstances> {
    const open = verdict?.is === 'again' ? await this.parts.reader.openOperations(operation.processId) : [];
    const stops = open.filter(({ kind }) => kind === 'terminate' || kind === 'kill');
    return { at: this.parts.clock.now(), stops, retryAfterMs: retryAfterMs(operation.attempts) };
  }

  /** The process as it is now, to decide on it anew; where that is no other one, deciding anew would never end. */
  async #newer(process: Process, error: StaleRevision): Promise<Process> {
    const newer = await this.parts.reader.find(process.id);
    if (!newer || newer.revision === process.revision) throw error;
    return newer;
  }
}
