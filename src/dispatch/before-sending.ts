import { isOvertaken, signInWhereNeeded } from '../connections/ask-signed-in.js';
import type { Portal, Portals } from '../connections/portals.js';
import { Busy, PlatformError } from '../platforms/platform.errors.js';
import { changed } from '../processes/change.js';
import type { Claimed, Intended } from '../processes/operation.js';
import type { WaitingFor } from '../processes/process.js';
import { termsOf } from './longest-life.js';
import type { RecordAttempt, RecordParts } from './record-attempt.js';
import { retryAfterMs } from './retry-after.js';
import {
  hasNoRun,
  isLate,
  isPointless,
  onItsWay,
  settleExpired,
  settlePointless,
  settlePostponed,
  settleStopped,
} from './settle-unsent.js';

export interface BeforeSendingParts extends RecordParts {
  readonly portals: Portals;
  readonly leaseSeconds: number;
}

const signInTimeoutMs = 20_000;

/** A command offers no id, and nobody has to wait for its request to be dead. */
const noTerms = { chosenId: null, lifeSeconds: 0, batchId: null };

/** What comes before a request: the sign-in and the intent, or what becomes of an operation that is not sent now. */
export class BeforeSending {
  /** How many sign-ins in a row brought no session, by connection. */
  readonly #failedSignIns = new Map<string, number>();

  constructor(
    private readonly parts: BeforeSendingParts,
    private readonly record: RecordAttempt,
  ) {}

  /** Gives back what was claimed and has no place to be sent from: it is due at once. */
  async returned(claimed: Claimed, waitingFor: WaitingFor = { reason: 'capacity' }): Promise<void> {
    const untilMs = waitingFor.until === undefined ? 0 : waitingFor.until.getTime() - this.parts.clock.now().getTime();
    await this.#wait(claimed, waitingFor, Math.max(0, untilMs));
  }

  /** A start whose time has passed while it was unsent. */
  async expired(claimed: Claimed): Promise<void> {
    await this.record.of(claimed, { verdict: null, settle: (process, now) => settleExpired(claimed, process, now) });
  }

  /** Sees to a session or token for all of them; without one they wait, and false comes back. */
  async signIn(claimed: readonly Claimed[], portal: Portal): Promise<boolean> {
    const { key } = portal.connection;
    try {
      await signInWhereNeeded(portal, { signal: AbortSignal.timeout(signInTimeoutMs) });
      this.#failedSignIns.delete(key);
      return true;
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      if (isOvertaken(error)) {
        // Another replica was first, and the next try stands on what it has stored.
        await Promise.all(claimed.map((one) => this.postpone(one, 'retry', 0)));
        return false;
      }
      this.parts.portals.failed(key, error);
      const refused = error instanceof Busy && error.because === 'credentials';
      const closed = error instanceof Busy && error.because === 'portal_closed';
      if (refused) await this.parts.portals.mark(key, 'reauthorization_required', error.message, portal.platform);
      if (closed) await this.parts.portals.mark(key, 'degraded', error.message, portal.platform);
      const failed = (this.#failedSignIns.get(key) ?? 0) + 1;
      this.#failedSignIns.set(key, failed);
      const reason = refused ? 'reauthorization' : closed ? 'degraded' : 'retry';
      await Promise.all(claimed.map((one) => this.postpone(one, reason, retryAfterMs(failed))));
      return false;
    }
  }

  /**
   * Puts the intent on disk.
   *
   * @param batchId  what those share that ride in one request; `null`: it goes alone
   * @returns `null`: withdrawn, expired, closed, held or taken over, so nothing is sent
   */
  async intend(claimed: Claimed, portal: Portal, batchId: string | null): Promise<Intended | null> {
    const { store, reader, clock } = this.parts;
    const { process } = claimed;
    const isStart = claimed.operation.kind === 'start';
    const oneAtATime = isStart && portal.platform.laneOf(process).oneAtATime;
    const terms = isStart ? { ...termsOf(portal, process, this.parts.leaseSeconds), batchId } : noTerms;
    for (let current = claimed; ;) {
      if (isPointless(current)) {
        await this.dismiss(current);
        return null;
      }
      if (hasNoRun(current)) {
        await this.returned(current);
        return null;
      }
      const next = onItsWay(current, clock.now());
      const change = changed(current.process, next, oneAtATime ? { lane: 'hold' } : {});
      const intention = await store.intend(current, change, { oneAtATime, ...terms });
      if (intention.is === 'intended') {
        this.parts.depths?.moved(claimed.operation, 'sending');
        return intention.intended;
      }
      if (intention.is === 'held') {
        // The claim leaves out what is held, so it comes back by itself.
        await this.#wait(current, intention.waitingFor, 0);
        return null;
      }
      const newer = await reader.find(process.id);
      const mayStillGo = current.operation.kind !== 'start' || newer?.state === 'queued';
      if (!newer || newer.revision === current.process.revision || !mayStillGo) {
        if (isLate(current, clock.now())) await this.expired(current);
        else if (newer?.state === 'queued') await this.#stopped(current);
        return null;
      }
      // Another command on the process was settled in between, which is no reason to keep this one waiting.
      current = { ...current, process: newer };
    }
  }

  /** Closes what has become pointless since it was claimed. */
  async dismiss(claimed: Claimed): Promise<void> {
    await this.record.of(claimed, { verdict: null, settle: (process) => settlePointless(claimed, process) });
  }

  /** Puts off what cannot go now. */
  async postpone(claimed: Claimed, reason: WaitingFor['reason'], waitMs: number): Promise<void> {
    await this.#wait(claimed, { reason, until: new Date(this.parts.clock.now().getTime() + waitMs) }, waitMs);
  }

  /** A start with a stop that was accepted while it was held is never sent. */
  async #stopped(claimed: Claimed): Promise<void> {
    const stops = await this.parts.reader.acceptedStops(claimed.process.id);
    if (stops.length === 0) return;
    await this.record.of(claimed, { verdict: null, settle: (process, now) => settleStopped(claimed, process, now) });
  }

  async #wait(claimed: Claimed, waitingFor: WaitingFor, waitMs: number): Promise<void> {
    await this.record.of(claimed, {
      verdict: null,
      settle: (process) => settlePostponed(claimed, process, { waitingFor, waitMs }),
    });
  }
}
