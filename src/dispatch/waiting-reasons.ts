import type { Portals } from '../connections/portals.js';
import type { Clock } from '../lib/clock.js';
import type { Holds } from '../processes/hold.js';
import type { LostStore } from '../processes/lost.store.js';
import type { Process, WaitingFor } from '../processes/process.js';
import type { Gate } from './gate.js';

export interface WaitingReasonsParts {
  readonly holds: Pick<Holds, 'current'>;
  readonly portals: Pick<Portals, 'of'>;
  readonly lost: Pick<LostStore, 'laneHolder'>;
  readonly gate: Pick<Gate, 'wouldKeep'>;
  readonly clock: Clock;
}

/** Says why a queued start is not going on at this moment; what its row says is from when it began to wait. */
export class WaitingReasons {
  constructor(private readonly parts: WaitingReasonsParts) {}

  /** The process with its reason as of now. */
  async shown(process: Process): Promise<Process> {
    return process.state === 'queued' ? { ...process, waitingFor: await this.#of(process) } : process;
  }

  async #of(process: Process): Promise<WaitingFor | null> {
    const { holds, portals, lost, gate, clock } = this.parts;
    if (await holds.current()) return { reason: 'restored' };
    const holder = await lost.laneHolder(process);
    if (holder) return holder;
    const portal = await portals.of(process.connection);
    const { waitingFor } = process;
    // A try that was put off by the schedule is this start's own reason; the rest is its portal's.
    const isPutOff = waitingFor?.until !== undefined && waitingFor.until > clock.now();
    if (waitingFor?.reason === 'retry' && isPutOff) return waitingFor;
    return (portal && gate.wouldKeep(portal, process.definition)) ?? { reason: 'capacity' };
  }
}
