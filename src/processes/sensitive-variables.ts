import type { SensitiveStore } from './sensitive.store.js';

/** How old the marks may be; of newer ones the store of processes tells by refusing. */
const freshMs = 5000;

type ByPlace = ReadonlyMap<string, readonly string[]>;

/** Which variables are shown to nobody, as far as it must be known before a start is accepted. */
export class SensitiveVariables {
  #marked: { readonly byPlace: ByPlace; readonly atMs: number } | null = null;
  #reading: Promise<ByPlace> | null = null;
  #generation = 0;

  /** @param now  milliseconds of a clock that only goes forward */
  constructor(
    private readonly store: Pick<SensitiveStore, 'all'>,
    private readonly now: () => number,
  ) {}

  /** The names that are marked; empty: none. */
  async of(connection: string, definition: string): Promise<readonly string[]> {
    const byPlace = this.#fresh() ?? (await (this.#reading ??= this.#read().finally(() => (this.#reading = null))));
    return byPlace.get(JSON.stringify([connection, definition])) ?? [];
  }

  /** What is known of the marks is old. */
  changed(): void {
    this.#marked = null;
    this.#reading = null;
    this.#generation += 1;
  }

  #fresh(): ByPlace | null {
    return this.#marked && this.now() - this.#marked.atMs < freshMs ? this.#marked.byPlace : null;
  }

  async #read(): Promise<ByPlace> {
    const generation = this.#generation;
    const atMs = this.now();
    const all = await this.store.all();
    const byPlace: ByPlace = new Map(
      all.map(({ connection, definition, names }) => [JSON.stringify([connection, definition]), names] as const),
    );
    // Marks that came meanwhile may not be in it.
    if (generation === this.#generation) this.#marked = { byPlace, atMs };
    return byPlace;
  }
}
