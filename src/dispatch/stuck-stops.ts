import type { Log } from '../lib/log.js';
import { touched } from '../processes/change.js';
import { incident } from '../processes/incident.js';
import type { LostStore } from '../processes/lost.store.js';
import { StaleRevision, type ProcessStore } from '../processes/process.store.js';

/** How long a run may be stopping before a person has to know; contract §4. */
const stuckAfterSeconds = 600;
const atOnce = 100;

/** Tells a person of stops that do not come to an end. */
export class StuckStops {
  constructor(
    private readonly store: Pick<ProcessStore, 'observe'>,
    private readonly lost: Pick<LostStore, 'stuckStops'>,
    private readonly log: Log,
    private readonly afterSeconds = stuckAfterSeconds,
  ) {}

  async find(): Promise<void> {
    for (const process of await this.lost.stuckStops(this.afterSeconds, atOnce)) {
      try {
        await this.store.observe(touched(process, { opens: [incident('stop-stuck')] }));
        this.log.warn('incident.opened', { kind: 'stop-stuck', processId: process.id, connection: process.connection });
      } catch (error) {
        // It has moved meanwhile, and is stuck no more or found again.
        if (!(error instanceof StaleRevision)) throw error;
      }
    }
  }
}
