interface Waiting<Row> {
  readonly row: Row;
  resolve(): void;
  reject(error: unknown): void;
}

const atOnce = 2;

/** Writes what waits by then in one statement. */
export class Shared<Row> {
  #waiting: Waiting<Row>[] = [];
  #running = 0;

  constructor(private readonly write: (rows: readonly Row[]) => Promise<unknown>) {}

  add(row: Row): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ row, resolve, reject });
      setImmediate(() => this.#next());
    });
  }

  #next(): void {
    if (this.#running >= atOnce || this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#running += 1;
    this.write(waiting.map(({ row }) => row))
      .then(
        () => waiting.forEach((one) => one.resolve()),
        (error: unknown) => waiting.forEach((one) => one.reject(error)),
      )
      .finally(() => {
        this.#running -= 1;
        this.#next();
      });
  }
}
