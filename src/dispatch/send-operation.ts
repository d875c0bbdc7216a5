import { uuidv7 } from '../lib/uuid.js';
import type { Portal, Portals } from '../connections/portals.js';
import type { RunIds } from '../connections/run-ids.js';
import type { StartsTogether } from '../platforms/platform.js';
import type { StartOrder } from '../platforms/run.js';
import type { Claimed, Intended, Operation } from '../processes/operation.js';
import { orderOf } from '../processes/order.js';
import type { Process, WaitingFor } from '../processes/process.js';
import { attemptOf } from './attempts.js';
import type { Attempted, Ready } from './attempted.js';
import { attemptTogether, type Rider, type Together } from './attempt-together.js';
import { BeforeSending } from './before-sending.js';
import { limitedCall } from './limited-call.js';
import { RecordAttempt, type RecordParts } from './record-attempt.js';
import { isPointless } from './settle-unsent.js';
import { abandoned, unsent } from './unanswered.js';
import { lineOf, measured, movesRunOn, throwAny, verdictsOf } from './what-was-shown.js';
import type { Verdict } from './verdict.js';

export interface SendParts extends RecordParts {
  readonly portals: Portals;
  readonly leaseSeconds: number;
  readonly runIds: RunIds;
  /** Told where the platform may have more to say of a process soon. */
  lookSoon(process: Process): void;
  /** Told what an attempt has shown of its portal. Absent: nobody keeps an eye on limits. */
  attempted?(portal: Portal, verdict: Verdict<unknown>): void;
  /** Opens what is sent of sensitive variables, and of commands. Absent: nothing is sealed. */
  readonly sealed?: { orderOf(process: Process): StartOrder; opened(operation: Operation): Operation };
  /** Told how long a request with these starts took, and whether they began by it. Absent: nobody asks. */
  took?(starts: readonly Intended[], ms: number, began: boolean): void;
}

const lookTimeoutMs = 20_000;

/** Brings operations to their next rest: sign-in, intent, request, verdict. */
export class SendOperation {
  /** Operations whose last try was refused for want of a session. */
  readonly #signedInAnew = new Set<string>();
  readonly #record: RecordAttempt;
  readonly #before: BeforeSending;

  constructor(
    private readonly parts: SendParts,
    record = new RecordAttempt(parts),
  ) {
    this.#record = record;
    this.#before = new BeforeSending(parts, record);
  }

