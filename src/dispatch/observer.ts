import { askSignedIn, isOvertaken } from '../connections/ask-signed-in.js';
import type { Portal, Portals } from '../connections/portals.js';
import type { Clock } from '../lib/clock.js';
import type { JsonObject } from '../lib/json.js';
import type { Log } from '../lib/log.js';
import { Busy, PlatformError } from '../platforms/platform.errors.js';
import type { Observation } from '../platforms/run.js';
import type { Process } from '../processes/process.js';
import type { ProcessWatch } from '../processes/process-watch.js';
import { StaleRevision, type ProcessReader, type ProcessStore } from '../processes/process.store.js';
import { looked } from './look.js';
import { valuesOf, withoutValues } from './withheld.js';

const tickMs = 1000;
const readTimeoutMs = 20_000;
const degradedPauseMs = 60_000;
/** How long a portal that gave no look is left alone, unless it says longer. */
const restMs = 10_000;

export interface ObserverParts {
  readonly store: Pick<ProcessStore, 'observe'>;
  readonly reader: Pick<ProcessReader, 'unobserved' | 'stopped'>;
  readonly portals: Portals;
  readonly watch: Pick<ProcessWatch, 'changed'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly statusPollSeconds: number;
  /** Opens what was sent of sensitive variables. Absent: nothing is sealed. */
  readonly sealed?: { open(process: Process): JsonObject };
}

/** Looks at runs: each open one every `statusPollSeconds`, many in one request where the platform can. */
export class Observer {
  readonly #askedDegraded = new Map<string, number>();
  /** By connection, by the monotonic clock. */
  readonly #restsUntilMs = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;
  /** Looks that are out, by connection: a slow portal keeps no other one waiting. */
  readonly #rounds = new Map<string, Promise<void>>();
  #lookingAround: Promise<void> | null = null;

  constructor(private readonly parts: ObserverParts) {}

  begin(): void {
    this.#timer = setInterval(() => {
      this.#lookingAround ??= this.#lookAround()
        .catch((error: unknown) => this.parts.log.error('observe.failed', { error }))
        .finally(() => (this.#lookingAround = null));
    }, tickMs);
  }

  /** Ends after the looks that are out. */
  async end(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#lookingAround;
    await Promise.all(this.#rounds.values());
  }

  /**
   * The process as the platform has it now.
   *
   * @throws PlatformError  it cannot be asked; what is stored stays as it was
   */
  async refresh(process: Process): Promise<Process> {
    const portal = await this.parts.portals.of(process.connection);
    if (!portal || process.nativeId === null) return process;
    const [after] = await this.#look(portal, [process]);
    return after ?? process;
  }

  /** Looks at a process that is expected to change, without waiting for its turn. */
  lookSoon(process: Process): void {
    this.refresh(process).catch((error: unknown) => this.parts.log.warn('observe.unanswered', { error }));
  }

  async #lookAround(): Promise<void> {
    for (const portal of await this.parts.portals.all()) {
      const { key } = portal.connection;
      if (this.#rounds.has(key)) continue;
      const round = this.#lookAt(portal)
        .catch((error: unknown) => this.parts.log.error('observe.failed', { connection: key, error }))
        .finally(() => this.#rounds.delete(key));
      this.#rounds.set(key, round);
    }
  }

  async #lookAt(portal: Portal): Promise<void> {
    const { key, state } = portal.connection;
    try {
      if (state === 'degraded') await this.#askDegraded(portal);
      if (state !== 'active' || performance.now() < (this.#restsUntilMs.get(key) ?? 0)) return;
      const due = await this.parts.reader.unobserved(key, this.parts.statusPollSeconds, portal.platform.observeAtOnce);
      if (due.length > 0) await this.#look(portal, due);
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      this.parts.log.warn('observe.unanswered', { connection: key, message: error.message });
      await this.#rest(key, error);
    }
  }

  /** What is due stays due, so without a rest a portal that is closed or limited would be asked at every tick. */
  async #rest(key: string, error: PlatformError): Promise<void> {
    if (isOvertaken(error)) return;
    const busy = error instanceof Busy ? error : null;
    const ms = Math.max(Math.min(restMs, this.parts.statusPollSeconds * 1000), busy?.retryAfterMs ?? 0);
    this.#restsUntilMs.set(key, performance.now() + ms);
    if (busy?.because === 'portal_closed') await this.parts.portals.mark(key, 'degraded', busy.message);
  }

  async #look(portal: Portal, processes: readonly Process[]): Promise<Process[]> {
    const runs = processes.map(({ nativeId, definition, options }) => ({
      nativeId: nativeId ?? '',
      definition,
      options,
    }));
    const call = { signal: AbortSignal.timeout(readTimeoutMs) };
    const seen = await askSignedIn(
      this.parts.portals,
      portal,
      (platform, given) => platform.observe(runs, given),
      call,
    );
    // Asked after the platform was: a stop that goes out later is not what this look shows.
    const stopped = await this.#stopped(processes, seen);
    const apartMs = this.parts.statusPollSeconds * 1000;
    const after: Process[] = [];
    for (const process of processes) {
      const sight = process.nativeId === null ? undefined : seen.get(process.nativeId);
      if (!sight) continue;
      const change = looked(process, this.#shown(process, sight), {
        at: this.parts.clock.now(),
        apartMs,
        stopWasSent: stopped.has(process.id),
        newsOf: (before, now) => portal.kind.newsOfRun?.(process.definition, before, now) ?? [],
      });
      try {
        after.push(await this.parts.store.observe(change));
        this.parts.watch.changed(process.id);
      } catch (error) {
        // A command moved it meanwhile; the next look sees the rest.
        if (!(error instanceof StaleRevision)) throw error;
      }
    }
    return after;
  }

  /** What a platform says of a failure may repeat what it was sent. */
  #shown(process: Process, sight: Observation): Observation {
    const { sealed } = this.parts;
    if (!sealed || !process.sensitive || !sight.seen || sight.failure === null) return sight;
    return withoutValues(sight, valuesOf(process, { variables: sealed.open(process) }));
  }

  /** Those that a stop of ours may have ended. */
  async #stopped(processes: readonly Process[], seen: ReadonlyMap<string, Observation>): Promise<ReadonlySet<string>> {
    const gone = processes.filter(
      ({ state, nativeId }) => state === 'terminating' && nativeId !== null && seen.get(nativeId)?.seen === false,
    );
    return gone.length === 0 ? new Set() : this.parts.reader.stopped(gone.map(({ id }) => id));
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
