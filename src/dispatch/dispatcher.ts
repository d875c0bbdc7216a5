import type { Portal, Portals } from '../connections/portals.js';
import type { RunIds } from '../connections/run-ids.js';
import type { Log } from '../lib/log.js';
import type { Claimed, Intended, Lease } from '../processes/operation.js';
import type { WaitingFor } from '../processes/process.js';
import type { ProcessStore } from '../processes/process.store.js';
import { QueueFull } from '../processes/queue.errors.js';
import { isPlace, type Place, type Sender } from '../processes/sender.js';
import { roomOf, type Gate, type Opening } from './gate.js';
import type { QueueDepths } from './queue-depths.js';
import { ridesOf, type Rides, type Riding } from './rides.js';
import { Rush } from './rush.js';
import type { SendOperation } from './send-operation.js';
import type { StartCosts } from './start-costs.js';
import { UnderWay } from './under-way.js';

const pollMs = 500;
/** How many abandoned or expired operations one sweep takes up. */
const sweepAtOnce = 100;

export interface DispatcherParts {
  readonly store: Pick<ProcessStore, 'claim' | 'renew' | 'takeAbandoned' | 'takeExpired'>;
  readonly portals: Pick<Portals, 'all'>;
  readonly sending: Pick<SendOperation, 'claimed' | 'together' | 'intended' | 'returned' | 'abandoned' | 'expired'>;
  readonly gate: Gate;
  readonly depths: QueueDepths;
  readonly costs: StartCosts;
  readonly runIds: Pick<RunIds, 'of'>;
  readonly leaseSeconds: number;
  readonly log: Log;
  /** What is sent of a start. Absent: what it shows. */
  readonly orderOf?: Riding['orderOf'];
  /** Tells other replicas that something became due. */
  tellOthers(): void;
}

/**
 * The engine of this replica. An accepted start that can go at once is handed over with its intent on disk; everything
 * else is claimed from the rows, which are the truth.
 */
export class Dispatcher implements Sender {
  readonly #held = new Map<string, Lease>();
  readonly #underWay: UnderWay;
  #timers: NodeJS.Timeout[] = [];
  #renewing: NodeJS.Timeout | undefined;
  #pumping: Promise<void> | null = null;
  #again = false;
  /** More may be due than places were free. */
  #more = false;
  #stopped = false;
  readonly #rush = new Rush(() => performance.now());

  constructor(private readonly parts: DispatcherParts) {
    this.#underWay = new UnderWay(parts.log);
  }

  /** Begins to claim, to renew and to sweep. */
  begin(): void {
    const { leaseSeconds } = this.parts;
    this.#timers = [
      setInterval(() => this.claimSoon(), pollMs),
      setInterval(() => this.#underWay.watch(this.#sweep()), Math.min(leaseSeconds * 1000, 5000) / 2),
    ];
    this.#renewing = setInterval(() => this.#underWay.watch(this.#renew()), (leaseSeconds * 1000) / 3);
    this.claimSoon();
  }

