import type { Log } from '../lib/log.js';
import type { Operation, OperationState } from '../processes/operation.js';
import type { QueueDepthStore } from '../processes/queue-depth.store.js';

const shareEveryMs = 1000;
/** How often the counters are set right by a count of the rows. */
const recountEveryMs = 3 * 60_000;
/** A queue that is found full may only have been counted wrong. */
const recountFullAfterMs = 5000;

export interface QueueDepthsParts {
  readonly store: QueueDepthStore;
  readonly log: Log;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

/** How many starts wait at each connection: counters that replicas share, so that no start has to count rows. */
export class QueueDepths {
  #shared: ReadonlyMap<string, number> = new Map();
  #own = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #sharing: Promise<void> | null = null;
  #countedAtMs = Number.NEGATIVE_INFINITY;
  #foundFull = false;

  constructor(private readonly parts: QueueDepthsParts) {}

  begin(): void {
    this.#shareNow();
    this.#timer = setInterval(() => this.#shareNow(), shareEveryMs);
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sharing;
    if (this.#own.size > 0) await this.#tell();
  }

  /** A start has come into the queue, or has left it. */
  changed(connectionKey: string, by: 1 | -1): void {
    this.#own.set(connectionKey, (this.#own.get(connectionKey) ?? 0) + by);
  }

  /** An operation has another state than it had; only starts that wait are counted. */
  moved({ kind, state, connection }: Operation, now: OperationState): void {
    const came = Number(now === 'queued') - Number(state === 'queued');
    if (kind === 'start' && came !== 0) this.changed(connection, came > 0 ? 1 : -1);
  }

  of(connectionKey: string): number {
    return Math.max(0, (this.#shared.get(connectionKey) ?? 0) + (this.#own.get(connectionKey) ?? 0));
  }

  all(): ReadonlyMap<string, number> {
    return new Map([...new Set([...this.#shared.keys(), ...this.#own.keys()])].map((key) => [key, this.of(key)]));
  }

  /** Whether as many starts wait as may. */
  isFull(connectionKey: string, queueDepth: number): boolean {
    if (this.of(connectionKey) < queueDepth) return false;
    this.#foundFull = true;
    return true;
  }

  /** Adds what this replica counted to the counters of all, and reads them. */
  async share(): Promise<void> {
    const { store, now } = this.parts;
    if (this.#own.size > 0) await this.#tell();
    if (now() - this.#countedAtMs > (this.#foundFull ? recountFullAfterMs : recountEveryMs)) {
      this.#countedAtMs = now();
      this.#foundFull = false;
      await store.recount();
    }
    this.#shared = await store.all();
  }

  async #tell(): Promise<void> {
    const changes = this.#own;
    this.#own = new Map();
    // What is under way is in neither count for a moment.
    this.#shared = new Map([...this.#shared, ...[...changes].map(([key, by]) => [key, this.#seen(key) + by] as const)]);
    await this.parts.store.add(changes);
  }

  #seen(connectionKey: string): number {
    return this.#shared.get(connectionKey) ?? 0;
  }

  #shareNow(): void {
    this.#sharing ??= this.share()
      .catch((error: unknown) => this.parts.log.error('queue.uncounted', { error }))
      .finally(() => (this.#sharing = null));
  }
}
