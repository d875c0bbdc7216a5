import type { Log } from '../lib/log.js';
import { touched } from '../processes/change.js';
import { incident } from '../processes/incident.js';
import type { LostStore } from '../processes/lost.store.js';
import { StaleRevision, type ProcessStore } from '../processes/process.store.js';

/** How long a run may be stopping before a person has to know; contract §4. */
const stuckAfterSeconds = 600;
/** Those that a person was told of are still stuck, and passed over each time. */
const everyMs = 5000;
const atOnce = 100;

/** Tells a person of stops that do not come to an end. */
export class StuckStops {
  /** By the monotonic clock. */
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly store: Pick<ProcessStore, 'observe'>,
    private readonly lost: Pick<LostStore, 'stuckStops'>,
    private readonly log: Log,
    private readonly afterSeconds = stuckAfterSeconds,
  ) {}

  /** Costs nothing where it was done a moment ago. */
  async find(): Promise<void> {
    if (performance.now() - this.#lookedAtMs < everyMs) return;
    this.#lookedAtMs = performance.now();
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
