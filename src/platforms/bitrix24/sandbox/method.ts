import type { Json, JsonObject } from '../../../lib/json.js';
import type { SimulatedAnswer } from '../../../lib/simulator.js';
import type { Params } from './php-params.js';
import type { PortalState } from './state.js';

/** Who calls, as the portal found out. */
export interface Caller {
  readonly userId: string;
  readonly isAdmin: boolean;
  /** The access token of an application; `null`: a webhook. */
  readonly token: string | null;
}

/** One line of what the portal received; `executed` becomes true when something happened. */
export interface Seen {
  readonly at: string;
  /** In the gateway's words where it has one, e.g. `start`; else the method. */
  readonly operation: string;
  readonly method: string;
  definition: string | null;
  executed: boolean;
  readonly inBatch: boolean;
  /** The HTTP status that it was answered with; `null`: not answered, or a command of a batch, which has none. */
  status: number | null;
}

/** A call on its way through the portal. */
export interface MethodCall {
  readonly params: Params;
  readonly caller: Caller;
  readonly state: PortalState;
  readonly seen: Seen;
  /** Runs another method, for `batch`. */
  readonly callInner: (method: string, params: Params) => Promise<MethodAnswer>;
}

/** A result with its envelope, or an answer that is none. */
export type MethodAnswer =
  | { readonly result: Json; readonly total?: number; readonly next?: number; readonly time?: JsonObject }
  | { readonly broken: (result: Json) => SimulatedAnswer; readonly result: Json };

/** One REST method of the simulated portal. Failures are thrown as PortalFault. */
export interface Method {
  /** In the gateway's words; absent where it has none. */
  readonly operation?: string;
  /** Application tokens only. */
  readonly application?: true;
  /** Portal administrators only. */
  readonly admin?: true;
  /** Top-level keys are upper-cased, as business process methods do. */
  readonly upperCaseKeys?: true;
  run(call: MethodCall): MethodAnswer | Promise<MethodAnswer>;
}
