import type { Portal } from '../connections/portals.js';
import type { Clock } from '../lib/clock.js';
import type { Log } from '../lib/log.js';
import { originOf } from '../lib/origin.js';
import type { MethodUse } from '../platforms/run.js';
import type { OperationKind } from '../processes/operation.js';
import type { MethodState, MethodUseStore } from '../connections/method-use.store.js';

const shareEveryMs = 2000;
/** Beyond this part of what is allowed a method waits: the portal counts work only after it is done. */
const usedUp = 0.95;
/** How long a method is left alone where nobody told when it may go again. */
const untoldMs = 60_000;

/** The work that methods of portals may still do; a method that is used up waits alone. */
export class MethodLimits {
  readonly #states = new Map<string, MethodState>();
  readonly #unshared = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #sharing: Promise<void> | null = null;

  constructor(private readonly parts: { readonly store: MethodUseStore; readonly clock: Clock; readonly log: Log }) {}

  begin(): void {
    this.#timer = setInterval(() => {
      this.#sharing ??= this.share()
        .catch((error: unknown) => this.parts.log.error('limits.failed', { error }))
        .finally(() => (this.#sharing = null));
    }, shareEveryMs);
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sharing;
  }

  /** What an answer said of the work that a method has cost. */
  spent({ baseUrl }: { readonly baseUrl: string }, use: MethodUse): void {
    const portal = originOf(baseUrl);
    const closedUntil = this.#states.get(keyOf(portal, use.method))?.closedUntil ?? null;
    this.#tell({ ...use, portal, closedUntil, toldAt: this.parts.clock.now() });
  }

  /** A portal refused one method for its limit. */
  refused({ baseUrl }: { readonly baseUrl: string }, method: string, retryAfterMs: number | null): void {
    const portal = originOf(baseUrl);
    const known = this.#states.get(keyOf(portal, method));
    const toldAt = this.parts.clock.now();
    const told = retryAfterMs === null ? null : new Date(toldAt.getTime() + retryAfterMs);
    const reset = known?.resetsAt && known.resetsAt > toldAt ? known.resetsAt : null;
    const closedUntil = told ?? reset ?? new Date(toldAt.getTime() + untoldMs);
    const nothingKnown = { operatingSeconds: 0, allowedSeconds: 0, resetsAt: null };
    this.#tell({ ...(known ?? nothingKnown), portal, method, closedUntil, toldAt });
  }

  /** Until when the method behind an operation is used up; `null`: it may go. */
  until({ connection, platform }: Portal, kind: OperationKind, definition: string): Date | null {
    const method = platform.methodOf?.(kind, definition);
    const state = method === undefined ? undefined : this.#states.get(keyOf(originOf(connection.baseUrl), method));
    return state ? waitsUntil(state, this.parts.clock.now()) : null;
  }

  /** What is known of the methods of a portal in their present windows. */
  of(baseUrl: string): readonly MethodState[] {
    const portal = originOf(baseUrl);
    const now = this.parts.clock.now();
    return [...this.#states.values()].filter(
      (state) => state.portal === portal && (waitsUntil(state, now) !== null || !isOver(state, now)),
    );
  }

  /** Tells the other replicas and hears what they know. */
  async share(): Promise<void> {
    const unshared = [...this.#unshared].flatMap((key) => this.#states.get(key) ?? []);
    this.#unshared.clear();
    if (unshared.length > 0) await this.parts.store.keep(unshared);
    for (const state of await this.parts.store.all()) {
      const key = keyOf(state.portal, state.method);
      const known = this.#states.get(key);
      if (!known || known.toldAt < state.toldAt) this.#states.set(key, state);
    }
  }

  #tell(state: MethodState): void {
    const key = keyOf(state.portal, state.method);
    this.#states.set(key, state);
    this.#unshared.add(key);
  }
}

function waitsUntil({ operatingSeconds, allowedSeconds, resetsAt, closedUntil, toldAt }: MethodState, now: Date) {
  const until = [closedUntil];
  if (allowedSeconds > 0 && operatingSeconds >= allowedSeconds * usedUp) {
    until.push(resetsAt ?? new Date(toldAt.getTime() + untoldMs));
  }
  const latest = new Date(Math.max(...until.map((time) => time?.getTime() ?? 0)));
  return latest > now ? latest : null;
}

function isOver({ resetsAt, toldAt }: MethodState, now: Date): boolean {
  return (resetsAt ?? new Date(toldAt.getTime() + 10 * untoldMs)) <= now;
}

function keyOf(portal: string, method: string): string {
  return `${portal} ${method}`;
}
