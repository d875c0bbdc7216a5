import type { Exchange, HttpRequest } from '../../lib/exchange.js';
import type { JsonObject } from '../../lib/json.js';
import { ask } from '../ask.js';
import { Busy } from '../platform.errors.js';
import type { PlatformTools } from '../platform-kind.js';
import type { Call } from '../platform.js';
import type { Asked } from './bitrix24.refusals.js';
import { secretsOf, type PortalAuth } from './connection.js';
import type { MethodWork } from './method-work.js';
import { aheadMsIn, timeIn } from './portal-time.js';
import { afterMove, PortalMoved } from './moved.js';
import { newWebhook } from './remedies.js';
import { verdictOn } from './verdict.js';

/** One method of the portal with its parameters. */
export interface PortalCall {
  readonly asked: Asked;
  /** E.g. `bizproc.workflow.start`. */
  readonly method: string;
  readonly params: JsonObject;
  /** What in them must not be told again, beside the credentials. */
  readonly secrets?: readonly string[];
}

/** The part of a success that adapters read. */
export interface PortalAnswer {
  readonly result: unknown;
  /** All of it, as it came. */
  readonly body: string;
  /** The portal's `time.date_start`, e.g. "2024-09-16T08:41:00+03:00"; its offset is the portal's zone. `null`: not told. */
  readonly portalTime: string | null;
  /** Seconds of work of this method in the last ten minutes; `null` where the portal does not count. */
  readonly operatingSeconds: number | null;
  /** How much the portal's clock is ahead of ours, in milliseconds; `null`: not told. */
  readonly clockAheadMs: number | null;
}

/** What a client of one portal is made of. */
export interface ClientParts {
  readonly baseUrl: string;
  /** The credentials as they are now; tokens change while the client lives. */
  readonly auth: () => PortalAuth;
  readonly exchange: Exchange;
  readonly work: MethodWork;
  /** Told where the portal has moved to. */
  readonly moved?: PlatformTools['moved'];
  readonly now?: () => number;
}

/**
 * Talks to one portal: one request each, no retry, no redirect, no cookie (a session of another user would make the
 * call fail with authorization_error; observed).
 */
export class Bitrix24Client {
  readonly #parts: ClientParts;
  readonly now: () => number;

  constructor(parts: ClientParts) {
    this.#parts = parts;
    this.now = parts.now ?? Date.now;
  }

  /** The credentials' secrets as they are now, to keep them out of what is told. */
  get secrets(): readonly string[] {
    return secretsOf(this.#parts.auth());
  }

  /**
   * Calls one method by POST with a JSON body.
   *
   * @throws Refused, Busy, Unreached, InDoubt  as the port sorts them
   */
  async call(portalCall: PortalCall, call: Call): Promise<PortalAnswer> {
    const { baseUrl, exchange, work } = this.#parts;
    const { method, asked } = portalCall;
    const auth = this.#parts.auth();
    const sentAtMs = this.now();
    const request = requestFor(baseUrl, auth, portalCall);
    const answer = await ask(exchange, request, call);
    const time = timeIn(answer.body);
    const clockAheadMs = aheadMsIn(answer, time, { sentAtMs, receivedAtMs: this.now() });
    work.learn(method, time, clockAheadMs);
    try {
      const result = verdictOn(answer, asked, [...secretsOf(auth), ...(portalCall.secrets ?? [])]);
      const { date_start: portalTime = null, operating: operatingSeconds = null } = time ?? {};
      return { result, body: answer.body, portalTime, operatingSeconds, clockAheadMs };
    } catch (error) {
      if (error instanceof PortalMoved) throw await afterMove(error, request.url, this.#parts.moved);
      throw this.explained(error, method);
    }
  }

  /** The same failure with what is known beside it: until when a method is limited, and that a webhook has no token to renew. */
  explained(error: unknown, method: string): unknown {
    const limited = this.#parts.work.limited(error, method, this.now);
    return this.#parts.auth().type === 'webhook' ? withoutSignIn(limited) : limited;
  }

  /** What methods cost; a batch tells it of its commands. */
  get work(): MethodWork {
    return this.#parts.work;
  }
}

// A webhook has no token to renew: only a person can help.
function withoutSignIn(error: unknown): unknown {
  if (!(error instanceof Busy) || error.because !== 'sign_in') return error;
  return new Busy('credentials', newWebhook, error.native);
}

/**
 * The request of a call. The secret of a webhook is part of its address, so the address must not be shown.
 *
 * Source: b24restdocs settings/how-to-call-rest-api/general-principles.md; a Bearer header keeps the token out of
 * bodies and logs.
 */
export function requestFor(baseUrl: string, auth: PortalAuth, { method, params }: PortalCall): HttpRequest {
  const root = auth.type === 'webhook' ? `/rest/${auth.userId}/${encodeURIComponent(auth.secret)}` : '/rest';
  const bearer =
    auth.type === 'oauth' && auth.accessToken !== undefined ? { authorization: `Bearer ${auth.accessToken}` } : {};
  return {
    method: 'POST',
    url: `${baseUrl}${root}/${method}.json`,
    headers: { 'content-type': 'application/json', accept: 'application/json', ...bearer },
    body: JSON.stringify(params),
  };
}
