import type { Log } from '../lib/log.js';
import { Busy, PlatformError } from '../platforms/platform.errors.js';
import { isOvertaken, signInOnce } from './ask-signed-in.js';
import type { KeepAliveStore, KeepAliveTerms } from './keep-alive.store.js';
import type { Portal, Portals } from './portals.js';

const roundMs = 3_600_000;
/** Replicas that start together need not all look at once. */
const firstRoundMs = 60_000;
const renewLimitMs = 20_000;

/** Before the first warning, so that a warning means that renewing has failed or may not be tried. */
const terms: KeepAliveTerms = { days: 35, lastTryDays: 7 };
/** Contract §6, `connection.expiring`. */
const warnings: readonly number[] = [30, 7, 1];

export interface KeepAliveParts {
  readonly store: KeepAliveStore;
  readonly portals: Pick<Portals, 'of' | 'mark' | 'failed'>;
  readonly log: Log;
  readonly random?: () => number;
}

/** Renews credentials that nobody has used for so long that they would end, and tells of those that end all the same. */
export class KeepAlive {
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | null = null;

  constructor(private readonly parts: KeepAliveParts) {}

  begin(): void {
    const { random = Math.random } = this.parts;
    this.#later(firstRoundMs * (1 + random()));
  }

  async end(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#round;
    clearTimeout(this.#timer);
  }

  /** Renews what is due, then warns of what is left. */
  async round(): Promise<void> {
    const { store, log } = this.parts;
    for (let key = await store.claim(terms); key !== null; key = await store.claim(terms)) await this.#renew(key);
    for (let one = await store.warn(warnings); one; one = await store.warn(warnings)) {
      const { connectionKey: connection, days, endsAt } = one;
      log.warn('connection.expiring', { connection, days, endsAt });
    }
  }

  #later(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#round = this.#logged().finally(() => {
        this.#round = null;
        this.#later(roundMs);
      });
    }, ms);
    this.#timer.unref();
  }

  async #logged(): Promise<void> {
    try {
      await this.round();
    } catch (error) {
      this.parts.log.error('keep-alive.failed', { error });
    }
  }

  async #renew(key: string): Promise<void> {
    const { portals, log } = this.parts;
    const portal = await portals.of(key);
    if (!portal?.platform.signIn) return;
    try {
      await signInOnce(portal.platform, { signal: AbortSignal.timeout(renewLimitMs) });
      log.info('connection.kept-alive', { connection: key });
    } catch (error) {
      // Somebody needed it at this moment, and was first.
      if (isOvertaken(error)) return;
      if (!(error instanceof PlatformError)) throw error;
      await this.#failed(portal, error);
    }
  }

  async #failed({ connection: { key } }: Portal, error: PlatformError): Promise<void> {
    const { portals, log } = this.parts;
    log.warn('connection.not-kept-alive', { connection: key, message: error.message });
    portals.failed(key, error);
    const isRefused = error instanceof Busy && error.because === 'credentials';
    if (isRefused) await portals.mark(key, 'reauthorization_required', error.message);
  }
}
