import type { Log } from '../lib/log.js';

/** What is done in the background: nothing of it fails silently, and it can be waited for. */
export class UnderWay {
  readonly #works = new Set<Promise<void>>();

  constructor(private readonly log: Log) {}

  /** Whatever fails here is tried again by the rows; it must only not be silent, nor end the process. */
  watch(work: Promise<void>): void {
    const watched = this.logged(work).finally(() => this.#works.delete(watched));
    this.#works.add(watched);
  }

  async logged(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.log.error('dispatch.failed', { error });
    }
  }

  async rest(): Promise<void> {
    while (this.#works.size > 0) await Promise.all(this.#works);
  }
}
