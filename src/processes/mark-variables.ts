import { hidden } from './hidden.js';
import type { SealedValues } from './sealed-values.js';
import type { MarkedVariables, SensitiveStore, UnmarkedProcess } from './sensitive.store.js';
import type { SensitiveVariables } from './sensitive-variables.js';

/** Marks variables of a definition as shown to nobody. */
export class MarkVariables {
  constructor(
    private readonly sensitive: Pick<SensitiveVariables, 'changed'>,
    private readonly store: SensitiveStore,
    private readonly sealed: SealedValues,
  ) {}

  /**
   * Marks them from now on, on every replica: whoever accepts a start without knowing of it is refused. Then seals what was
   * stored before. Cut short in between, the same again goes on.
   *
   * @returns how many processes were sealed; `null`: there is no such connection
   */
  async mark(marked: MarkedVariables): Promise<number | null> {
    const isMarked = await this.store.mark(marked);
    this.sensitive.changed();
    if (!isMarked) return null;
    return marked.names.length === 0 ? 0 : this.#sealStored(marked);
  }

  async #sealStored(marked: MarkedVariables): Promise<number> {
    await this.store.olderOver();
    let count = 0;
    for (let after: string | null = null; ;) {
      const some: readonly UnmarkedProcess[] = await this.store.unmarked(marked, after);
      for (const process of some) count += (await this.#seal(process, marked.names)) ? 1 : 0;
      after = some.at(-1)?.id ?? null;
      if (after === null) return count;
    }
  }

  async #seal(process: UnmarkedProcess, marked: readonly string[]): Promise<boolean> {
    const names = [...new Set([...(process.sensitive ?? []), ...marked])];
    const values = this.sealed.open(process);
    const kept = this.sealed.kept(process.id, values, names, process.variables);
    const isWritten = await this.store.rewrite(process, {
      variables: kept.variables,
      closedVariables: hidden(process.closedVariables, names),
      result: hidden(process.result, names),
      sensitive: names,
      sealedVariables: kept.sealedVariables ?? null,
    });
    for (const { id, input } of isWritten ? await this.store.inputsOf(process.id) : []) {
      const sealed = this.sealed.keptInput(id, input, names);
      if (sealed.sealedInput) await this.store.sealInput(id, sealed.input, sealed.sealedInput);
    }
    return isWritten;
  }
}
