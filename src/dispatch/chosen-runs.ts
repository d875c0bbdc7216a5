import type { Portals } from '../connections/portals.js';
import type { RunIds } from '../connections/run-ids.js';
import type { Process } from '../processes/process.js';
import { orderOf } from '../processes/order.js';

/** The run ids that the gateway chose, where portals keep them. */
export class ChosenRuns {
  constructor(
    private readonly portals: Portals,
    private readonly runIds: Pick<RunIds, 'of'>,
  ) {}

  /** The id that the run of a start has, however often it is sent; `null`: none was chosen. */
  async idOf(process: Process): Promise<string | null> {
    const portal = await this.portals.of(process.connection);
    return portal?.platform.chosenIdOf?.(orderOf(process)) ?? null;
  }

  /** Whether a portal keeps chosen ids now, so that it does not run the same start twice. */
  async areKept(connection: string): Promise<boolean> {
    return (await this.runIds.of(connection)).state === 'kept';
  }
}
