import { askSignedIn } from '../connections/ask-signed-in.js';
import type { Portal, Portals } from '../connections/portals.js';
import type { Clock } from '../lib/clock.js';
import type { Log } from '../lib/log.js';
import type { Observation } from '../platforms/run.js';
import type { Change } from '../processes/change.js';
import type { Process } from '../processes/process.js';
import type { ProcessWatch } from '../processes/process-watch.js';
import type { ProcessReader } from '../processes/process.reader.js';
import { StaleRevision, type ProcessStore } from '../processes/process.store.js';
import type { SealedValues } from '../processes/sealed-values.js';
import { isNews, looked } from './look.js';
import { valuesOf, withoutValues } from './withheld.js';

const readTimeoutMs = 20_000;

export interface ObserverParts {
  readonly store: Pick<ProcessStore, 'observe'>;
  readonly reader: Pick<ProcessReader, 'stopped'>;
  readonly portals: Portals;
  readonly watch: Pick<ProcessWatch, 'changed'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly statusPollSeconds: number;
  /** Opens what was sent of sensitive variables. Absent: nothing is sealed. */
  readonly sealed?: Pick<SealedValues, 'orderOf'>;
}

/** What a look at several runs has shown. */
export interface Looked {
  /** Those that the platform told of and that stand as they stood; nothing of that is written yet. */
  readonly unchanged: readonly string[];
  /** When the platform answered, by the monotonic clock. */
  readonly answeredAtMs: number;
}

/** What a sight of one process changes. */
interface Sighted {
  readonly process: Process;
  readonly change: Change;
}

/** Looks at runs, many in one request where the platform can, and writes what has changed. */
export class Observer {
  constructor(private readonly parts: ObserverParts) {}

  /**
   * The process as the platform has it now.
   *
   * @throws PlatformError  it cannot be asked; what is stored stays as it was
   */
  async refresh(process: Process): Promise<Process> {
    const portal = await this.parts.portals.of(process.connection);
    if (!portal || process.nativeId === null) return process;
    const { sighted } = await this.#look(portal, [process]);
    // Whoever asks for one is told when it was seen, so that is kept also where it is no news.
    for (const one of sighted) return (await this.#write(one)) ?? process;
    return process;
  }

  /** Looks at a process that is expected to change, without waiting for its turn. */
  lookSoon(process: Process): void {
    this.refresh(process).catch((error: unknown) => this.parts.log.warn('observe.unanswered', { error }));
  }

  /** Looks at several runs of a portal, and writes no more than what is new. @throws PlatformError */
  async look(portal: Portal, processes: readonly Process[]): Promise<Looked> {
    const { sighted, answeredAtMs } = await this.#look(portal, processes);
    const unchanged: string[] = [];
    for (const one of sighted) {
      if (isNews(one.process, one.change)) await this.#write(one);
      else unchanged.push(one.process.id);
    }
    return { unchanged, answeredAtMs };
  }

  async #look(
    portal: Portal,
    processes: readonly Process[],
  ): Promise<{ readonly sighted: readonly Sighted[]; readonly answeredAtMs: number }> {
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
    const answeredAtMs = performance.now();
    const at = this.parts.clock.now();
    // Asked after the platform was: a stop that goes out later is not what this look shows.
    const stopped = await this.#stopped(processes, seen);
    const apartMs = this.parts.statusPollSeconds * 1000;
    const sighted = processes.flatMap((process): Sighted[] => {
      const sight = process.nativeId === null ? undefined : seen.get(process.nativeId);
      if (!sight) return [];
      const change = looked(process, this.#shown(process, sight, portal), {
        at,
        apartMs,
        stopWasSent: stopped.has(process.id),
        newsOf: (before, now) => portal.kind.newsOfRun?.(process.definition, before, now) ?? [],
      });
      return [{ process, change }];
    });
    return { sighted, answeredAtMs };
  }

  /** `null`: a command moved it meanwhile; the next look sees the rest. */
  async #write({ process, change }: Sighted): Promise<Process | null> {
    try {
      const after = await this.parts.store.observe(change);
      this.parts.watch.changed(process.id);
      return after;
    } catch (error) {
      if (error instanceof StaleRevision) return null;
      throw error;
    }
  }

  /** What a platform says of a failure may repeat what it was sent. */
  #shown(process: Process, sight: Observation, { platform }: Portal): Observation {
    const { sealed } = this.parts;
    if (!sealed || !sight.seen || sight.failure === null) return sight;
    return withoutValues(sight, valuesOf(process, sealed.orderOf(process), platform));
  }

  /** Those that a stop of ours may have ended. */
  async #stopped(processes: readonly Process[], seen: ReadonlyMap<string, Observation>): Promise<ReadonlySet<string>> {
    const gone = processes.filter(
      ({ state, nativeId }) => state === 'terminating' && nativeId !== null && seen.get(nativeId)?.seen === false,
    );
    return gone.length === 0 ? new Set() : this.parts.reader.stopped(gone.map(({ id }) => id));
  }
}
