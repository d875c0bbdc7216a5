import { setTimeout as passed } from 'node:timers/promises';
import type { JsonObject } from '../lib/json.js';
import { Busy, PlatformError } from '../platforms/platform.errors.js';
import type { ConnectionStore, SealedAuth } from './connection.store.js';

/** What one adapter needs to renew its credentials as the only one of all replicas. */
export interface RenewalParts {
  readonly store: Pick<ConnectionStore, 'claimRenewal' | 'endRenewal' | 'renewCredentials' | 'find'>;
  readonly connectionKey: string;
  seal(auth: JsonObject): SealedAuth;
  /** Told when somebody else stored other credentials, so that this adapter must not be used any more. */
  overtaken(): void;
}

const lookAgainMs = 200;
/** Half of the lease that `claimRenewal` gives: later than that nothing is written any more. */
const mayWriteForMs = 15_000;
/** A renewed pair is lost for good where it cannot be stored, so that is tried for a while. */
const storeAgainMs = [100, 300, 1000, 3000, 5000, 5000] as const;

/**
 * Credentials that are good for one use. A lease in the database lets one replica at a time renew them; should it vanish
 * without storing an answer, they are tried exactly once more.
 */
export class Renewal {
  #version: number;

  constructor(
    private readonly parts: RenewalParts,
    authVersion: number,
  ) {
    this.#version = authVersion;
  }

  /** The version of the stored credentials that the adapter stands on. */
  get authVersion(): number {
    return this.#version;
  }

  /**
   * @param renew  the one request; what it gives is durable when this resolves. It must write nothing once `mayWrite` is false
   * @throws Busy('sign_in')      others were stored meanwhile; those are to be used
   * @throws Busy('credentials')  they were tried twice and no answer came
   * @throws PlatformError        of `renew`
   */
  async renew(renew: (mayWrite: () => boolean) => Promise<JsonObject>): Promise<void> {
    // Of the credentials that `renew` was made for, whatever this adapter stands on when its turn comes.
    const version = this.#version;
    const claimedAtMs = await this.#claimed(version);
    const auth = await this.#asked(version, () => renew(() => performance.now() - claimedAtMs < mayWriteForMs));
    const { store, connectionKey } = this.parts;
    const sealed = this.parts.seal(auth);
    if (!(await repeated(() => store.renewCredentials(connectionKey, sealed, version)))) throw this.#lost();
    this.#version = version + 1;
  }

  /** @returns when the lease was asked for, by the monotonic clock */
  async #claimed(version: number): Promise<number> {
    const { store, connectionKey } = this.parts;
    for (;;) {
      const askedAtMs = performance.now();
      const claim = await store.claimRenewal(connectionKey, version);
      if (claim === 'mine') return askedAtMs;
      if (claim === 'overtaken') throw this.#lost();
      if (claim === 'spent') {
        throw new Busy('credentials', 'The credentials were renewed twice without an answer; have it authorized anew.');
      }
      await passed(lookAgainMs);
    }
  }

  async #asked(version: number, renew: () => Promise<JsonObject>): Promise<JsonObject> {
    const { store, connectionKey } = this.parts;
    try {
      return await renew();
    } catch (error) {
      // What was refused or not sent has used nothing up; of the rest, one more try is left.
      const isUnused = error instanceof PlatformError && error.executed === 'no';
      await store.endRenewal(connectionKey, version, { counts: !isUnused });
      // A holder that was frozen may have been the first to use them, and its answer may be stored by now.
      const isRefused = error instanceof Busy && error.because === 'credentials';
      if (isRefused && (await store.find(connectionKey))?.authVersion !== version) throw this.#lost();
      throw error;
    }
  }

  #lost(): Busy {
    this.parts.overtaken();
    return new Busy('sign_in', `Other credentials of "${this.parts.connectionKey}" were stored meanwhile; use those`);
  }
}

async function repeated<T>(write: () => Promise<T>): Promise<T> {
  for (const pauseMs of storeAgainMs) {
    try {
      return await write();
    } catch {
      await passed(pauseMs);
    }
  }
  return write();
}
