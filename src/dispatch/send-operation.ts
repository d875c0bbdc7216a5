import { signInWhereNeeded } from '../connections/ask-signed-in.js';
import type { Portal, Portals } from '../connections/portals.js';
import type { Clock } from '../lib/clock.js';
import type { Log } from '../lib/log.js';
import { Busy, PlatformError } from '../platforms/platform.errors.js';
import type { Claimed, Intended } from '../processes/operation.js';
import type { Outcomes } from '../processes/outcomes.js';
import { move, type Process, type WaitingFor } from '../processes/process.js';
import { LeaseLost, StaleRevision, type ProcessReader, type ProcessStore } from '../processes/process.store.js';
import { abandoned, attemptOf, type Attempted } from './attempts.js';
import { retryAfterMs } from './retry-after.js';
import type { Verdict } from './verdict.js';

export interface SendParts {
  readonly store: ProcessStore;
  readonly reader: ProcessReader;
  readonly portals: Portals;
  readonly outcomes: Outcomes;
  readonly clock: Clock;
  readonly log: Log;
  readonly leaseSeconds: number;
  /** Told where the platform may have more to say of a process soon. */
  lookSoon(process: Process): void;
}

const lookTimeoutMs = 20_000;

/** Brings one operation to its next rest: sign-in, intent, request, verdict. */
export class SendOperation {
  /** Operations whose last try was refused for want of a session. */
  readonly #signedInAnew = new Set<string>();

  constructor(private readonly parts: SendParts) {}

  /** Sends what was claimed, unless it became pointless in the meantime. */
  async claimed(claimed: Claimed): Promise<void> {
    const { store, portals, clock } = this.parts;
    const portal = await portals.of(claimed.operation.connection);
    if (!portal) return this.#postpone(claimed, { reason: 'retry' }, 60_000);
    if (!(await this.#signIn(claimed, portal))) return;
    const intended = await store.intend(claimed, onItsWay(claimed, clock.now()));
    if (intended) await this.intended(intended);
  }

  /** Sends what is intended: from here to the verdict the row says that it may have happened. */
  async intended(intended: Intended): Promise<void> {
    const { portals, reader, leaseSeconds, log } = this.parts;
    const { operation, issuedAtMs } = intended;
    const portal = await portals.of(operation.connection);
    if (!portal) return this.#settle(intended, abandoned(intended));
    const latestMs = issuedAtMs + (leaseSeconds * 1000) / 2;
    const attempted = await attemptOf[operation.kind](intended, {
      platform: portal.platform,
      call: {
        signal: AbortSignal.timeout(portal.connection.limits.startTimeoutSeconds * 1000),
        mayWrite: () => performance.now() < latestMs,
      },
      lookCall: () => ({ signal: AbortSignal.timeout(lookTimeoutMs) }),
      signedInAnew: this.#signedInAnew.has(operation.id),
      earlierUnknown: operation.attempts > 1 && (await reader.hasUnknownAttempt(operation.id)),
    });
    log.info('operation.answered', {
      processId: operation.processId,
      operationId: operation.id,
      connection: operation.connection,
      attempt: intended.attempt.number,
      verdict: attempted.verdict.is,
      ms: Math.round(performance.now() - issuedAtMs),
    });
    await this.#mend(operation.id, attempted.verdict, portal);
    await this.#settle(intended, attempted);
  }

  /** An attempt whose worker is gone: it may have happened. */
  async abandoned(intended: Intended): Promise<void> {
    this.parts.log.warn('operation.abandoned', { operationId: intended.operation.id });
    await this.#settle(intended, abandoned(intended));
  }

  /** A start whose time has passed while it was unsent. */
  async expired(claimed: Claimed): Promise<void> {
    const { store, clock, outcomes } = this.parts;
    const { operation, process, lease } = claimed;
    const expired = move(process, { to: 'expired', at: clock.now() });
    const answer = { word: 'unsent', extra: null } as const;
    const after = await store.settle({
      lease,
      attempt: null,
      operation: { state: 'done', retryAfterMs: null },
      process: expired,
      fromRevision: process.revision,
      news: [{ type: 'process.expired', data: { startBefore: process.startBefore?.toISOString() ?? null } }],
      answer,
    });
    outcomes.tell(operation.id, { process: after, state: 'done', answer: { ...answer, progress: after } });
  }

  async #settle(intended: Intended, attempted: Attempted): Promise<void> {
    const { store, reader, clock, outcomes, log } = this.parts;
    const { operation } = intended;
    let { process } = intended;
    for (;;) {
      const open = attempted.verdict.is === 'again' ? await reader.openOperations(process.id) : [];
      const stops = open.filter(({ kind }) => kind === 'terminate' || kind === 'kill');
      const now = { at: clock.now(), stops, retryAfterMs: retryAfterMs(operation.attempts) };
      const settlement = attempted.settle(process, now);
      try {
        const after = await store.settle(settlement);
        const answer = settlement.answer && { ...settlement.answer, progress: after };
        outcomes.tell(operation.id, { process: after, state: settlement.operation.state, answer });
        const moves = operation.kind === 'complete_element' || after.state === 'terminating';
        if (moves && settlement.operation.state === 'done') this.parts.lookSoon(after);
        return;
      } catch (error) {
        if (error instanceof LeaseLost) {
          log.warn('operation.lease-lost', { operationId: operation.id });
          return;
        }
        if (!(error instanceof StaleRevision)) throw error;
        process = (await reader.find(process.id)) ?? process;
      }
    }
  }

  /** What a refusal before execution says of the connection. */
  async #mend(operationId: string, verdict: Verdict<unknown>, { connection, platform }: Portal): Promise<void> {
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
    try {
      await signInWhereNeeded(portal, { signal: AbortSignal.timeout(lookTimeoutMs) });
      return true;
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      const refused = error instanceof Busy && error.because === 'credentials';
      if (refused) await this.parts.portals.mark(portal.connection.key, 'reauthorization_required', error.message);
      const waitMs = retryAfterMs(claimed.operation.attempts + 1);
      await this.#postpone(claimed, { reason: refused ? 'reauthorization' : 'retry' }, waitMs);
      return false;
    }
  }

  async #postpone(claimed: Claimed, { reason }: WaitingFor, waitMs: number): Promise<void> {
    const { store, clock } = this.parts;
    const { process, operation } = claimed;
    const until = new Date(clock.now().getTime() + waitMs);
    const waiting = operation.kind === 'start' ? { reason, until } : process.waitingFor;
    await store.postpone(claimed, { ...process, waitingFor: waiting, revision: process.revision + 1 }, waitMs);
  }
}

/** A process whose operation is about to go out. */
function onItsWay({ operation, process }: Claimed, at: Date): Process {
  switch (operation.kind) {
    case 'start':
      return move(process, { to: 'starting', at, learnt: { attempts: process.attempts + 1 } });
    case 'terminate':
    case 'kill':
      return process.state === 'running' ? move(process, { to: 'terminating', at }) : process;
    case 'complete_element':
      return process;
  }
}
