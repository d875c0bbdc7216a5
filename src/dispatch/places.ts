import type { Portal } from '../connections/portals.js';
import type { Place } from '../processes/sender.js';

/** How many requests are out at each connection, so that none gets more than its `maxInFlight` from this replica. */
export class Places {
  readonly #taken = new Map<string, number>();

  /** Places that could be taken now. */
  free({ connection: { key, limits } }: Portal): number {
    return Math.max(0, limits.maxInFlight - (this.#taken.get(key) ?? 0));
  }

  /** A place, to be released once; `null`: none is free. */
  take(portal: Portal): Place | null {
    if (this.free(portal) === 0) return null;
    const { key } = portal.connection;
    this.#taken.set(key, (this.#taken.get(key) ?? 0) + 1);
    let released = false;
    return {
      release: () => {
        if (released) return;
        released = true;
        const left = (this.#taken.get(key) ?? 1) - 1;
        if (left === 0) this.#taken.delete(key);
        else this.#taken.set(key, left);
      },
    };
  }
}
