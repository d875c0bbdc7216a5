import { randomUUID } from 'node:crypto';
import { setTimeout as passed } from 'node:timers/promises';
import { Client } from 'pg';
import type { Log } from '../lib/log.js';

const channel = 'bpmgw_wake';
/** One notify in this time, however much happens: it takes a lock of the whole database until its commit. */
const throttleMs = 200;
const reconnectAfterMs = [1000, 2000, 5000, 10_000, 30_000] as const;

/** due: something can be claimed; changed: a process has changed. */
export type Wake = 'due' | 'changed';

/**
 * Tells other replicas, in one throttled notify on a session of its own, that there is something to do or to see. It only
 * makes things quicker: whoever hears nothing finds the same by looking.
 */
export class WakeUp {
  readonly #replica = randomUUID();
  readonly #listeners: Readonly<Record<Wake, Set<() => void>>> = { due: new Set(), changed: new Set() };
  readonly #toTell = new Set<Wake>();
  readonly #stop = new AbortController();
  #session: Client | null = null;
  #timer: NodeJS.Timeout | null = null;
  #living: Promise<void> | null = null;

  /** @param url  of the database itself, no transaction pooler; `null`: there is none, and nothing is told */
  constructor(
    private readonly url: string | null,
    private readonly log: Log,
  ) {}

  /** Has `listener` called when another replica tells. */
  on(wake: Wake, listener: () => void): void {
    this.#listeners[wake].add(listener);
  }

  begin(): void {
    if (this.url !== null) this.#living = this.#live(this.url);
  }

  async end(): Promise<void> {
    this.#stop.abort();
    if (this.#timer) clearTimeout(this.#timer);
    await this.#session?.end().catch(() => {});
    await this.#living;
  }

  /** Tells the other replicas, soon and at most so often. To be called after a commit, never within one. */
  tell(wake: Wake): void {
    this.#toTell.add(wake);
    if (this.#stop.signal.aborted) return;
    this.#timer ??= setTimeout(() => void this.#send(), throttleMs);
  }

  async #send(): Promise<void> {
    this.#timer = null;
    const wakes = [...this.#toTell];
    this.#toTell.clear();
    try {
      await this.#session?.query('select pg_notify($1, $2)', [channel, [this.#replica, ...wakes].join(' ')]);
    } catch (error) {
      this.log.warn('wake.untold', { error });
    }
  }

  async #live(url: string): Promise<void> {
    const { signal } = this.#stop;
    for (let failures = 0; !signal.aborted; failures += 1) {
      const session = new Client({ connectionString: url, application_name: 'bpm-gateway wake-up', keepAlive: true });
      const over = new Promise<void>((resolve) => {
        session.on('error', () => resolve());
        session.on('end', () => resolve());
      });
      try {
        await this.#listen(session);
        failures = 0;
        // What was told while nobody listened is not told again.
        this.#hear(['due', 'changed']);
        await over;
      } catch (error) {
        if (!signal.aborted) this.log.warn('wake.unconnected', { error });
      } finally {
        this.#session = null;
        await session.end().catch(() => {});
      }
      const waitMs = reconnectAfterMs[Math.min(failures, reconnectAfterMs.length - 1)];
      await passed(waitMs, undefined, { signal }).catch(() => {});
    }
  }

  async #listen(session: Client): Promise<void> {
    session.on('notification', ({ payload }) => {
      const [replica, ...wakes] = (payload ?? '').split(' ');
      if (replica !== this.#replica) this.#hear(wakes);
    });
    await session.connect();
    await session.query(`listen ${channel}`);
    this.#session = session;
    if (this.#stop.signal.aborted) await session.end();
  }

  #hear(wakes: readonly string[]): void {
    for (const wake of ['due', 'changed'] as const) {
      if (wakes.includes(wake)) for (const listener of this.#listeners[wake]) listener();
    }
  }
}
