import type { Portal, Portals } from '../connections/portals.js';
import type { Log } from '../lib/log.js';
import type { Claimed, Intended, Lease } from '../processes/operation.js';
import type { WaitingFor } from '../processes/process.js';
import type { ProcessStore } from '../processes/process.store.js';
import type { Place, Sender } from '../processes/sender.js';
import { Places } from './places.js';
import type { SendOperation } from './send-operation.js';

const pollMs = 500;
/** How many abandoned or expired operations one sweep takes up. */
const sweepAtOnce = 100;

/**
 * The engine of this replica. An accepted start that can go at once is handed over with its intent on disk; everything
 * else is claimed from the rows, which are the truth.
 */
export class Dispatcher implements Sender {
  readonly #places = new Places();
  readonly #held = new Map<string, Lease>();
  readonly #underWay = new Set<Promise<void>>();
  #timers: NodeJS.Timeout[] = [];
  #renewing: NodeJS.Timeout | undefined;
  #pumping: Promise<void> | null = null;
  #again = false;
  /** More may be due than places were free. */
  #more = false;
  #stopped = false;

  constructor(
    private readonly store: ProcessStore,
    private readonly portals: Portals,
    private readonly sending: SendOperation,
    private readonly leaseSeconds: number,
    private readonly log: Log,
  ) {}

  /** Begins to claim, to renew and to sweep. */
  begin(): void {
    this.#timers = [
      setInterval(() => this.wake(), pollMs),
      setInterval(() => this.#watch(this.#sweep()), Math.min(this.leaseSeconds * 1000, 5000) / 2),
    ];
    this.#renewing = setInterval(() => this.#watch(this.#renew()), (this.leaseSeconds * 1000) / 3);
    this.wake();
  }

  /** Ends: takes up nothing new and waits for what is out, at most `limitMs`. */
  async end(limitMs: number): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    await Promise.race([this.#rest(), limit]);
    clearTimeout(timer);
    // Until here what is out was still ours.
    clearInterval(this.#renewing);
  }

  reserve(portal: Portal): Place | WaitingFor {
    const held = holdOf(portal);
    if (held) return held;
    if (this.#stopped) return { reason: 'capacity' };
    // A sign-in of its own comes before the intent.
    if (portal.platform.signedIn && !portal.platform.signedIn()) return { reason: 'capacity' };
    const place = this.#places.take(portal);
    if (place) return place;
    this.#more = true;
    return { reason: 'capacity' };
  }

  send(intended: Intended, place: Place): void {
    this.#work(intended, place, () => this.sending.intended(intended));
  }

  wake(): void {
    if (this.#stopped) return;
    if (this.#pumping) {
      this.#again = true;
      return;
    }
    this.#pumping = this.#pump().finally(() => {
      this.#pumping = null;
      if (this.#again) this.wake();
    });
    this.#watch(this.#pumping);
  }

  async #pump(): Promise<void> {
    do {
      this.#again = false;
      this.#more = false;
      const portals = (await this.portals.all()).filter((portal) => holdOf(portal) === null);
      const free = new Map(portals.map((portal) => [portal.connection.key, this.#places.free(portal)]));
      for (const [key, slots] of free) {
        if (slots > 0) continue;
        free.delete(key);
        this.#more = true;
      }
      if (free.size === 0) return;
      const claimed = await this.store.claim(free, this.leaseSeconds);
      for (const one of claimed) {
        const slots = (free.get(one.operation.connection) ?? 0) - 1;
        free.set(one.operation.connection, slots);
        if (slots === 0) this.#more = true;
        const portal = portals.find(({ connection }) => connection.key === one.operation.connection);
        const place = portal && this.#places.take(portal);
        if (place) this.#work(one, place, () => this.sending.claimed(one));
        else this.#giveBack(one);
      }
    } while (this.#again && !this.#stopped);
  }

  #work(claimed: Claimed, place: Place, work: () => Promise<void>): void {
    this.#held.set(claimed.operation.id, claimed.lease);
    this.#watch(
      work().finally(() => {
        this.#held.delete(claimed.operation.id);
        place.release();
        if (this.#more) this.wake();
      }),
    );
  }

  /** A start of our own took the place while the claim was under way. */
  #giveBack(claimed: Claimed): void {
    this.#more = true;
    this.#watch(this.sending.returned(claimed));
  }

  async #renew(): Promise<void> {
    if (this.#held.size > 0) await this.store.renew([...this.#held.values()], this.leaseSeconds);
  }

  async #sweep(): Promise<void> {
    for (const intended of await this.store.takeAbandoned(sweepAtOnce, this.leaseSeconds, [...this.#held.values()])) {
      await this.#logged(this.sending.abandoned(intended));
    }
    for (const claimed of await this.store.takeExpired(sweepAtOnce, this.leaseSeconds)) {
      await this.#logged(this.sending.expired(claimed));
    }
  }

  /** Whatever fails here is tried again by the rows; it must only not be silent, nor end the process. */
  #watch(work: Promise<void>): void {
    const watched = this.#logged(work).finally(() => this.#underWay.delete(watched));
    this.#underWay.add(watched);
  }

  async #logged(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.log.error('dispatch.failed', { error });
    }
  }

  async #rest(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }
}

/** Why nothing may be sent to a portal now; `null`: it may. */
function holdOf({ connection: { state } }: Portal): WaitingFor | null {
  if (state === 'paused') return { reason: 'paused' };
  if (state === 'degraded') return { reason: 'degraded' };
  return state === 'reauthorization_required' ? { reason: 'reauthorization' } : null;
}
