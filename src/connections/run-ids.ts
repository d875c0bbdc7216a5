import type { Log } from '../lib/log.js';
import { runIdsStateOf, type RunIdsState } from './run-id-rule.js';
import type { RunIdAnswers, RunIdsStore } from './run-ids.store.js';

/** What callers are shown. */
export interface RunIdsShown {
  readonly state: RunIdsState;
  /** How many answers showed it, since `runIds` was last set. */
  readonly seen: number;
  readonly lastAt: Date | null;
}

interface Unwritten {
  /** By the monotonic clock, newest first, at most three. */
  readonly keptAtMs: readonly number[];
  readonly ignoredAtMs: number | null;
  readonly seen: number;
}

const nothing: Unwritten = { keptAtMs: [], ignoredAtMs: null, seen: 0 };
const writeAfterMs = 1000;

/**
 * Learns from the answers to starts whether portals keep the run ids that they are offered. Answers are gathered in
 * memory and written about each second; one that tells against a portal is written at once.
 */
export class RunIds {
  readonly #unwritten = new Map<string, Unwritten>();
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  /** @param now  milliseconds of a clock that only goes forward */
  constructor(
    private readonly store: RunIdsStore,
    private readonly log: Log,
    private readonly now: () => number,
  ) {}

  /** Takes what the answer to a start showed. Never throws, and waits for nothing. */
  learnt(connectionKey: string, answer: 'kept' | 'ignored'): void {
    const { keptAtMs, ignoredAtMs, seen } = this.#unwritten.get(connectionKey) ?? nothing;
    const atMs = this.now();
    const after =
      answer === 'kept'
        ? { keptAtMs: [atMs, ...keptAtMs].slice(0, 3), ignoredAtMs, seen: seen + 1 }
        : { keptAtMs, ignoredAtMs: atMs, seen: seen + 1 };
    this.#unwritten.set(connectionKey, after);
    if (answer === 'ignored') void this.#write();
    else this.#writeLater();
  }

  /** What is known of a portal, by all replicas; this one's answers of the last second count. */
  async of(connectionKey: string): Promise<RunIdsShown> {
    await this.#write();
    const known = await this.store.find(connectionKey);
    const [newestKept = null] = known.keptAt;
    const { ignoredAt, seen, now } = known;
    const lastAt = newestKept && ignoredAt && newestKept < ignoredAt ? ignoredAt : (newestKept ?? ignoredAt);
    return { state: runIdsStateOf(known, now), seen, lastAt };
  }

  /** A probe was answered with another id: `ignored` holds from now on until an operator sets `runIds` anew. */
  async distrust(connectionKey: string): Promise<void> {
    await this.store.distrust(connectionKey);
    this.log.warn('run-ids.distrusted', { connection: connectionKey });
  }

  /** Writes what is not written yet. Never throws. */
  async end(): Promise<void> {
    await this.#write();
  }

  #writeLater(): void {
    this.#timer ??= setTimeout(() => void this.#write(), writeAfterMs).unref();
  }

  #write(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#writing = this.#writing.then(() => this.#writeNow());
    return this.#writing;
  }

  async #writeNow(): Promise<void> {
    const taken = [...this.#unwritten];
    if (taken.length === 0) return;
    this.#unwritten.clear();
    const nowMs = this.now();
    try {
      await this.store.add(taken.map(([connection, unwritten]) => answersOf(connection, unwritten, nowMs)));
    } catch (error) {
      this.log.warn('run-ids.unwritten', { error });
      for (const [connection, { ignoredAtMs }] of taken) this.#keepDoubt(connection, ignoredAtMs);
    }
  }

  // Trust that was not written may be lost, or counted twice if it was; what tells against a portal may not be lost.
  #keepDoubt(connection: string, ignoredAtMs: number | null): void {
    if (ignoredAtMs === null) return;
    const later = this.#unwritten.get(connection) ?? nothing;
    this.#unwritten.set(connection, {
      ...later,
      ignoredAtMs: later.ignoredAtMs ?? ignoredAtMs,
      seen: later.seen + 1,
    });
    this.#writeLater();
  }
}

function answersOf(connection: string, { keptAtMs, ignoredAtMs, seen }: Unwritten, nowMs: number): RunIdAnswers {
  return {
    connection,
    keptAgesMs: keptAtMs.map((atMs) => nowMs - atMs),
    ignoredAgeMs: ignoredAtMs === null ? null : nowMs - ignoredAtMs,
    seen,
  };
}
