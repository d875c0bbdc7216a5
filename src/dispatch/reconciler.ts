import { askSignedIn } from '../connections/ask-signed-in.js';
import type { Portal, Portals } from '../connections/portals.js';
import type { RunIds } from '../connections/run-ids.js';
import type { Log } from '../lib/log.js';
import { PlatformError } from '../platforms/platform.errors.js';
import type { Candidate, Run } from '../platforms/run.js';
import type { LostStart, LostStore } from '../processes/lost.store.js';
import { orderOf, type OrderOf } from '../processes/order.js';
import type { ToldElements } from '../processes/told-elements.store.js';
import type { LateAnswers } from './late-answer.js';
import { longestLifeSeconds } from './longest-life.js';
import { carriesChosenId, spanOf } from './next-look.js';
import type { SettleLost } from './settle-lost.js';
import type { StuckStops } from './stuck-stops.js';

const tickMs = 500;
const readTimeoutMs = 20_000;
/** How many lost starts of a connection one round takes up. */
const atOnce = 100;

const running: Run = { state: 'running', nativeState: null, result: null, failure: null };

export interface ReconcilerParts {
  readonly store: LostStore;
  readonly portals: Portals;
  readonly runIds: Pick<RunIds, 'of'>;
  readonly settle: SettleLost;
  /** Absent: portals tell nothing by themselves. */
  readonly told?: Pick<ToldElements, 'runsToldOf'>;
  readonly lateAnswers: LateAnswers;
  readonly stuckStops: StuckStops;
  readonly leaseSeconds: number;
  readonly log: Log;
  /** What was sent of a start. Absent: what it shows. */
  readonly orderOf?: OrderOf;
}

/**
 * Looks for starts whose outcome is not known, and for runs that nobody has named: each on its schedule, those of a
 * connection together, connections side by side.
 */
export class Reconciler {
  readonly #rounds = new Map<string, Promise<void>>();
  #timer: NodeJS.Timeout | null = null;
  #starting: Promise<void> | null = null;

  constructor(private readonly parts: ReconcilerParts) {}

  begin(): void {
    this.#timer = setInterval(() => {
      this.#starting ??= this.#startRounds()
        .catch((error: unknown) => this.parts.log.error('reconcile.failed', { error }))
        .finally(() => (this.#starting = null));
    }, tickMs);
  }

  /** Ends after the looks that are out. */
  async end(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#starting;
    await Promise.all(this.#rounds.values());
  }

  async #startRounds(): Promise<void> {
    const { portals, store, leaseSeconds, lateAnswers, stuckStops } = this.parts;
    await lateAnswers.read();
    await stuckStops.find();
    const all = await portals.all();
    const free = all.filter(({ connection }) => !this.#rounds.has(connection.key));
    if (free.length === 0) return;
    const rooms = free.map((portal) => ({
      connection: portal.connection.key,
      lifeSeconds: longestLifeSeconds(portal, leaseSeconds),
    }));
    const taken = await store.takeLost(rooms, atOnce);
    for (const portal of free) {
      const { key } = portal.connection;
      const mine = taken.filter(({ process }) => process.connection === key);
      if (mine.length === 0) continue;
      const round = this.#round(portal, mine)
        .catch((error: unknown) => this.parts.log.error('reconcile.failed', { connection: key, error }))
        .finally(() => this.#rounds.delete(key));
      this.#rounds.set(key, round);
    }
  }

  async #round(portal: Portal, lost: readonly LostStart[]): Promise<void> {
    const unnamed = await this.#byChosenId(portal, lost);
    for (const starts of byLane(unnamed)) await this.#byLooking(portal, starts);
  }

  /** Finds runs by the id that we chose for them: exact, wherever it is listed. @returns those that were not found */
  async #byChosenId(portal: Portal, lost: readonly LostStart[]): Promise<readonly LostStart[]> {
    const { platform } = portal;
    const ids = new Map(lost.map((one) => [one, platform.chosenIdOf?.(orderOf(one.process)) ?? null]));
    const named = lost.filter((one) => ids.get(one));
    const left = lost.filter((one) => !ids.get(one));
    const keeps = named.length > 0 && (await this.parts.runIds.of(portal.connection.key)).state === 'kept';
    for (let at = 0; at < named.length; at += platform.observeAtOnce) {
      const some = named.slice(at, at + platform.observeAtOnce);
      const runs = some.map((one) => ({ nativeId: ids.get(one) ?? '', definition: one.process.definition }));
      const seen = await this.#asked(portal, (adapter, call) => adapter.observe(runs, call));
      const told = await this.#toldOf(some, runs);
      for (const one of some) {
        const nativeId = ids.get(one) ?? '';
        const sight = seen?.get(nativeId);
        if (sight?.seen) await this.parts.settle.exact(one, { nativeId, run: sight });
        else if (told.has(nativeId)) await this.parts.settle.exact(one, { nativeId, run: running });
        else if (!keeps || !carriesChosenId(one)) left.push(one);
        else
          await this.parts.settle.after(portal, one, {
            candidates: sight ? [] : null,
            isAbsentById: sight !== undefined,
          });
      }
    }
    return left;
  }

