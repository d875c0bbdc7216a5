import type { Portal } from '../connections/portals.js';
import type { Clock } from '../lib/clock.js';
import type { Claimed } from '../processes/operation.js';
import type { WaitingFor } from '../processes/process.js';
import type { Room } from '../processes/process.store.js';
import { isPlace, type Place } from '../processes/sender.js';
import type { Breakers } from './breakers.js';
import type { MethodLimits } from './method-limits.js';
import { Places } from './places.js';
import type { PortalBudget, Token } from './portal-budget.js';
import type { PortalBudgets } from './portal-budgets.js';
import type { QueueDepths } from './queue-depths.js';

export interface GateParts {
  readonly budgets: PortalBudgets;
  readonly methods: MethodLimits;
  readonly breakers: Breakers;
  readonly depths: Pick<QueueDepths, 'of'>;
  readonly clock: Clock;
}

/** How many operations may be claimed for a connection now. */
export interface Opening {
  readonly portal: Portal;
  readonly starts: number;
  /** How many requests those starts may take. */
  readonly requests: number;
  readonly commands: number;
  /** The start is not paid yet: it shows whether any waits, before a budget is asked for many. */
  readonly isProbe: boolean;
}

/** How long a request may live there counts from its intent: the time to answer, the lease, the platform's own limit. */
export function roomOf({ portal: { connection, platform }, starts, commands }: Opening, leaseSeconds: number): Room {
  const lifeSeconds = connection.limits.startTimeoutSeconds + leaseSeconds + platform.executionLimitSeconds;
  return { connection: connection.key, starts, commands, lifeSeconds };
}

/** Whether a request may go to a portal now: its state, its breaker, the limits of its methods, a place, the budget. */
export class Gate {
  readonly #places = new Places();
  /** Connections at which starts are known to wait, so that a budget is asked for before they are claimed. */
  readonly #waiting = new Set<string>();
  /** How many commands the last claim brought, so that the next leaves their places to them. */
  readonly #commands = new Map<string, number>();
  /** How many starts of the last claim found a request, where not all of them did. */
  readonly #found = new Map<string, number>();
  #turn = 0;

  constructor(private readonly parts: GateParts) {}

