import { askSignedIn, isOvertaken } from '../connections/ask-signed-in.js';
import type { Portal, Portals } from '../connections/portals.js';
import type { Log } from '../lib/log.js';
import { Busy, PlatformError, Unreached } from '../platforms/platform.errors.js';
import type { LookRoundsStore, NextRuns, Turn } from '../processes/look-rounds.store.js';
import type { Process } from '../processes/process.js';
import type { Observer } from './observer.js';

const tickMs = 1000;
const readTimeoutMs = 20_000;
/** How long a look is one replica's: its request ends before, so only one that was killed is ever too late. */
const leaseSeconds = 30;
/** How far looks at a run that is being stopped are apart at most: whoever stops it waits for that. */
const stopsApartSeconds = 2;
const degradedPauseMs = 60_000;
/** How long a portal that gave no look is left alone, unless it says longer. */
const restMs = 10_000;

export interface LookRoundsParts {
  readonly observer: Pick<Observer, 'look'>;
  readonly store: LookRoundsStore;
  readonly portals: Portals;
  readonly log: Log;
  readonly statusPollSeconds: number;
}

/** A turn, and the runs that it is about. */
interface Look extends NextRuns {
  readonly turn: Turn;
  readonly limit: number;
}

/**
 * Looks at all open runs, each once every `statusPollSeconds`, in rounds that replicas share. What stands as it stood costs one
 * small write for the whole look.
 */
export class LookRounds {
  readonly #askedDegraded = new Map<string, number>();
  /** By connection, by the monotonic clock. */
  readonly #restsUntilMs = new Map<string, number>();
  /** Looks that are out, by connection: a slow portal keeps no other one waiting. */
  readonly #out = new Map<string, Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #lookingAround: Promise<void> | null = null;

  constructor(private readonly parts: LookRoundsParts) {}

  begin(): void {
    this.#timer = setInterval(() => {
      this.#lookingAround ??= this.#lookAround()
        .catch((error: unknown) => this.parts.log.error('observe.failed', { error }))
        .finally(() => (this.#lookingAround = null));
    }, tickMs);
  }

  /** Ends after the looks that are out. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#lookingAround;
    await Promise.all(this.#out.values());
  }

  async #lookAround(): Promise<void> {
    const free = (await this.parts.portals.all()).filter(({ connection }) => !this.#out.has(connection.key));
    for (const portal of free) {
      if (portal.connection.state === 'degraded') this.#work(portal, () => this.#askDegraded(portal));
    }
    const ready = free.filter(
      ({ connection: { key, state } }) =>
        state === 'active' && performance.now() >= (this.#restsUntilMs.get(key) ?? Number.NEGATIVE_INFINITY),
    );
    if (ready.length === 0) return;
    const turns = await this.parts.store.take(
      ready.map(({ connection }) => connection.key),
      leaseSeconds,
    );
    for (const portal of ready) {
      const own = turns.filter(({ connection }) => connection === portal.connection.key);
      if (own.length > 0) this.#work(portal, () => this.#lookAt(portal, own));
    }
  }

  #work({ connection: { key } }: Portal, work: () => Promise<void>): void {
    const out = work()
      .catch(async (error: unknown) => {
        if (!(error instanceof PlatformError)) throw error;
        this.parts.log.warn('observe.unanswered', { connection: key, message: error.message });
        this.#rest(key, error);
        if (error instanceof Busy && error.because === 'portal_closed') {
          await this.parts.portals.mark(key, 'degraded', error.message);
        }
      })
      .catch((error: unknown) => this.parts.log.error('observe.failed', { connection: key, error }))
      .finally(() => this.#out.delete(key));
    this.#out.set(key, out);
  }

  /** One request for the runs of all these turns, those that are being stopped first. */
  async #lookAt(portal: Portal, turns: readonly Turn[]): Promise<void> {
    const looks: Look[] = [];
    let room = portal.platform.observeAtOnce;
    for (const turn of turns.toSorted((one, other) => (one.state > other.state ? -1 : 1))) {
      const look = await this.#next(turn, room);
      if (!look) continue;
      room -= look.runs.length;
      looks.push(look);
    }
    const processes = looks.flatMap(({ runs }) => runs);
    try {
      const { unchanged, answeredAtMs } =
        processes.length === 0
          ? { unchanged: [], answeredAtMs: performance.now() }
          : await this.parts.observer.look(portal, processes);
      const same = new Set(unchanged);
      for (const look of looks) await this.#keep(look, same, performance.now() - answeredAtMs);
    } catch (error) {
      if (error instanceof PlatformError) await this.#leave(looks, error);
      throw error;
    }
  }

  /** `null`: it is not due yet, or finds no room in this request. */
  async #next(turn: Turn, limit: number): Promise<Look | null> {
    const { store } = this.parts;
    const apartSeconds = this.#apartSeconds(turn);
    const next = limit > 0 ? await store.next(turn, apartSeconds, limit) : { runs: [], waitMs: 1, until: null };
    if (next.waitMs === 0 && next.until !== null) return { ...next, turn, limit };
    await store.postpone(turn, limit > 0 ? next.waitMs || apartSeconds * 1000 : 0, null);
    return null;
  }

  async #keep({ turn, runs, until, limit }: Look, same: ReadonlySet<string>, agoMs: number): Promise<void> {
    const last = runs.at(-1);
    if (until === null || !last) return this.parts.store.endRound(turn);
    const isLast = runs.length < limit || last.id === until;
    await this.parts.store.keep(turn, {
      until,
      upto: isLast ? until : last.id,
      isLast,
      unchanged: idsOf(runs).filter((id) => same.has(id)),
      agoMs,
      apartSeconds: this.#apartSeconds(turn),
    });
  }

  /** Runs that a portal gives no answer to are left for the next round, so that they do not stand before all others. */
  async #leave(looks: readonly Look[], error: PlatformError): Promise<void> {
    const isTheirs = !(error instanceof Busy || error instanceof Unreached);
    for (const { turn, runs } of looks) {
      await this.parts.store.postpone(turn, this.#restMs(error), isTheirs ? (runs.at(-1)?.id ?? null) : null);
    }
  }

  #apartSeconds({ state }: Turn): number {
    const { statusPollSeconds } = this.parts;
    return state === 'terminating' ? Math.min(statusPollSeconds, stopsApartSeconds) : statusPollSeconds;
  }

  /** Without a rest a portal that is closed or limited would be asked at every tick. */
  #rest(key: string, error: PlatformError): void {
    this.#restsUntilMs.set(key, performance.now() + this.#restMs(error));
  }

  #restMs(error: PlatformError): number {
    if (isOvertaken(error)) return 0;
    const ms = Math.min(restMs, this.parts.statusPollSeconds * 1000);
    return Math.max(ms, error instanceof Busy ? (error.retryAfterMs ?? 0) : 0);
  }

  /** A closed portal is asked by a cheap read, once a minute, whether it is open again. */
  async #askDegraded(portal: Portal): Promise<void> {
    const { key } = portal.connection;
    if (performance.now() - (this.#askedDegraded.get(key) ?? Number.NEGATIVE_INFINITY) < degradedPauseMs) return;
    this.#askedDegraded.set(key, performance.now());
    await askSignedIn(this.parts.portals, portal, (platform, call) => platform.definitions(call), {
      signal: AbortSignal.timeout(readTimeoutMs),
    });
    await this.parts.portals.mark(key, 'active', null);
  }
}

function idsOf(processes: readonly Process[]): readonly string[] {
  return processes.map(({ id }) => id);
}
