/** Whether this replica should be given requests. */
export class Readiness {
  #isStopping = false;

  /** @param databaseAnswers  asked on every look; false: not within a second */
  constructor(private readonly databaseAnswers: () => Promise<boolean>) {}

  /** From now on the door takes nothing new. */
  stop(): void {
    this.#isStopping = true;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  async look(): Promise<'ready' | 'stopping' | 'no-database'> {
    if (this.#isStopping) return 'stopping';
    return (await this.databaseAnswers()) ? 'ready' : 'no-database';
  }
}