  /** A place for a new start, or why it has to wait. */
  async enter(portal: Portal, definition: string): Promise<Place | WaitingFor> {
    const held = this.#holdOf(portal) ?? this.#methodHold(portal, definition);
    if (held) return held;
    // A sign-in of its own comes before the intent.
    if (portal.platform.signedIn && !portal.platform.signedIn()) return { reason: 'capacity' };
    const budget = this.parts.budgets.know(portal.connection);
    // Those that wait longer go first.
    if (budget.isScarce && this.#waiting.has(portal.connection.key)) return this.#noBudget(budget.deniedMs('start'));
    const place = await this.#paid(portal, budget, 'start');
    if (!isPlace(place) && place.reason === 'budget') this.#waiting.add(portal.connection.key);
    return place;
  }

  /** Why a start would have to wait now; `null`: nothing here keeps it. Takes nothing. */
  wouldKeep(portal: Portal, definition: string): WaitingFor | null {
    const held = this.#holdOf(portal) ?? this.#methodHold(portal, definition);
    if (held) return held;
    const waitMs = this.parts.budgets.know(portal.connection).deniedMs('start');
    if (waitMs > 0) return this.#noBudget(waitMs);
    return this.#places.free(portal).starts === 0 ? { reason: 'capacity' } : null;
  }

  /** A place for what was claimed, or why it has to go back. */
  async admit({ operation, process }: Claimed, portal: Portal): Promise<Place | WaitingFor> {
    const until = this.parts.methods.until(portal, operation.kind, process.definition);
    if (until) return { reason: 'budget', until };
    const budget = this.parts.budgets.know(portal.connection);
    const kind = operation.kind === 'start' ? 'start' : 'command';
    const place = await this.#paid(portal, budget, kind);
    if (!isPlace(place) && kind === 'start') this.#waiting.add(portal.connection.key);
    return place;
  }

  /**
   * How much may be claimed for each connection; those that share a budget take turns.
   *
   * @param refilled  told when more may be claimed because a budget gave more
   */
  openings(portals: readonly Portal[], refilled: () => void): readonly Opening[] {
    const wanted = new Map<PortalBudget, number>();
    const left = new Map<PortalBudget, number>();
    this.#turn += 1;
    const from = portals.length === 0 ? 0 : this.#turn % portals.length;
    const openings = [...portals.slice(from), ...portals.slice(0, from)].flatMap((portal) => {
      if (this.#holdOf(portal)) return [];
      const { key } = portal.connection;
      const budget = this.parts.budgets.know(portal.connection);
      const free = this.#places.free(portal);
      const places = Math.max(0, Math.min(free.starts, free.commands - (this.#commands.get(key) ?? 0)));
      const paid = left.get(budget) ?? budget.inMemory;
      if (this.#waiting.has(key)) wanted.set(budget, (wanted.get(budget) ?? 0) + places);
      const isProbe = paid === 0 && places > 0 && !this.#waiting.has(key) && budget.deniedMs('start') === 0;
      const requests = isProbe ? 1 : Math.min(places, paid);
      left.set(budget, Math.max(0, paid - requests));
      const starts = isProbe ? 1 : this.#startsIn(requests, portal, budget);
      return [{ portal, starts, requests, commands: budget.deniedMs('command') > 0 ? 0 : free.commands, isProbe }];
    });
    for (const [budget, count] of wanted) refill(budget, count, refilled);
    return openings;
  }

  /** Some starts of a claim found no request to ride in: the next claim takes few more than these. */
  crowded({ portal }: Opening, found: number): void {
    this.#found.set(portal.connection.key, found);
  }

  /** What a claim brought. True: more may be due than was claimed. */
  claimed({ portal, starts, commands }: Opening, claimed: readonly Claimed[]): boolean {
    const { key } = portal.connection;
    const broughtStarts = claimed.filter(({ operation }) => operation.kind === 'start').length;
    const broughtCommands = claimed.length - broughtStarts;
    if (broughtCommands > 0) this.#commands.set(key, broughtCommands);
    else this.#commands.delete(key);
    if (starts > 0 && broughtStarts >= starts) this.#waiting.add(key);
    else if (starts > 0) this.#waiting.delete(key);
    return (starts > 0 && broughtStarts >= starts) || (commands > 0 && broughtCommands >= commands);
  }

  /** How many requests of this replica are out at a connection. */
  out(connectionKey: string): number {
    return this.#places.out(connectionKey);
  }

  /** How many starts so many requests can carry: one each, as long as no more wait than the budget has requests left. */
  #startsIn(requests: number, { connection, platform }: Portal, budget: PortalBudget): number {
    const { key, limits } = connection;
    const together = limits.batch === 'auto' ? platform.startsTogether : undefined;
    const waiting = this.parts.depths.of(key);
    const affordable = budget.left;
    if (!together || requests === 0 || waiting <= affordable) return requests;
    const each = Math.min(together.atMost, Math.ceil(waiting / Math.max(1, affordable)));
    const found = this.#found.get(key);
    this.#found.delete(key);
    return Math.min(requests * each, found === undefined ? Infinity : found + requests);
  }

  async #paid(portal: Portal, budget: PortalBudget, kind: 'start' | 'command'): Promise<Place | WaitingFor> {
    const place = this.#places.take(portal, kind);
    if (!place) return { reason: 'capacity' };
    try {
      const token = budget.takeNow() ?? (await budget.take(kind));
      if ('release' in token) return together(place, token);
      place.release();
      return this.#noBudget(token.waitMs);
    } catch (error) {
      place.release();
      throw error;
    }
  }

  #noBudget(waitMs: number): WaitingFor {
    return { reason: 'budget', until: this.#in(waitMs) };
  }

  #methodHold(portal: Portal, definition: string): WaitingFor | null {
    const until = this.parts.methods.until(portal, 'start', definition);
    return until && { reason: 'budget', until };
  }

  /** Why nothing may be sent to a portal now; `null`: it may. */
  #holdOf({ connection: { key, state } }: Portal): WaitingFor | null {
    if (state === 'paused') return { reason: 'paused' };
    if (state === 'degraded') return { reason: 'degraded' };
    if (state === 'reauthorization_required') return { reason: 'reauthorization' };
    const waitMs = this.parts.breakers.waitMs(key);
    return waitMs > 0 ? { reason: 'retry', until: this.#in(waitMs) } : null;
  }

  #in(ms: number): Date {
    return new Date(this.parts.clock.now().getTime() + ms);
  }
}

function together(place: Place, token: Token): Place {
  return {
    release: () => {
      token.release();
      place.release();
    },
  };
}

/** In the background: one portal's budget keeps no other portal waiting. What fails is asked for again by the next claim. */
function refill(budget: PortalBudget, count: number, refilled: () => void): void {
  const refilling = async (): Promise<void> => {
    if (await budget.refill(count)) refilled();
  };
  refilling().catch(() => {});
}
