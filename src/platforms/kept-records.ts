import { appendFile } from 'node:fs/promises';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate as immediate } from 'node:timers/promises';

/** What a simulated portal keeps of one thing; the newest of each kind and key counts. */
export interface KeptRecord {
  readonly kind: string;
  readonly key: string;
}

/**
 * Records that survive a restart: each change is one line at the end of a file, which is written anew, without what was
 * overtaken, when it is opened.
 */
export class KeptRecords<T extends KeptRecord> {
  readonly #file: string | null;
  #unwritten: string[] = [];
  #writing: Promise<void> | null = null;

  /** What was there when it was opened, in the order in which the records were first put. */
  readonly found: readonly T[];

  /** @param file  where they are kept; `null`: nowhere. A line that cannot be read is left out. */
  constructor(file: string | null) {
    this.#file = file;
    this.found = file === null ? [] : this.#newestIn(file);
    if (file !== null) writeAnew(file, this.found);
  }

  /** Keeps a record as it is now. */
  put(record: T): void {
    if (this.#file !== null) this.#unwritten.push(`${JSON.stringify(record)}\n`);
  }

  /** Resolves when everything that was put is in the file; what came in one turn of the event loop is one writing. */
  async saved(): Promise<void> {
    while (this.#unwritten.length > 0 || this.#writing) await (this.#writing ??= this.#write());
  }

  #newestIn(file: string): readonly T[] {
    const newest = new Map<string, T>();
    for (const line of textOf(file).split('\n')) {
      try {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only `put` writes this file
        const record = JSON.parse(line) as T;
        newest.set(`${record.kind} ${record.key}`, record);
      } catch {
        // The last line of a process that was killed may be half.
      }
    }
    return [...newest.values()];
  }

  async #write(): Promise<void> {
    await immediate();
    const lines = this.#unwritten.join('');
    this.#unwritten = [];
    try {
      if (this.#file !== null) await appendFile(this.#file, lines);
    } finally {
      this.#writing = null;
    }
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function writeAnew(file: string, records: readonly KeptRecord[]): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  renameSync(`${file}.new`, file);
}
