import type { Log } from '../lib/log.js';
import type { Process } from './process.js';
import { NotFound } from './process.errors.js';

/** What a watch reads of processes. */
export interface WatchedProcesses {
  find(processId: string): Promise<Process | null>;
  /** The revision that each of them has by now; one that is not there is left out. */
  revisions(processIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
}
export const WatchedProcesses = Symbol('WatchedProcesses');

/** How long somebody waits at most. */
export interface Patience {
  /** By the monotonic clock (`performance.now()`). */
  readonly untilMs: number;
  /** Aborted where whoever waits has gone away. */
  readonly signal: AbortSignal;
}

interface Watcher {
  readonly revision: number;
  /** Ends the watch; true: the process may have changed. */
  readonly end: (mayHaveChanged: boolean) => void;
}

const lookAgainMs = 500;

/**
 * Waiting for processes to change. What this replica is told of is seen at once; for what it is not told of, one
 * statement each half second asks for all processes that anybody waits for here.
 */
export class ProcessWatch {
  readonly #watchers = new Map<string, Set<Watcher>>();
  #isLooking = false;
  #ended = false;

  constructor(
    private readonly processes: WatchedProcesses,
    private readonly log: Log,
  ) {}

  /** Has whoever waits for this process look at it again; costs nothing where nobody does. */
  changed(processId: string): void {
    for (const { end } of this.#watchers.get(processId) ?? []) end(true);
  }

  /** Holds nobody any longer: whoever waits is told how things stand, also from now on. */
  end(): void {
    this.#ended = true;
    for (const watchers of this.#watchers.values()) for (const { end } of watchers) end(false);
  }

  /**
   * The process once it is as somebody waits for it, or as it was last seen when the patience is over.
   *
   * @throws NotFound  it was removed meanwhile
   */
  async until(known: Process, isAwaited: (process: Process) => boolean, patience: Patience): Promise<Process> {
    let process = known;
    while (!isAwaited(process) && (await this.mayHaveChanged(process, patience))) {
      const found = await this.processes.find(process.id);
      if (!found) throw new NotFound(`process ${process.id}`);
      process = found;
    }
    return process;
  }

  /** Resolves when a process may have changed since it was read: true; or when the patience is over: false. */
  mayHaveChanged(process: Process, { untilMs, signal }: Patience): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const goneAway = (): void => end(false);
      const end = this.watched(process, untilMs, (mayHaveChanged) => {
        signal.removeEventListener('abort', goneAway);
        resolve(mayHaveChanged);
      });
      signal.addEventListener('abort', goneAway);
    });
  }

  /**
   * The same, told instead of resolved, once.
   *
   * @param untilMs  by the monotonic clock
   * @returns        ends the watch, which is told
   */
  watched({ id, revision }: Process, untilMs: number, told: (mayHaveChanged: boolean) => void): Watcher['end'] {
    const watchers = this.#watchers.get(id) ?? new Set();
    this.#watchers.set(id, watchers);
    const watcher: Watcher = {
      revision,
      end: (mayHaveChanged) => {
        if (!watchers.delete(watcher)) return;
        clearTimeout(timer);
        if (watchers.size === 0 && this.#watchers.get(id) === watchers) this.#watchers.delete(id);
        told(mayHaveChanged);
      },
    };
    const leftMs = this.#ended ? 0 : Math.max(0, untilMs - performance.now());
    const timer = setTimeout(() => watcher.end(false), leftMs);
    watchers.add(watcher);
    this.#lookLater();
    return watcher.end;
  }

  #lookLater(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    setTimeout(() => void this.#look(), lookAgainMs).unref();
  }

  async #look(): Promise<void> {
    try {
      if (this.#watchers.size > 0) await this.#wakeChanged();
    } catch (error) {
      this.log.warn('watch.unanswered', { error });
    } finally {
      this.#isLooking = false;
      if (this.#watchers.size > 0) this.#lookLater();
    }
  }

  async #wakeChanged(): Promise<void> {
    const ids = [...this.#watchers.keys()];
    const now = await this.processes.revisions(ids);
    for (const id of ids) {
      for (const { revision, end } of this.#watchers.get(id) ?? []) if (now.get(id) !== revision) end(true);
    }
  }
}
