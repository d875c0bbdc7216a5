import { setTimeout as passed } from 'node:timers/promises';

/** For so long an answer of the database counts for the looks after it. */
const freshMs = 1000;
/** For so long one that answered before may be late: slow is not gone. Who looks is not kept waiting meanwhile. */
const longestMs = 5000;
const waitMs = { ofOneThatAnswered: 250, else: 1000 } as const;

/** Whether this replica should be given requests. */
export class Readiness {
  #isStopping = false;
  #answeredAtMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<boolean> | null = null;

  /**
   * @param databaseAnswers  false: it cannot; never throws, and may take long
   * @param now  milliseconds of a clock that only goes forward
   */
  constructor(
    private readonly databaseAnswers: () => Promise<boolean>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** From now on the door takes nothing new. */
  stop(): void {
    this.#isStopping = true;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  async look(): Promise<'ready' | 'stopping' | 'no-database'> {
    if (this.#isStopping) return 'stopping';
    if (this.#answeredWithin(freshMs)) return 'ready';
    const over = new AbortController();
    const wait = this.#answeredWithin(longestMs) ? waitMs.ofOneThatAnswered : waitMs.else;
    const late = passed(wait, null, { signal: over.signal }).catch(() => null);
    const answers = await Promise.race([this.#ask(), late]);
    over.abort('over');
    return (answers ?? this.#answeredWithin(longestMs)) ? 'ready' : 'no-database';
  }

  #answeredWithin(ms: number): boolean {
    return this.now() - this.#answeredAtMs < ms;
  }

  /** Once for all who look while it takes. */
  #ask(): Promise<boolean> {
    this.#asking ??= this.databaseAnswers()
      .then((answers) => {
        this.#answeredAtMs = answers ? this.now() : Number.NEGATIVE_INFINITY;
        return answers;
      })
      .finally(() => (this.#asking = null));
    return this.#asking;
  }
}
