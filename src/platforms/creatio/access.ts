import type { HttpAnswer } from '../../lib/exchange.js';
import type { Call } from '../platform.js';

/** The right to send one request. Whoever takes one gives it back with `done`. */
export interface Pass {
  /** What proves it to the instance. Secret. */
  headers(url: string): Readonly<Record<string, string>>;
  /** Learns what every answer may renew, such as a cookie. */
  learn(url: string, answer: HttpAnswer): void;
  /**
   * The instance did not accept it, so neither it nor any that is not newer than this request is used before a sign-in.
   *
   * @param because  `forbidden`: it may stand all the same, where the user's rights were meant
   */
  refused(because: 'void' | 'forbidden'): void;
  done(): void;
}

/** How a connection proves who it is. */
export interface Access {
  /** False: the next command should sign in first, for want of a session or of a free one. */
  signedIn(): boolean;
  /**
   * Signs in once, however many callers ask at the same time.
   *
   * @throws Busy('credentials')    refused; remembered, so that no later call tries these credentials again
   * @throws Busy('portal_closed')  the address has no such service
   * @throws Unreached              no verdict; no command has been sent
   */
  signIn(call: Call): Promise<void>;
  /**
   * The right to send; waits where all are in use.
   *
   * @returns `null`: sign in first
   * @throws Unreached  none became free in time
   */
  take(call: Call): Promise<Pass | null>;
  /** What a person should do although signing in works, as the last sign-in told; `null`: nothing. */
  readonly advice: string | null;
  /** How many requests the instance works on for us at the same time, as things stand now; `null`: as many as we send. */
  readonly requestsAtOnce: number | null;
  /** Ends what stands open; never throws. */
  close(call: Call): Promise<void>;
}
