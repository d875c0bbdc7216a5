import { askSignedIn } from '../connections/ask-signed-in.js';
import type { Portals } from '../connections/portals.js';
import { Refused } from '../platforms/platform.errors.js';
import type { ElementLogs } from '../processes/log-element.js';
import type { Process } from '../processes/process.js';
import { NotFound, Unsupported } from '../processes/process.errors.js';

const callSeconds = 20;

/** Has the platform write into the log of an element; a run that turns out to have ended is looked at. */
export class WriteElementLog implements ElementLogs {
  readonly callSeconds = callSeconds;

  constructor(
    private readonly portals: Portals,
    private readonly lookSoon: (process: Process) => void,
  ) {}

  async write(process: Process, nativeElementId: string, message: string): Promise<void> {
    const portal = await this.portals.of(process.connection);
    if (!portal) throw new NotFound(`connection "${process.connection}"`);
    if (!portal.platform.logElement) throw new Unsupported(`${portal.kind.name} keeps no log of an element.`);
    // Only where the session was void is it said again: nothing was written then.
    const write = askSignedIn(
      this.portals,
      portal,
      async (platform, call) => platform.logElement?.(nativeElementId, message, call),
      { signal: AbortSignal.timeout(callSeconds * 1000), mayWrite: () => true },
    );
    try {
      await write;
    } catch (error) {
      if (error instanceof Refused && error.because === 'not_found') this.lookSoon(process);
      throw error;
    }
  }
}
