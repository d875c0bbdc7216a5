/** How often something was used in about the last second. */
export class RecentUse {
  #since = Number.NEGATIVE_INFINITY;
  #count = 0;
  #before = 0;

  /** @param now  milliseconds of a clock that only goes forward */
  constructor(private readonly now: () => number) {}

  count(): void {
    this.#turn();
    this.#count += 1;
  }

  get inLastSecond(): number {
    this.#turn();
    const part = (this.now() - this.#since) / 1000;
    return this.#count + this.#before * (1 - part);
  }

  #turn(): void {
    const ms = this.now() - this.#since;
    if (ms < 1000) return;
    this.#before = ms < 2000 ? this.#count : 0;
    this.#count = 0;
    this.#since = this.now();
  }
}
