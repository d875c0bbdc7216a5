/** Credentials that end soon. */
export interface Ending {
  readonly connectionKey: string;
  /** How many days are left at most: 30, 7 or 1. */
  readonly days: number;
  readonly endsAt: Date;
}

/** When credentials are renewed although nobody needed them. */
export interface KeepAliveTerms {
  /** So many days before they end. */
  readonly days: number;
  /** So many days before they end also where one renewal had no answer, and there is only one more to try. */
  readonly lastTryDays: number;
}

/** Credentials that live for a time only, over all replicas. */
export interface KeepAliveStore {
  /**
   * The next connection whose credentials are due, claimed for a day, so that one replica at a time tries, and rarely. One
   * that is paused or waits for a person is not due. `null`: none is.
   */
  claim(terms: KeepAliveTerms): Promise<string | null>;
  /** Tells once, as an event, at each of `days` (the largest first) that the credentials of one connection end. `null`: none. */
  warn(days: readonly number[]): Promise<Ending | null>;
}
export const KeepAliveStore = Symbol('KeepAliveStore');
