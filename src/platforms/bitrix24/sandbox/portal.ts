import type { JsonObject } from '../../../lib/json.js';
import type { SimulatedAnswer } from '../../../lib/simulator.js';
import { activityMethods } from './activity-methods.js';
import { batch } from './batch-method.js';
import { commonMethods } from './common-methods.js';
import { askedFor } from './asked.js';
import { elementMethods } from './element-methods.js';
import { eventMethods } from './event-methods.js';
import { PortalLimits } from './limits.js';
import { SimulatedAnswers } from '../../simulated-answers.js';
import type { Caller, Method, MethodAnswer, Seen } from './method.js';
import { OrderedErrors } from './ordered-errors.js';
import type { Params } from './php-params.js';
import { accessDenied, PortalFault } from './portal-fault.js';
import type { Received } from './received.js';
import { signMethods } from './sign-methods.js';
import { portalTime, type PortalState } from './state.js';
import { taskMethods } from './task-methods.js';
import { workflowMethods } from './workflow-methods.js';

/** Inbound webhooks: users 1 and 3 are administrators, user 2 is not. */
export const webhooks: Readonly<Record<string, { readonly secret: string; readonly isAdmin: boolean }>> = {
  '1': { secret: 'sandboxwebhook01', isAdmin: true },
  '2': { secret: 'sandboxwebhook02', isAdmin: false },
  '3': { secret: 'sandboxwebhook03', isAdmin: true },
};

const methods = new Map<string, Method>(
  Object.entries({
    ...workflowMethods,
    ...taskMethods,
    ...signMethods,
    ...activityMethods,
    ...elementMethods,
    ...eventMethods,
    ...commonMethods,
    batch,
  }),
);

const maxSeen = 50_000;

/** One call on its way to its method. */
interface PortalCall {
  readonly name: string;
  readonly params: Params;
  readonly seen: Seen;
  readonly whoCalls: () => Caller;
}

/** The REST side of the simulated portal: finds the method, then who calls, then lets the method check. */
export class SimulatedPortal {
  readonly #state: PortalState;
  readonly limits: PortalLimits;
  readonly answers = new SimulatedAnswers();
  readonly errors = new OrderedErrors();
  /** Every request that was received, oldest first; in a sandbox that runs for weeks the last 50,000. */
  readonly seen: Seen[] = [];

  constructor(state: PortalState) {
    this.#state = state;
    this.limits = new PortalLimits(state.clock);
  }

  async answer(received: Received): Promise<SimulatedAnswer> {
    const { method, params } = received;
    const seen = this.see(method, methods.get(method)?.operation ?? method);
    const asked = askedFor(method, params, this.#state);
    // The front end counts requests before anybody reads them.
    const told = this.limits.takesOne()
      ? await this.answers.answered(asked, () => this.#executed(received, seen))
      : json(503, { error: 'QUERY_LIMIT_EXCEEDED', error_description: 'Too many requests' });
    if ('reset' in told) return told;
    seen.status = told.status;
    return { ...told, headers: { ...told.headers, date: this.#state.clock.now().toUTCString() } };
  }

  async #executed(received: Received, seen: Seen): Promise<SimulatedAnswer> {
    const startedAt = this.#state.clock.now();
    const { method: name, params } = received;
    try {
      const answer = await this.#call({ name, params, seen, whoCalls: () => this.#callerOf(received) });
      if ('broken' in answer) return answer.broken(answer.result);
      return json(200, { ...answer, time: this.#timeOf(name, startedAt) });
    } catch (error) {
      if (!(error instanceof PortalFault)) throw error;
      return json(this.#statusOf(name, error), error.body);
    }
  }

  async #call({ name, params, seen, whoCalls }: PortalCall): Promise<MethodAnswer> {
    const ordered = this.errors.take(name);
    if (ordered && !ordered.executes) throw ordered.fault;
    const method = methods.get(name);
    // Before authentication: an unknown method is 404 whoever calls (observed).
    if (!method) throw new PortalFault(404, 'ERROR_METHOD_NOT_FOUND', 'Method not found!');
    const caller = whoCalls();
    const startedAt = this.#state.clock.now();
    const spent = this.limits.refusalOf(name, this.#timeOf(name, startedAt));
    if (spent) {
      throw new PortalFault(429, 'OPERATION_TIME_LIMIT', 'Method is blocked due to operation time limit.', spent);
    }
    if (method.application && caller.token === null) {
      const text = 'Current authorization type is denied for this method Application context required';
      throw new PortalFault(403, 'WRONG_AUTH_TYPE', text);
    }
    if (method.admin && !caller.isAdmin) throw accessDenied();
    const answer = await method.run({
      params: method.upperCaseKeys ? upperCased(params) : params,
      caller,
      state: this.#state,
      seen,
      callInner: async (inner, innerParams) => {
        const command = inner.toLowerCase();
        const line = this.see(command, methods.get(command)?.operation ?? command, true);
        const at = this.#state.clock.now();
        const call = { name: command, params: innerParams, seen: line, whoCalls: () => caller };
        const answer = await this.#call(call);
        return 'broken' in answer ? answer : { ...answer, time: this.#timeOf(command, at) };
      },
    });
    if (ordered) throw ordered.fault;
    return answer;
  }

  /** Signing is documented to fail with 200, and was seen to fail with 400. */
  #statusOf(method: string, { status }: PortalFault): number {
    return method.startsWith('sign.') && status === 400 ? this.#state.signing.errorStatus : status;
  }

  // A batch costs nothing of its own; its commands count under their own names.
  #timeOf(method: string, startedAt: Date): JsonObject {
    const now = this.#state.clock.now();
    const seconds = (now.getTime() - startedAt.getTime()) / 1000;
    return {
      start: startedAt.getTime() / 1000,
      finish: now.getTime() / 1000,
      duration: seconds,
      processing: seconds,
      date_start: portalTime(startedAt),
      date_finish: portalTime(now),
      ...this.limits.workOf(method),
    };
  }

  /** A new line of what was received. */
  see(method: string, operation: string, inBatch = false): Seen {
    const at = new Date().toISOString();
    const seen: Seen = { at, operation, method, definition: null, executed: false, inBatch, status: null };
    this.seen.push(seen);
    if (this.seen.length > maxSeen) this.seen.splice(0, maxSeen / 10);
    return seen;
  }

  #callerOf({ webhook, token }: Received): Caller {
    if (webhook) {
      const known = Object.hasOwn(webhooks, webhook.userId) ? webhooks[webhook.userId] : undefined;
      if (known?.secret !== webhook.secret) {
        throw new PortalFault(401, 'INVALID_CREDENTIALS', 'Invalid request credentials');
      }
      return { userId: webhook.userId, isAdmin: known.isAdmin, token: null };
    }
    if (token === null) throw new PortalFault(401, 'NO_AUTH_FOUND', 'Wrong authorization data');
    const access = this.#state.tokens.access.find((one) => one.token === token);
    if (!access) throw new PortalFault(401, 'invalid_token', 'Unable to get application by token');
    if (access.expiresAtMs <= Date.now()) {
      throw new PortalFault(401, 'expired_token', 'The access token provided has expired.');
    }
    return { userId: '1', isAdmin: true, token };
  }
}

function upperCased(params: Params): Params {
  return Object.fromEntries(Object.entries(params).map(([key, value]) => [key.toUpperCase(), value]));
}

function json(status: number, body: object): SimulatedAnswer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) };
}
