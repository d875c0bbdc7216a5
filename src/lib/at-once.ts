/** So much work at once and no more, for one who begins it; the first fault is thrown to them. */
export class AtOnce {
  #underWay = 0;
  #fault: { readonly error: unknown } | null = null;
  #waits: (() => void) | null = null;

  constructor(private readonly most: number) {}

  begin(work: Promise<unknown>): void {
    this.#underWay += 1;
    void this.#ended(work);
  }

  get isFull(): boolean {
    return this.#underWay >= this.most;
  }

  /** Resolves when there is room for one more. @throws the fault of what was begun */
  async room(): Promise<void> {
    await this.#until(() => !this.isFull);
  }

  /** Resolves when nothing is under way any more. @throws the fault of what was begun */
  async rest(): Promise<void> {
    await this.#until(() => this.#underWay === 0);
  }

  async #ended(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#fault ??= { error };
    }
    this.#underWay -= 1;
    this.#waits?.();
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        this.#waits = resolve;
      });
    }
    this.#waits = null;
    if (this.#fault) throw this.#fault.error;
  }
}
