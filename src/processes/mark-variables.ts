import { hidden } from './hidden.js';
import type { SealedValues } from './sealed-values.js';
import {
  MarkingUnfinished,
  type MarkedVariables,
  type SensitiveStore,
  type UnmarkedProcess,
} from './sensitive.store.js';
import type { SensitiveVariables } from './sensitive-variables.js';

/** How often what moves meanwhile is read again. */
const mostRounds = 20;

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
   * @throws MarkingUnfinished  starts are sealed from now on, and some of what was stored before is not yet
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
    // What moved while it was sealed is still unmarked, and is read again.
    for (let rounds = 1; rounds <= mostRounds; rounds += 1) {
      const round = await this.#round(marked);
      count += round.sealed;
      if (round.moved === 0) return count;
    }
    throw new MarkingUnfinished();
  }

  async #round(marked: MarkedVariables): Promise<{ readonly sealed: number; readonly moved: number }> {
    let [sealed, moved] = [0, 0];
    for (let after: string | null = null; ;) {
      const some: readonly UnmarkedProcess[] = await this.store.unmarked(marked, after);
      for (const process of some) {
        if (await this.#seal(process, marked.names)) sealed += 1;
        else moved += 1;
      }
      after = some.at(-1)?.id ?? null;
      if (after === null) return { sealed, moved };
    }
  }

  async #seal(process: UnmarkedProcess, marked: readonly string[]): Promise<boolean> {
    const names = [...new Set([...(process.sensitive ?? []), ...marked])];
    const values = this.sealed.open(process);
    const kept = this.sealed.kept(process.id, values, names, process.variables);
    // Before, since whoever is cut short finds only what is unmarked again; and after, since somebody may have come between.
    await this.#sealBeside(process.id, names);
    const isWritten = await this.store.rewrite(process, {
      variables: kept.variables,
      closedVariables: hidden(process.closedVariables, names),
      result: hidden(process.result, names),
      sensitive: names,
      sealedVariables: kept.sealedVariables ?? null,
    });
    if (isWritten) await this.#sealBeside(process.id, names);
    return isWritten;
  }

  async #sealBeside(processId: string, names: readonly string[]): Promise<void> {
    await this.store.hideResults(processId, names);
    for (const { id, input } of await this.store.inputsOf(processId)) {
      const sealed = this.sealed.keptInput(id, input, names);
      if (sealed.sealedInput) await this.store.sealInput(id, sealed.input, sealed.sealedInput);
    }
  }
}
