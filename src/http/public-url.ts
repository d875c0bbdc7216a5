/** Where callers reach this gateway; absolute links are made with it. */
export class PublicUrl {
  #base: string;

  /** @param base  without a trailing slash, e.g. `https://bpm.example.com` */
  constructor(base: string) {
    this.#base = base;
  }

  /** The listen address is known only once the door is open; nothing is answered before. */
  set(base: string): void {
    this.#base = base;
  }

  get base(): string {
    return this.#base;
  }

  /** Lower case, without port, e.g. `bpm.example.com`. */
  get hostname(): string {
    return new URL(this.#base).hostname;
  }

  /** An absolute link, e.g. `of('/v1/processes/…')`. */
  of(path: string): string {
    return this.#base + path;
  }
}
