/** One HTTP request to send. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `null`: no body. */
  readonly body: string | null;
}

/** A complete answer; its body was read to the end and is within the limits. */
export interface HttpAnswer {
  readonly status: number;
  /** Lower-case names; `set-cookie` may be a list. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** The time limit of one exchange, and the last question before its first byte. */
export interface ExchangeLimits {
  readonly signal: AbortSignal;
  /**
   * Asked on the connected socket; false: nothing is written. Given: the socket is fresh, or had an answer less than a
   * second ago.
   */
  readonly mayWrite?: () => boolean;
}

/**
 * Sends one request and reads its answer: no redirect, no retry.
 *
 * @throws NotSent     no byte of the request left
 * @throws AnswerLost  the request may have arrived; no complete answer came back
 */
export type Exchange = (request: HttpRequest, limits: ExchangeLimits) => Promise<HttpAnswer>;
export const Exchange = Symbol('Exchange');

/** No byte of the request left: no address, no connection, no TLS, or called off before. */
export class NotSent extends Error {
  override readonly name = 'NotSent';

  /**
   * @param because  `denied`: the egress guard forbids the address; `late`: called off by `mayWrite` or the signal;
   *   `unpaid`: held back here, so nobody was dialled
   */
  constructor(
    readonly because: 'unreachable' | 'denied' | 'late' | 'unpaid',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The request may have arrived; no complete answer came back. */
export class AnswerLost extends Error {
  override readonly name = 'AnswerLost';
}
