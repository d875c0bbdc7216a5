import { signInWhereNeeded } from '../connections/ask-signed-in.js';
import type { Portal, Portals } from '../connections/portals.js';
import type { RunIds } from '../connections/run-ids.js';
import { Busy, PlatformError } from '../platforms/platform.errors.js';
import { changed } from '../processes/change.js';
import type { Claimed, Intended } from '../processes/operation.js';
import type { Process, WaitingFor } from '../processes/process.js';
import { abandoned, attemptOf, unsent, type AttemptContext, type Attempted } from './attempts.js';
import { termsOf } from './longest-life.js';
import { RecordAttempt, type RecordParts } from './record-attempt.js';
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
import type { Verdict } from './verdict.js';

export interface SendParts extends RecordParts {
  readonly portals: Portals;
  readonly leaseSeconds: number;
  readonly runIds: RunIds;
  /** Told where the platform may have more to say of a process soon. */
  lookSoon(process: Process): void;
  /** Told what an attempt has shown of its portal. Absent: nobody keeps an eye on limits. */
  attempted?(portal: Portal, verdict: Verdict<unknown>): void;
}

const lookTimeoutMs = 20_000;

/** A command offers no id, and nobody has to wait for its request to be dead. */
const noTerms = { chosenId: null, lifeSeconds: 0 };

/** Brings one operation to its next rest: sign-in, intent, request, verdict. */
export class SendOperation {
  /** Operations whose last try was refused for want of a session. */
  readonly #signedInAnew = new Set<string>();

  /** How many sign-ins in a row brought no session, by connection. */
  readonly #failedSignIns = new Map<string, number>();
  readonly #record: RecordAttempt;

  constructor(
    private readonly parts: SendParts,
    record = new RecordAttempt(parts),
  ) {
    this.#record = record;
  }

  /** Sends what was claimed, unless it became pointless in the meantime. */
  async claimed(claimed: Claimed): Promise<void> {
    if (isPointless(claimed)) return this.#dismiss(claimed);
    const portal = await this.parts.portals.of(claimed.operation.connection);
    if (!portal) return this.#postpone(claimed, 'retry', 60_000);
    if (!(await this.#signIn(claimed, portal))) return;
    const intended = await this.#intend(claimed, portal);
    if (intended) await this.intended(intended);
  }

  /** Gives back what was claimed and has no place to be sent from: it is due at once. */
  async returned(claimed: Claimed, waitingFor: WaitingFor = { reason: 'capacity' }): Promise<void> {
    const untilMs = waitingFor.until === undefined ? 0 : waitingFor.until.getTime() - this.parts.clock.now().getTime();
    await this.#wait(claimed, waitingFor, Math.max(0, untilMs));
  }

  /** Sends what is intended: from here to the verdict the row says that it may have happened. */
  async intended(intended: Intended): Promise<void> {
    const { operation, issuedAtMs } = intended;
    let ready: { portal: Portal; context: AttemptContext };
    try {
      ready = await this.#prepare(intended);
    } catch (error) {
      await this.#record.of(intended, unsent(intended, error));
      throw error;
    }
    const attempted = await attemptOf[operation.kind](intended, ready.context);
    this.parts.log.info('operation.answered', {
      processId: operation.processId,
      operationId: operation.id,
      connection: operation.connection,
      attempt: intended.attempt.number,
      verdict: attempted.verdict.is,
      ms: Math.round(performance.now() - issuedAtMs),
    });
    try {
      await this.#learn(intended, attempted);
      await this.#mend(operation.id, attempted.verdict, ready.portal);
    } finally {
      // Whatever fails beside it, the verdict is written: it alone knows the run.
      await this.#settle(intended, attempted);
    }
  }

  /** An attempt whose worker is gone: it may have happened. */
  async abandoned(intended: Intended): Promise<void> {
    this.parts.log.warn('operation.abandoned', { operationId: intended.operation.id });
    await this.#settle(intended, abandoned(intended));
  }

  /** A start whose time has passed while it was unsent. */
  async expired(claimed: Claimed): Promise<void> {
    await this.#record.of(claimed, { verdict: null, settle: (process, now) => settleExpired(claimed, process, now) });
  }

  async #prepare({ operation, attempt, issuedAtMs }: Intended): Promise<{ portal: Portal; context: AttemptContext }> {
    const { portals, reader, leaseSeconds } = this.parts;
    const portal = await portals.of(operation.connection);
    if (!portal) throw new Error(`Connection "${operation.connection}" is gone`);
    const latestMs = issuedAtMs + (leaseSeconds * 1000) / 2;
    const earlierUnknown = operation.attempts > 1 && (await reader.hasUnknownAttempt(operation.id, attempt.id));
    const context = {
      platform: portal.platform,
      call: {
        signal: AbortSignal.timeout(portal.connection.limits.startTimeoutSeconds * 1000),
        mayWrite: () => performance.now() < latestMs,
      },
      lookCall: () => ({ signal: AbortSignal.timeout(lookTimeoutMs) }),
      signedInAnew: this.#signedInAnew.has(operation.id),
      earlierUnknown,
    };
    return { portal, context };
  }

  /** `null`: withdrawn, expired, closed, held or taken over, so nothing is sent. */
  async #intend(claimed: Claimed, portal: Portal): Promise<Intended | null> {
    const { store, reader, clock } = this.parts;
    const { process } = claimed;
    const isStart = claimed.operation.kind === 'start';
    const oneAtATime = isStart && portal.platform.laneOf(process).oneAtATime;
    const terms = isStart ? termsOf(portal, process, this.parts.leaseSeconds) : noTerms;
    for (let current = claimed; ;) {
      if (isPointless(current)) {
        await this.#dismiss(current);
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

  /** A start with a stop that was accepted while it was held is never sent. */
  async #stopped(claimed: Claimed): Promise<void> {
    const stops = await this.parts.reader.acceptedStops(claimed.process.id);
    if (stops.length === 0) return;
    await this.#record.of(claimed, { verdict: null, settle: (process, now) => settleStopped(claimed, process, now) });
  }

  async #dismiss(claimed: Claimed): Promise<void> {
    await this.#record.of(claimed, { verdict: null, settle: (process) => settlePointless(claimed, process) });
  }

  async #settle(intended: Intended, attempted: Attempted): Promise<void> {
    const after = await this.#record.of(intended, attempted);
    // A late answer tells only that it ran.
    const isLateStart = after?.state === 'running' && after.adoption === 'reconciled_exact';
    const goesOn = after?.state === 'terminating' || isLateStart || intended.operation.kind === 'complete_element';
    if (after && goesOn && attempted.verdict.is === 'accepted') this.parts.lookSoon(after);
  }

