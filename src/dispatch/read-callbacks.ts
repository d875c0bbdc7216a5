import type { CallbackStore, DueCallback } from '../connections/callback.store.js';
import type { Portals } from '../connections/portals.js';
import type { Log } from '../lib/log.js';
import { PlatformError } from '../platforms/platform.errors.js';
import type { Process } from '../processes/process.js';
import type { ProcessReader } from '../processes/process.store.js';

const tickMs = 1000;
const atOnce = 50;
/** After these the run is left to its turn among all that are looked at. */
const againSeconds = [5, 15, 60, 300] as const;
const forgetAfterDays = 7;
const forgetEveryMs = 3_600_000;

export interface ReadCallbacksParts {
  readonly callbacks: Pick<CallbackStore, 'take' | 'handled' | 'postpone' | 'forget'>;
  readonly portals: Portals;
  readonly reader: Pick<ProcessReader, 'find'>;
  /** Looks at a run and writes what is seen. @throws PlatformError */
  look(process: Process): Promise<unknown>;
  /** How long a replica may take over one before another one does it again, which is harmless. */
  readonly leaseSeconds: number;
  readonly log: Log;
}

/**
 * Looks into what portals told by themselves, on whichever replica comes first. A callback proves nothing of a run, so the
 * run is looked at; at the address of its connection, never at one that a callback names.
 */
export class ReadCallbacks {
  #timer: NodeJS.Timeout | null = null;
  #round: Promise<void> | null = null;
  #again = false;
  #forgotAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly parts: ReadCallbacksParts) {}

  begin(): void {
    this.#timer = setInterval(() => this.wake(), tickMs);
  }

  /** Ends after the looks that are out. */
  async end(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.#again = false;
    await this.#round;
  }

  /** Something was told just now. */
  wake(): void {
    if (this.#timer === null) return;
    this.#again = true;
    this.#round ??= this.#read()
      .catch((error: unknown) => this.parts.log.error('callbacks.failed', { error }))
      .finally(() => (this.#round = null));
  }

  async #read(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      const taken = await this.parts.callbacks.take(atOnce, this.parts.leaseSeconds);
      await Promise.all(taken.map((one) => this.#readOne(one)));
      if (taken.length === atOnce) this.#again = true;
    }
    await this.#forget();
  }

  async #readOne(callback: DueCallback): Promise<void> {
    const { callbacks, log } = this.parts;
    try {
      await (callback.kind === 'run' ? this.#lookAt(callback) : this.#note(callback));
      await callbacks.handled(callback.id);
    } catch (error) {
      if (!(error instanceof PlatformError)) {
        // Of anything else it is due again when its lease is over.
        log.error('callback.failed', { connection: callback.connection, error });
        return;
      }
      const seconds = againSeconds[callback.tries - 1];
      await (seconds === undefined ? callbacks.handled(callback.id) : callbacks.postpone(callback.id, seconds));
    }
  }

  /** A run that is nobody's yet is found by its process's own look once that is known. */
  async #lookAt({ processId }: Extract<DueCallback, { kind: 'run' }>): Promise<void> {
    const process = processId === null ? null : await this.parts.reader.find(processId);
    if (process) await this.parts.look(process);
  }

  async #note({ connection, change, message }: Extract<DueCallback, { kind: 'access' }>): Promise<void> {
    const { portals, log } = this.parts;
    log.warn(`connection.access-${change}`, { connection, message });
    if (change !== 'gone') return;
    // The condition of a connection is known of those alone whose adapter is open.
    await portals.of(connection);
    await portals.mark(connection, 'reauthorization_required', message);
  }

  async #forget(): Promise<void> {
    if (performance.now() - this.#forgotAtMs < forgetEveryMs) return;
    this.#forgotAtMs = performance.now();
    await this.parts.callbacks.forget(forgetAfterDays);
  }
}
