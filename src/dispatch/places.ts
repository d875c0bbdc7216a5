import type { Portal } from '../connections/portals.js';
import type { Place } from '../processes/sender.js';

/** Places that could be taken now; those of starts are among those of commands. */
export interface FreePlaces {
  readonly starts: number;
  readonly commands: number;
}

interface Taken {
  readonly all: number;
  readonly starts: number;
}

const none: Taken = { all: 0, starts: 0 };

/**
 * How many requests are out at each connection, so that none gets more than its `maxInFlight` from this replica. Starts
 * leave a tenth of them, at least one, to commands, so that a stop finds a place while every start hangs.
 */
export class Places {
  readonly #taken = new Map<string, Taken>();

  free({ connection: { key, limits }, platform: { requestsAtOnce = Infinity } }: Portal): FreePlaces {
    const { all, starts } = this.#taken.get(key) ?? none;
    const commands = Math.max(0, limits.maxInFlight - all);
    const mostStarts = Math.min(placesOfStarts(limits.maxInFlight), requestsAtOnce);
    return { commands, starts: Math.max(0, Math.min(commands, mostStarts - starts)) };
  }

  /** A place, to be released once; `null`: none is free. */
  take(portal: Portal, kind: 'start' | 'command'): Place | null {
    const free = this.free(portal);
    if ((kind === 'start' ? free.starts : free.commands) === 0) return null;
    const { key } = portal.connection;
    this.#change(key, kind, 1);
    let released = false;
    return {
      release: () => {
        if (released) return;
        released = true;
        this.#change(key, kind, -1);
      },
    };
  }

  /** How many are out at a connection. */
  out(connectionKey: string): number {
    return this.#taken.get(connectionKey)?.all ?? 0;
  }

  #change(key: string, kind: 'start' | 'command', by: 1 | -1): void {
    const { all, starts } = this.#taken.get(key) ?? none;
    if (all + by === 0) this.#taken.delete(key);
    else this.#taken.set(key, { all: all + by, starts: kind === 'start' ? starts + by : starts });
  }
}

function placesOfStarts(maxInFlight: number): number {
  return maxInFlight === 1 ? 1 : maxInFlight - Math.max(1, Math.floor(maxInFlight / 10));
}
