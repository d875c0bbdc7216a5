import type { Log } from './log.js';

interface Step {
  readonly name: string;
  readonly close: () => Promise<unknown>;
}

/** What was opened, to be closed in the opposite order; whoever opens says at that line how it closes. */
export class Closing {
  readonly #steps: Step[] = [];

  constructor(private readonly log: Log) {}

  add(name: string, close: () => Promise<unknown>): void {
    this.#steps.push({ name, close });
  }

  /** Closes everything, the last first. One that fails is logged and keeps none of the others open. */
  async closeAll(): Promise<void> {
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        await step.close();
      } catch (error) {
        this.log.error('stop.failed', { part: step.name, error });
      }
    }
  }
}
