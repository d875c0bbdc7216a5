/** What is done in rounds. */
export interface RoundsOptions {
  /** From the end of one round to the next. */
  readonly everyMs: number;
  /** One round; it ends early where it is told to. */
  readonly round: (stopping: AbortSignal) => Promise<void>;
  readonly failed: (error: unknown) => void;
}

/** Does something again and again, the first time at once, one round at a time. */
export class Rounds {
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | null = null;

  constructor(private readonly options: RoundsOptions) {}

  begin(): void {
    this.#later(0);
  }

  /** Waits for the round that is under way. */
  async end(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }

  #later(ms: number): void {
    if (this.#stop.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#running = this.options
        .round(this.#stop.signal)
        .catch(this.options.failed)
        .then(() => this.#later(this.options.everyMs));
    }, ms);
    this.#timer.unref();
  }
}
