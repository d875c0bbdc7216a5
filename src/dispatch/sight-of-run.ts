import { askSignedIn } from '../connections/ask-signed-in.js';
import type { Portals } from '../connections/portals.js';
import { valueFault } from '../lib/fault.js';
import { liveReadErrorOf } from '../platforms/live-read.errors.js';
import { PlatformError } from '../platforms/platform.errors.js';
import type { Observation, Run } from '../platforms/run.js';
import type { Process } from '../processes/process.js';
import { Invalid, NotFound } from '../processes/process.errors.js';

const readTimeoutMs = 20_000;

/** Looks at a run that somebody names for a process. */
export class SightOfRun {
  constructor(private readonly portals: Portals) {}

  /**
   * How the run stands; `null`: it is not listed, by a platform that keeps no word of what has ended.
   *
   * @throws Invalid        the platform, which keeps what has ended, knows no such run
   * @throws LiveReadError  it cannot be asked
   */
  async of({ connection, definition }: Process, nativeId: string): Promise<Run | null> {
    const portal = await this.portals.of(connection);
    if (!portal) throw new NotFound(`connection "${connection}"`);
    const seen = await this.#asked(portal, { nativeId, definition });
    if (seen?.seen) return seen;
    if (!portal.kind.tells?.includes('completed')) return null;
    throw new Invalid([
      valueFault('/nativeId', 'unknown', `${portal.kind.name} knows no run "${nativeId}"; name one that it shows.`),
    ]);
  }

  async #asked(
    portal: NonNullable<Awaited<ReturnType<Portals['of']>>>,
    run: { readonly nativeId: string; readonly definition: string },
  ): Promise<Observation | undefined> {
    const call = { signal: AbortSignal.timeout(readTimeoutMs) };
    try {
      const seen = await askSignedIn(this.portals, portal, (platform, given) => platform.observe([run], given), call);
      return seen.get(run.nativeId);
    } catch (error) {
      throw error instanceof PlatformError ? liveReadErrorOf(error) : error;
    }
  }
}