  /** Sends what was claimed, unless it became pointless in the meantime. */
  async claimed(claimed: Claimed): Promise<void> {
    if (isPointless(claimed)) return this.#before.dismiss(claimed);
    const portal = await this.parts.portals.of(claimed.operation.connection);
    if (!portal) return this.#before.postpone(claimed, 'retry', 60_000);
    if (!(await this.#before.signIn([claimed], portal))) return;
    const intended = await this.#before.intend(claimed, portal, null);
    if (intended) await this.intended(intended);
  }

  /**
   * Sends starts of one connection in one request. Each has an intent and a verdict of its own, so whatever becomes of one
   * of them is nothing to the others.
   */
  async together(claimed: readonly Claimed[], given: Portal): Promise<void> {
    const [pointless, sensible] = [claimed.filter(isPointless), claimed.filter((one) => !isPointless(one))];
    await Promise.all(pointless.map((one) => this.#before.dismiss(one)));
    if (!(await this.#before.signIn(sensible, given))) return;
    // A sign-in takes its time, and the connection may be another by now.
    const portal = await this.parts.portals.of(given.connection.key);
    const together = portal?.platform.startsTogether;
    if (!portal || !together) {
      await Promise.all(sensible.map((one) => this.returned(one)));
      return;
    }
    const batchId = uuidv7();
    const intents = await Promise.allSettled(sensible.map((one) => this.#before.intend(one, portal, batchId)));
    const intended = intents.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : []));
    if (intended.length > 0) await this.#sendTogether(intended, portal, together);
    throwAny(intents);
  }

  /** Gives back what was claimed and has no place to be sent from: it is due at once. */
  returned(claimed: Claimed, waitingFor?: WaitingFor): Promise<void> {
    return this.#before.returned(claimed, waitingFor);
  }

  /** Sends what is intended: from here to the verdict the row says that it may have happened. */
  async intended(intended: Intended): Promise<void> {
    const { operation } = intended;
    let ready: Ready;
    try {
      ready = await this.#prepare(intended);
    } catch (error) {
      await this.#record.of(intended, unsent(intended, error));
      throw error;
    }
    const sentAtMs = performance.now();
    const attempted = await attemptOf[operation.kind](ready.opened, ready.context).finally(ready.end);
    if (operation.kind === 'start') this.#took([{ intended, attempted }], performance.now() - sentAtMs);
    this.#told(intended, attempted);
    try {
      await this.#learn(intended, attempted);
      await this.#mend(attempted.verdict, ready.portal);
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
  expired(claimed: Claimed): Promise<void> {
    return this.#before.expired(claimed);
  }

  async #sendTogether(intended: readonly Intended[], portal: Portal, startsTogether: StartsTogether): Promise<void> {
    const riders = (await Promise.all(intended.map((one) => this.#opened(one)))).flat();
    if (riders.length === 0) return;
    // All of them go in one write, so the oldest intent says until when.
    const latestMs = Math.min(...intended.map(({ issuedAtMs }) => issuedAtMs)) + this.#mayBeWrittenMs;
    const sentAtMs = performance.now();
    const { call, end } = limitedCall(portal, latestMs);
    const sent = await attemptTogether(riders, startsTogether, {
      platform: portal.platform,
      call,
      signedInAnew: (operationId) => this.#signedInAnew.has(operationId),
    }).finally(end);
    this.#took(sent.each, performance.now() - sentAtMs);
    const mended = await Promise.allSettled(verdictsOf(sent).map((verdict) => this.#mend(verdict, portal)));
    const settled = await Promise.allSettled(
      sent.each.map(async ({ intended: one, attempted }) => {
        this.#told(one, attempted);
        try {
          await this.#learn(one, attempted);
        } finally {
          await this.#settle(one, attempted);
        }
      }),
    );
    throwAny([...mended, ...settled]);
  }

  async #prepare(intended: Intended): Promise<Ready> {
    const { operation, attempt, issuedAtMs } = intended;
    const { portals, reader } = this.parts;
    const portal = await portals.of(operation.connection);
    if (!portal) throw new Error(`Connection "${operation.connection}" is gone`);
    const earlierUnknown = operation.attempts > 1 && (await reader.hasUnknownAttempt(operation.id, attempt.id));
    const { call, end } = limitedCall(portal, issuedAtMs + this.#mayBeWrittenMs);
    const context = {
      platform: portal.platform,
      call,
      lookCall: () => ({ signal: AbortSignal.timeout(lookTimeoutMs) }),
      signedInAnew: this.#signedInAnew.has(operation.id),
      earlierUnknown,
      ...(operation.kind === 'start' ? { order: this.#orderOf(intended.process) } : {}),
    };
    return {
      portal,
      context,
      end,
      opened: { ...intended, operation: this.parts.sealed?.opened(operation) ?? operation },
    };
  }

  #orderOf(process: Process): StartOrder {
    return this.parts.sealed?.orderOf(process) ?? orderOf(process);
  }

  /** What a start orders; none where it cannot be opened: nothing of it is sent then. */
  async #opened(intended: Intended): Promise<readonly Rider[]> {
    try {
      return [{ intended, order: this.#orderOf(intended.process) }];
    } catch (error) {
      await this.#record.of(intended, unsent(intended, error));
      this.parts.log.error('operation.unreadable', { operationId: intended.operation.id, error });
      return [];
    }
  }

  async #settle(intended: Intended, attempted: Attempted): Promise<void> {
    const after = await this.#record.of(intended, attempted);
    // A late answer tells only that it ran.
    const isLateStart = after?.state === 'running' && after.adoption === 'reconciled_exact';
    const goesOn = after?.state === 'terminating' || isLateStart || movesRunOn(intended.operation.kind);
    if (after && goesOn && attempted.verdict.is === 'accepted') this.parts.lookSoon(after);
  }

  /** What the answer says of whether this portal keeps the run ids that we choose. */
  async #learn({ operation, attempt }: Intended, { runId }: Attempted): Promise<void> {
    if (runId === null) return;
    this.parts.runIds.learnt(operation.connection, runId);
    if (runId === 'ignored' && attempt.kind === 'probe') await this.parts.runIds.distrust(operation.connection);
  }

  #took(sent: Together['each'], ms: number): void {
    const { starts, began } = measured(sent);
    this.parts.took?.(starts, ms, began);
  }

  #told(intended: Intended, { verdict }: Attempted): void {
    const { operation } = intended;
    this.parts.log.info('operation.answered', lineOf(intended, verdict));
    if (verdict.is !== 'again' || verdict.because !== 'sign_in') this.#signedInAnew.delete(operation.id);
    else if (verdict.class !== 'not_sent') this.#signedInAnew.add(operation.id);
  }

  /** What a verdict says of the connection. */
  async #mend(verdict: Verdict<unknown>, portal: Portal): Promise<void> {
    const { connection, platform } = portal;
    this.parts.attempted?.(portal, verdict);
    if (verdict.is !== 'again') return;
    const { message } = verdict.error;
    if (verdict.because === 'credentials')
      await this.parts.portals.mark(connection.key, 'reauthorization_required', message, platform);
    if (verdict.because === 'portal_closed') {
      await this.parts.portals.mark(connection.key, 'degraded', message, platform);
    }
    if (verdict.because === 'sign_in') platform.signedOut?.();
  }

  /** How long after its intent a request may still be written. */
  get #mayBeWrittenMs(): number {
    return (this.parts.leaseSeconds * 1000) / 2;
  }
}