  /** Ends: takes up nothing new and waits for what is out, at most `limitMs`. */
  async end(limitMs: number): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    this.#rush.end();
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    await Promise.race([this.#underWay.rest(), limit]);
    clearTimeout(timer);
    // Until here what is out was still ours.
    clearInterval(this.#renewing);
  }

  async reserve(portal: Portal, definition: string): Promise<Place | WaitingFor> {
    if (this.#stopped) return { reason: 'capacity' };
    const place = await this.parts.gate.enter(portal, definition);
    if (!isPlace(place)) this.#more = true;
    return place;
  }

  comes(): () => void {
    return this.#rush.comes();
  }

  get isRushed(): boolean {
    return this.#rush.isOn;
  }

  assertMayQueue({ connection: { key, limits } }: Portal): void {
    if (this.parts.depths.isFull(key, limits.queueDepth)) throw new QueueFull(key, limits.queueDepth);
  }

  send(intended: Intended, place: Place): void {
    this.#work([intended], () => this.parts.sending.intended(intended).finally(() => place.release()));
  }

  queued(connectionKey: string): void {
    this.parts.depths.changed(connectionKey, 1);
    this.parts.tellOthers();
    this.#rush.look(() => this.claimSoon());
  }

  unqueued(connectionKey: string): void {
    this.parts.depths.changed(connectionKey, -1);
  }

  wake(): void {
    this.parts.tellOthers();
    this.claimSoon();
  }

  /** Claims what is due, without telling the other replicas. */
  claimSoon(): void {
    if (this.#stopped) return;
    if (this.#pumping) {
      this.#again = true;
      return;
    }
    this.#pumping = this.#pump().finally(() => {
      this.#pumping = null;
      if (this.#again) this.claimSoon();
    });
    this.#underWay.watch(this.#pumping);
  }

  /** Waits for nothing but the database: what a portal or its budget keeps waiting is waited for in the background. */
  async #pump(): Promise<void> {
    const { portals, gate, store, leaseSeconds } = this.parts;
    do {
      this.#again = false;
      this.#more = false;
      const known = await portals.all();
      const openings = gate.openings(known, () => this.claimSoon());
      const open = this.#rush.paced(openings).filter(({ starts, commands }) => starts + commands > 0);
      if (openings.some(({ starts, commands }) => starts === 0 || commands === 0)) this.#more = true;
      if (open.length === 0) return;
      const rooms = open.map((opening) => roomOf(opening, leaseSeconds));
      this.#takeUp(open, await store.claim(rooms, leaseSeconds));
      if (this.#more && this.#rush.isOn) this.#rush.look(() => this.claimSoon());
    } while (this.#again && !this.#stopped);
  }

  #takeUp(open: readonly Opening[], claimed: readonly Claimed[]): void {
    const byConnection = new Map<string, Claimed[]>(open.map(({ portal }) => [portal.connection.key, []]));
    for (const one of claimed) byConnection.get(one.operation.connection)?.push(one);
    for (const opening of open) {
      const own = byConnection.get(opening.portal.connection.key) ?? [];
      if (this.parts.gate.claimed(opening, own)) {
        this.#more = true;
        if (opening.isProbe) this.#again = true;
      }
      const starts = own.filter(({ operation }) => operation.kind === 'start');
      for (const one of own) if (!starts.includes(one)) this.#work([one], () => this.#take([one], opening.portal));
      this.#spread(starts, opening);
    }
  }

  /** Spreads starts over the requests that there are. */
  #spread(starts: readonly Claimed[], opening: Opening): void {
    const { requests, portal } = opening;
    const { key, limits } = portal.connection;
    const { costs, runIds, orderOf } = this.parts;
    const together = limits.batch === 'auto' ? (portal.platform.startsTogether ?? null) : null;
    const riding = { together, requests, costs, toldApart: false, orderOf };
    if (!together || starts.length <= requests) return this.#send(ridesOf(starts, riding), opening);
    const spread = async (): Promise<void> => {
      const toldApart = await runIds.of(key).then(
        ({ state }) => state === 'kept',
        () => false,
      );
      this.#send(ridesOf(starts, { ...riding, toldApart }), opening);
    };
    this.#underWay.watch(spread());
  }

  /** What found no request waits for the next claim. */
  #send({ rides, left }: Rides, opening: Opening): void {
    for (const ride of rides) this.#work(ride, () => this.#take(ride, opening.portal));
    if (left.length === 0) return;
    this.parts.gate.crowded(opening, rides.flat().length);
    for (const one of left) this.#work([one], () => this.parts.sending.returned(one));
  }

  /** Those that go in one request share a place and a token. */
  async #take(claimed: readonly Claimed[], portal: Portal): Promise<void> {
    const { gate, sending } = this.parts;
    const [first] = claimed;
    if (!first) return;
    const place = await gate.admit(first, portal);
    if (!isPlace(place)) {
      await Promise.all(claimed.map((one) => sending.returned(one, place)));
      return;
    }
    try {
      if (claimed.length === 1) await sending.claimed(first);
      else await sending.together(claimed, portal);
    } finally {
      place.release();
    }
  }

  #work(claimed: readonly Claimed[], work: () => Promise<void>): void {
    for (const { operation, lease } of claimed) this.#held.set(operation.id, lease);
    this.#underWay.watch(
      work().finally(() => {
        for (const { operation } of claimed) this.#held.delete(operation.id);
        if (this.#more) this.#rush.look(() => this.claimSoon());
      }),
    );
  }

  async #renew(): Promise<void> {
    const { store, leaseSeconds } = this.parts;
    if (this.#held.size > 0) await store.renew([...this.#held.values()], leaseSeconds);
  }

  async #sweep(): Promise<void> {
    const { store, sending, leaseSeconds } = this.parts;
    for (const intended of await store.takeAbandoned(sweepAtOnce, leaseSeconds, [...this.#held.values()])) {
      await this.#underWay.logged(sending.abandoned(intended));
    }
    for (const claimed of await store.takeExpired(sweepAtOnce, leaseSeconds)) {
      await this.#underWay.logged(sending.expired(claimed));
    }
  }
}
