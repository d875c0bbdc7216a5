import type { Exchange, HttpRequest } from '../../lib/exchange.js';
import type { JsonObject } from '../../lib/json.js';
import { ask } from '../ask.js';
import { Busy } from '../platform.errors.js';
import type { Call } from '../platform.js';
import type { Asked } from './bitrix24.refusals.js';
import { secretsOf, type PortalAuth } from './connection.js';
import { verdictOn, type PortalAnswer } from './verdict.js';

/** One method of the portal with its parameters. */
export interface PortalCall {
  readonly asked: Asked;
  /** E.g. `bizproc.workflow.start`. */
  readonly method: string;
  readonly params: JsonObject;
}

/**
 * Talks to one portal: one request each, no retry, no redirect, no cookie (a session of another user would make the
 * call fail with authorization_error; observed).
 */
export class Bitrix24Client {
  readonly #baseUrl: string;
  readonly #auth: () => PortalAuth;
  readonly #exchange: Exchange;

  /** @param auth  the credentials as they are now; tokens change while the client lives */
  constructor(baseUrl: string, auth: () => PortalAuth, exchange: Exchange) {
    this.#baseUrl = baseUrl;
    this.#auth = auth;
    this.#exchange = exchange;
  }

  /** The credentials' secrets as they are now, to keep them out of what is told. */
  get secrets(): readonly string[] {
    return secretsOf(this.#auth());
  }

  /**
   * Calls one method by POST with a JSON body.
   *
   * @throws Refused, Busy, Unreached, InDoubt  as the port sorts them
   */
  async call(portalCall: PortalCall, call: Call): Promise<PortalAnswer> {
    const auth = this.#auth();
    const answer = await ask(this.#exchange, requestFor(this.#baseUrl, auth, portalCall), call);
    try {
      return verdictOn(answer, portalCall.asked, secretsOf(auth));
    } catch (error) {
      throw auth.type === 'webhook' ? withoutSignIn(error) : error;
    }
  }
}

// A webhook has no token to renew: only a person can help.
function withoutSignIn(error: unknown): unknown {
  if (!(error instanceof Busy) || error.because !== 'sign_in') return error;
  return new Busy('credentials', 'The portal does not accept this webhook.', error.native);
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
