import type { Json } from '../../../lib/json.js';
import type { SimulatedAnswer } from '../../../lib/simulator.js';
import { batch } from './batch-method.js';
import { commonMethods } from './common-methods.js';
import { portalTime, type Caller, type Method, type MethodAnswer, type Seen } from './method.js';
import type { Params } from './php-params.js';
import { accessDenied, PortalFault } from './portal-fault.js';
import type { Received } from './received.js';
import { signMethods } from './sign-methods.js';
import type { PortalState } from './state.js';
import { taskMethods } from './task-methods.js';
import { workflowMethods } from './workflow-methods.js';

/** Inbound webhooks: user 1 is an administrator, user 2 is not. */
export const webhooks: Readonly<Record<string, { readonly secret: string; readonly isAdmin: boolean }>> = {
  '1': { secret: 'sandboxwebhook01', isAdmin: true },
  '2': { secret: 'sandboxwebhook02', isAdmin: false },
};

const methods = new Map<string, Method>(
  Object.entries({ ...workflowMethods, ...taskMethods, ...signMethods, ...commonMethods, batch }),
);

const maxSeen = 50_000;

/** The REST side of the simulated portal: finds the method, then who calls, then lets the method check. */
export class SimulatedPortal {
  readonly #state: PortalState;
  /** Every request that was received, oldest first; in a sandbox that runs for weeks the last 50,000. */
  readonly seen: Seen[] = [];

  constructor(state: PortalState) {
    this.#state = state;
  }

  async answer(received: Received): Promise<SimulatedAnswer> {
    const startedAt = Date.now();
    try {
      const answer = await this.#call(received.method, received.params, () => this.#callerOf(received), false);
      return 'broken' in answer ? answer.broken(answer.result) : json(200, { ...answer, time: timeOf(startedAt) });
    } catch (error) {
      if (!(error instanceof PortalFault)) throw error;
      return json(error.status, { error: error.code, error_description: error.description });
    }
  }

  async #call(name: string, params: Params, whoCalls: () => Caller, inBatch: boolean): Promise<MethodAnswer> {
    const method = methods.get(name.toLowerCase());
    const seen = this.see(name, method?.operation ?? name, inBatch);
    // Before authentication: an unknown method is 404 whoever calls (observed).
    if (!method) throw new PortalFault(404, 'ERROR_METHOD_NOT_FOUND', 'Method not found!');
    const caller = whoCalls();
    if (method.application && caller.token === null) {
      const text = 'Current authorization type is denied for this method Application context required';
      throw new PortalFault(403, 'WRONG_AUTH_TYPE', text);
    }
    if (method.admin && !caller.isAdmin) throw accessDenied();
    return method.run({
      params: method.upperCaseKeys ? upperCased(params) : params,
      caller,
      state: this.#state,
      seen,
      callInner: (inner, innerParams, innerCaller) => this.#call(inner, innerParams, () => innerCaller, true),
    });
  }

  /** A new line of what was received. */
  see(method: string, operation: string, inBatch = false): Seen {
    const seen: Seen = { at: new Date().toISOString(), operation, method, definition: null, executed: false, inBatch };
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
    const access = this.#state.value.tokens.access.find((one) => one.token === token);
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

function timeOf(startedAtMs: number): Json {
  const now = Date.now();
  return {
    start: startedAtMs / 1000,
    finish: now / 1000,
    duration: (now - startedAtMs) / 1000,
    processing: (now - startedAtMs) / 1000,
    date_start: portalTime(new Date(startedAtMs)),
    date_finish: portalTime(new Date(now)),
    operating_reset_at: Math.floor(now / 1000) + 600,
    operating: 0,
  };
}

function json(status: number, body: object): SimulatedAnswer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) };
}