  /** What the answer says of whether this portal keeps the run ids that we choose. */
  async #learn({ operation, attempt }: Intended, { runId }: Attempted): Promise<void> {
    if (runId === null) return;
    this.parts.runIds.learnt(operation.connection, runId);
    if (runId === 'ignored' && attempt.kind === 'probe') await this.parts.runIds.distrust(operation.connection);
  }

  /** What a refusal before execution says of the connection. */
  async #mend(operationId: string, verdict: Verdict<unknown>, portal: Portal): Promise<void> {
    const { connection, platform } = portal;
    this.parts.attempted?.(portal, verdict);
    if (verdict.is !== 'again' || verdict.because !== 'sign_in') this.#signedInAnew.delete(operationId);
    if (verdict.is !== 'again') return;
    const { message } = verdict.error;
    if (verdict.because === 'credentials')
      await this.parts.portals.mark(connection.key, 'reauthorization_required', message);
    if (verdict.because === 'portal_closed') await this.parts.portals.mark(connection.key, 'degraded', message);
    if (verdict.because === 'sign_in') {
      platform.signedOut?.();
      this.#signedInAnew.add(operationId);
    }
  }

  async #signIn(claimed: Claimed, portal: Portal): Promise<boolean> {
    const { key } = portal.connection;
    try {
      await signInWhereNeeded(portal, { signal: AbortSignal.timeout(lookTimeoutMs) });
      this.#failedSignIns.delete(key);
      return true;
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      this.parts.portals.failed(key, error);
      const refused = error instanceof Busy && error.because === 'credentials';
      if (refused) await this.parts.portals.mark(key, 'reauthorization_required', error.message);
      const failed = (this.#failedSignIns.get(key) ?? 0) + 1;
      this.#failedSignIns.set(key, failed);
      await this.#postpone(claimed, refused ? 'reauthorization' : 'retry', retryAfterMs(failed));
      return false;
    }
  }

  async #postpone(claimed: Claimed, reason: WaitingFor['reason'], waitMs: number): Promise<void> {
    await this.#wait(claimed, { reason, until: new Date(this.parts.clock.now().getTime() + waitMs) }, waitMs);
  }

  async #wait(claimed: Claimed, waitingFor: WaitingFor, waitMs: number): Promise<void> {
    await this.#record.of(claimed, {
      verdict: null,
      settle: (process) => settlePostponed(claimed, process, { waitingFor, waitMs }),
    });
  }
}
