/** What was found, and how old it may be. */
export interface Aged<Found> {
  readonly found: Found;
  /** It was so at most as many seconds ago; `null`: it is so now. */
  readonly ageSeconds: number | null;
}

/** How well a copy follows its source. */
export interface Following {
  /** How old what is read from the copy is at most, in seconds; `null`: it is not to be read. */
  ageSeconds(): number | null;
  /** A read from it failed, and is made from the source instead. */
  failed(error: unknown): void;
}

/** A source that follows another one. */
export interface Copy<Source> {
  readonly source: Source;
  readonly following: Following;
}

/** Reads that nothing is decided by: from a copy while it follows closely, else from the source itself. */
export class AgedReads<Source> {
  /** @param copy  `null`: there is none */
  constructor(
    private readonly source: Source,
    private readonly copy: Copy<Source> | null,
  ) {}

  /** @param reaches  whether a copy has come far enough for this question */
  async read<Found>(
    ask: (source: Source) => Promise<Found>,
    reaches: (copy: Source) => Promise<boolean> = async () => true,
  ): Promise<Aged<Found>> {
    const ageSeconds = this.copy?.following.ageSeconds() ?? null;
    if (this.copy === null || ageSeconds === null) return this.#now(ask);
    const { source, following } = this.copy;
    try {
      if (await reaches(source)) return { found: await ask(source), ageSeconds };
    } catch (error) {
      following.failed(error);
    }
    return this.#now(ask);
  }

  async #now<Found>(ask: (source: Source) => Promise<Found>): Promise<Aged<Found>> {
    return { found: await ask(this.source), ageSeconds: null };
  }
}