  /** Runs that are not listed any more and told of an element before: they have begun, and the next look sees them ended. */
  async #toldOf(
    [first]: readonly LostStart[],
    runs: readonly { readonly nativeId: string }[],
  ): Promise<ReadonlySet<string>> {
    if (!first || !this.parts.told) return new Set();
    return this.parts.told.runsToldOf(
      first.process.portal,
      runs.map(({ nativeId }) => nativeId),
    );
  }

  /** Looks for runs that fit, once for all lost starts of a lane. */
  async #byLooking(portal: Portal, lost: readonly LostStart[]): Promise<void> {
    const [first] = lost;
    if (!first) return;
    const spans = lost.map(spanOf);
    const from = new Date(Math.min(...spans.map((span) => span.from.getTime())));
    const to = new Date(Math.max(...spans.map((span) => span.to.getTime())));
    const order = this.parts.orderOf?.(first.process) ?? orderOf(first.process);
    const look = await this.#asked(
      portal,
      async (adapter, call) => (await adapter.findLost?.(order, { from, to }, call))?.candidates ?? [],
    );
    const free = look && (await this.#unclaimed(first.process.portal, look));
    for (const one of lost) {
      const candidates = free?.filter((candidate) => fits(candidate, spanOf(one))) ?? null;
      const isAnybodys = await this.#isAnybodys(one, candidates ?? []);
      await this.parts.settle.after(portal, one, { candidates, isAbsentById: false, isAnybodys });
    }
  }

  async #isAnybodys({ process }: LostStart, candidates: readonly Candidate[]): Promise<boolean> {
    return candidates.some((one) => one.looksLikeOthers) && this.parts.store.othersLost(process);
  }

  async #unclaimed(portal: string, candidates: readonly Candidate[]): Promise<readonly Candidate[]> {
    if (candidates.length === 0) return candidates;
    const claimed = await this.parts.store.claimedIds(
      portal,
      candidates.map(({ nativeId }) => nativeId),
    );
    return candidates.filter(({ nativeId }) => !claimed.has(nativeId));
  }

  /** `null`: the platform could not be asked. */
  async #asked<T>(portal: Portal, read: Parameters<typeof askSignedIn<T>>[2]): Promise<T | null> {
    const { connection } = portal;
    if (connection.state === 'reauthorization_required') return null;
    try {
      return await askSignedIn(this.parts.portals, portal, read, { signal: AbortSignal.timeout(readTimeoutMs) });
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      this.parts.log.warn('reconcile.unanswered', { connection: connection.key, message: error.message });
      return null;
    }
  }
}

function byLane(lost: readonly LostStart[]): LostStart[][] {
  const lanes = new Map<string, LostStart[]>();
  for (const one of lost) lanes.set(one.process.lane, [...(lanes.get(one.process.lane) ?? []), one]);
  return [...lanes.values()];
}

/** Within the span of a start, a few seconds aside: some platforms tell whole seconds. */
function fits({ startedAt }: Candidate, { from, to }: { readonly from: Date; readonly to: Date }): boolean {
  const slackMs = 2000;
  return startedAt === null || (startedAt.getTime() >= from.getTime() - slackMs && startedAt <= to);
}
