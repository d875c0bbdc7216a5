import type { SealedAuth } from './connection.store.js';

/** A consent that was asked for, of the connection as it was then. */
export interface AskedConsent {
  readonly id: string;
  readonly connectionKey: string;
  /** The version of the connection. */
  readonly version: number;
}

/** Where an answer came from, for the audit. */
export interface ConsentAnswered {
  readonly address: string;
  readonly traceId: string;
}

/** Consents that people are asked for. Each is answered once, while its connection is what it was. */
export interface ConsentStore {
  /** Remembers it, for so many seconds. */
  ask(consent: AskedConsent, forSeconds: number): Promise<void>;
  /** Takes it off, so that it cannot be answered twice. `null`: it is not known, over, or its connection has changed. */
  take(id: string): Promise<AskedConsent | null>;
  /**
   * Stores what a consent gave together with its line of the audit, and ends what the old credentials had caused. False:
   * the connection has changed, and nothing is written.
   */
  keep(consent: AskedConsent, auth: SealedAuth, answered: ConsentAnswered): Promise<boolean>;
}
export const ConsentStore = Symbol('ConsentStore');
