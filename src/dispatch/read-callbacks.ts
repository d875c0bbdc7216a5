import type { CallbackStore, DueCallback } from '../connections/callback.store.js';
import type { Portals } from '../connections/portals.js';
import { KnownError } from '../lib/known-error.js';
import type { Log } from '../lib/log.js';
import { PlatformError } from '../platforms/platform.errors.js';
import type { Process } from '../processes/process.js';
import type { ProcessReader } from '../processes/process.reader.js';

const tickMs = 1000;
/** Of one connection. */
const atOnce = 10;
/** After these the run is left to its turn among all that are looked at. */
const againSeconds = [5, 15, 60, 300] as const;
const forgetAfterDays = 30;
const forgetEveryMs = 3_600_000;

export interface ReadCallbacksParts {
  readonly callbacks: Pick<CallbackStore, 'take' | 'handled' | 'postpone' | 'forget'>;
  readonly portals: Portals;
  readonly reader: Pick<ProcessReader, 'find'>;
  /** Looks at a run and writes what is seen. @throws PlatformError */
  look(process: Process): Promise<unknown>;
  /** Registers anew at the portal what an installation has dropped; safe to repeat. @throws KnownError */
  registerAnew(connectionKey: string): Promise<unknown>;
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
  #taking: Promise<void> | null = null;
  #again = false;
  /** What is out, by connection: a slow portal keeps no other one waiting. */
  readonly #rounds = new Map<string, Promise<void>>();
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
    await this.#taking;
    await Promise.all(this.#rounds.values());
  }

  /** Something was told just now. */
  wake(): void {
    if (this.#timer === null) return;
    this.#again = true;
    this.#taking ??= this.#take()
      .catch((error: unknown) => this.parts.log.error('callbacks.failed', { error }))
      .finally(() => (this.#taking = null));
  }

  async #take(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      const { callbacks, leaseSeconds } = this.parts;
      const taken = await callbacks.take({ atOnce, leaseSeconds, but: [...this.#rounds.keys()] });
      for (const connection of new Set(taken.map((one) => one.connection))) {
        const mine = taken.filter((one) => one.connection === connection);
        this.#rounds.set(
          connection,
          this.#round(mine).finally(() => this.#rounds.delete(connection)),
        );
      }
    }
    await this.#forget();
  }

  /** Those of one connection; never throws. */
  async #round(callbacks: readonly DueCallback[]): Promise<void> {
    await Promise.all(callbacks.map((one) => this.#readOne(one)));
    if (callbacks.length === atOnce) this.wake();
  }

  async #readOne(callback: DueCallback): Promise<void> {
    const { callbacks, log } = this.parts;
    try {
      await (callback.kind === 'run' ? this.#lookAt(callback) : this.#note(callback));
      await callbacks.handled(callback.id);
    } catch (error) {
      // Of an error that we do not know it is due again when its lease is over.
      const isKnown = error instanceof PlatformError || error instanceof KnownError;
      const seconds = isKnown ? againSeconds[callback.tries - 1] : null;
      log.warn('callback.unanswered', { connection: callback.connection, kind: callback.kind, seconds, error });
      await this.#later(callback, seconds).catch((cause: unknown) => log.error('callback.failed', { error: cause }));
    }
  }

  /** @param seconds  absent: it was tried often enough; `null`: when its lease is over */
  async #later({ id }: DueCallback, seconds: number | undefined | null): Promise<void> {
    if (seconds === undefined) await this.parts.callbacks.handled(id);
    else if (seconds !== null) await this.parts.callbacks.postpone(id, seconds);
  }

  /** A run that is nobody's yet is found by its process's own look once that is known. */
  async #lookAt({ processId }: Extract<DueCallback, { kind: 'run' }>): Promise<void> {
    const process = processId === null ? null : await this.parts.reader.find(processId);
    if (process) await this.parts.look(process);
  }

  async #note({ connection, change, message }: Extract<DueCallback, { kind: 'access' }>): Promise<void> {
    const { portals, log } = this.parts;
    log.warn(`connection.access-${change}`, { connection, message });
    // An event of ours has arrived, so we had registered something there.
    if (change === 'renewed') return void (await this.parts.registerAnew(connection));
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
