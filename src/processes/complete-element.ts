import type { Portals } from '../connections/portals.js';
import type { JsonObject } from '../lib/json.js';
import type { CommandDesk, CommandOnProcess, Plan } from './command-desk.js';
import type { Process } from './process.js';
import { NotFound, ProcessClosed, RunUnknown, Unsupported } from './process.errors.js';
import type { ProcessReader } from './process.reader.js';
import { categoryOf } from './process-state.js';
import type { Commanded } from './start-command.js';

export interface CompleteElementCommand extends CommandOnProcess {
  /** Ours, as `GET …/elements` lists it. */
  readonly elementId: string;
  readonly variables: JsonObject | null;
}

/** Accepts commands to complete an element that waits inside a run. */
export class CompleteElement {
  constructor(
    private readonly desk: CommandDesk,
    private readonly reader: ProcessReader,
    private readonly portals: Portals,
  ) {}

  /** @throws NotFound, KeyReused, Unsupported, RunUnknown, ProcessClosed: nothing was accepted */
  complete(command: CompleteElementCommand): Promise<Commanded> {
    return this.desk.take(command, (process) => this.#plan(command, process));
  }

  async #plan({ elementId, variables }: CompleteElementCommand, process: Process): Promise<Plan> {
    if (categoryOf[process.state] === 'closed') throw new ProcessClosed(process);
    if (process.nativeId === null) throw new RunUnknown(process.id);
    const portal = await this.portals.of(process.connection);
    if (!portal?.platform.completeElement) {
      const note = portal?.kind.notes.complete_element ?? '';
      throw new Unsupported(`This platform has no elements that a caller could complete. ${note}`.trim());
    }
    const nativeElementId = await this.reader.nativeElementId(process.id, elementId);
    if (nativeElementId === null) throw new NotFound(`element ${elementId} in process ${process.id}`);
    return {
      kind: 'complete_element',
      input: { elementId, nativeElementId, variables },
      after: process,
      data: {},
      takesBack: null,
    };
  }
}
