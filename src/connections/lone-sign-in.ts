import { setTimeout as passed } from 'node:timers/promises';
import { Busy, Unreached } from '../platforms/platform.errors.js';
import type { Call } from '../platforms/platform.js';
import type { Condition, ConnectionStore } from './connection.store.js';

export interface LoneSignInParts {
  readonly store: Pick<ConnectionStore, 'claimRenewal' | 'endRenewal' | 'find' | 'mark'>;
  readonly connectionKey: string;
  /** The version of the stored credentials that the adapter signs in with. */
  authVersion(): number;
  /** Told when somebody else stored other credentials. */
  overtaken(): void;
  /** Told what was written down of the connection. Absent: nobody wants to know. */
  marked?(condition: Condition): void;
}

const lookAgainMs = 100;
/** So long after a refusal a replica may not have heard of it, the clocks of both machines compared. */
const unheardMs = 30_000;

/**
 * Sign-ins of one connection, one after another across all replicas, and none on top of a refusal: portals lock a user after a
 * few of them. The lease is that of renewals, which a platform that signs in this way has none of.
 */
export class LoneSignIn {
  constructor(
    private readonly parts: LoneSignInParts,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * @throws Busy('credentials')  another replica was refused just now; nothing was asked
   * @throws Busy('sign_in')      others were stored meanwhile; those are to be used
   * @throws Unreached            the turn did not come in time
   * @throws PlatformError        of `signIn`
   */
  async run(signIn: () => Promise<void>, { signal }: Call): Promise<void> {
    const { store, connectionKey: key } = this.parts;
    const version = this.parts.authVersion();
    await this.#claimed(version, signal);
    try {
      await this.#assertNotRefused();
      await signIn();
    } catch (error) {
      // Before anybody else has the turn.
      if (error instanceof Busy && error.because === 'credentials') {
        const condition = { state: 'reauthorization_required', reason: error.message } as const;
        if (await store.mark(key, condition, version)) this.parts.marked?.(condition);
      }
      throw error;
    } finally {
      await store.endRenewal(key, version, { counts: false });
    }
  }

  async #claimed(version: number, signal: AbortSignal): Promise<void> {
    const { store, connectionKey: key } = this.parts;
    for (;;) {
      const claim = await store.claimRenewal(key, version);
      if (claim === 'mine') return;
      if (claim === 'overtaken') {
        this.parts.overtaken();
        throw new Busy('sign_in', `Other credentials of "${key}" were stored meanwhile; use those`);
      }
      // A password is not used up by replicas that vanished.
      if (claim === 'spent') await store.endRenewal(key, version, { counts: false });
      else await passed(lookAgainMs);
      if (signal.aborted) throw new Unreached('Other sign-ins took too long; nothing was asked');
    }
  }

  async #assertNotRefused(): Promise<void> {
    const { store, connectionKey } = this.parts;
    const { state, stateReason, stateSince } = (await store.find(connectionKey))?.connection ?? {};
    if (state !== 'reauthorization_required' || stateSince === undefined) return;
    // Later than that a person asks, who knows.
    if (this.now() - stateSince.getTime() < unheardMs) {
      throw new Busy('credentials', stateReason ?? `The credentials of "${connectionKey}" were refused just now`);
    }
  }
}
