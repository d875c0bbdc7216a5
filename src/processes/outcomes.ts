import type { FinalAnswer } from './idempotency.js';
import type { OperationState } from './operation.js';
import type { Process } from './process.js';
import { categoryOf } from './process-state.js';
import type { ProcessReader } from './process.reader.js';
import type { ProcessWatch } from './process-watch.js';

/** How a command stands. */
export interface OperationOutcome {
  readonly process: Process;
  readonly state: OperationState;
  /** `null`: nothing final yet. */
  readonly answer: FinalAnswer | null;
}

/** A command whose outcome somebody may wait for. */
export interface Awaited {
  readonly operationId: string;
  readonly processId: string;
  readonly clientId: string;
  readonly key: string;
}

/**
 * Waiting for the outcome of a command. What this replica settles is told at once; what another settles is seen by the
 * watch over processes, which asks for all that wait in one statement.
 */
export class Outcomes {
  readonly #waiting = new Map<string, Set<(outcome: OperationOutcome | null) => void>>();
  #ended = false;

  constructor(
    private readonly reader: ProcessReader,
    private readonly watch: Pick<ProcessWatch, 'changed' | 'watched'>,
  ) {}

  /** Holds nobody any longer: whoever waits is told how things stand, also from now on. */
  end(): void {
    this.#ended = true;
    for (const listeners of this.#waiting.values()) for (const told of listeners) told(null);
  }

  /** Tells those who wait here. */
  tell(operationId: string, outcome: OperationOutcome): void {
    for (const told of this.#waiting.get(operationId) ?? []) told(outcome);
    this.watch.changed(outcome.process.id);
  }

  /**
   * How a command stands once there is a last word, or nothing more to wait for (its answer was lost), or `waitMs`
   * is over.
   *
   * @param known  how it stood when the caller last looked; `null`: look first
   */
  async of(awaited: Awaited, known: OperationOutcome | null, waitMs: number): Promise<OperationOutcome> {
    const deadline = performance.now() + waitMs;
    let last = known ?? (await this.#look(awaited));
    while (!isOver(last)) {
      if (performance.now() >= deadline || this.#ended) return last;
      const told = await this.#told(awaited.operationId, last.process, deadline);
      last = told ?? (await this.#look(awaited));
    }
    return last;
  }

  /** What is told of an operation; `null`: look, or the time is over. */
  #told(operationId: string, process: Process, untilMs: number): Promise<OperationOutcome | null> {
    const listeners = this.#waiting.get(operationId) ?? new Set();
    this.#waiting.set(operationId, listeners);
    return new Promise((resolve) => {
      const told = (outcome: OperationOutcome | null): void => {
        listeners.delete(told);
        if (listeners.size === 0 && this.#waiting.get(operationId) === listeners) this.#waiting.delete(operationId);
        resolve(outcome);
        unwatch(false);
      };
      listeners.add(told);
      const unwatch = this.watch.watched(process, untilMs, () => told(null));
    });
  }

  async #look({ operationId, processId, clientId, key }: Awaited): Promise<OperationOutcome> {
    const [operation, process] = await Promise.all([this.reader.operation(operationId), this.reader.find(processId)]);
    if (!operation || !process) throw new Error(`Operation ${operationId} of process ${processId} is gone`);
    // Afterwards: a process that is seen closed has its answers, which were written in the same commit.
    const remembered = await this.reader.remembered(clientId, key);
    return { process, state: operation.state, answer: remembered?.answer ?? null };
  }
}

// A stop that the platform takes its time over is done when the run is.
function isOver({ state, answer, process }: OperationOutcome): boolean {
  return answer !== null || state === 'unknown' || (state === 'done' && categoryOf[process.state] === 'closed');
}
