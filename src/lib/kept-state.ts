import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A value that survives a restart in one JSON file, replaced as a whole. For small states of simulated servers. */
export class KeptState<T> {
  readonly #file: string | null;
  readonly value: T;

  /** @param file  where it is kept; `null`: in memory only. A file that is missing or unreadable gives `initial`. */
  constructor(file: string | null, initial: T) {
    this.#file = file;
    this.value = file === null ? initial : readOr(file, initial);
  }

  /** Writes the value as it is now; the file is either the old one or the new one, never half of it. */
  save(): void {
    if (this.#file === null) return;
    mkdirSync(dirname(this.#file), { recursive: true });
    writeFileSync(`${this.#file}.new`, JSON.stringify(this.value));
    renameSync(`${this.#file}.new`, this.#file);
  }
}

function readOr<T>(file: string, initial: T): T {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only `save` writes this file
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return initial;
  }
}
