import type { JsonObject } from '../lib/json.js';

/** How a simulated portal is to run. */
export interface SandboxOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** A folder in which runs survive a restart; `null`: in memory only. */
  readonly folder: string | null;
  /** Serve https with this certificate; absent: plain http. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/**
 * How a simulated run behaves; chosen by the definition that is started, so that the same demo works from a test, from
 * curl and from Swagger UI. A platform offers those that its real portals can show.
 */
export type Behaviour =
  | 'finishes-at-once'
  | 'waits' // until told over the control port
  | 'waits-for-task' // until a person, or an element's completion
  | 'fails' // runs, and ends badly
  | 'refused' // a parsed refusal; nothing runs
  | 'lost-answer-started' // it runs, then the connection is reset
  | 'reset-before-executing' // the connection is reset and nothing runs
  | 'html-502' // a proxy's page; nothing runs
  | 'truncated-answer' // it runs; the answer is cut
  | 'slow' // it runs, and the answer takes three seconds
  | 'expired-session' // the session or token is void at the first try
  | 'limit'; // "too many requests" at the first try

/**
 * A simulated portal: a real HTTP server that behaves as the fact sheets say, and well until told otherwise.
 *
 * Beside the platform's own routes it serves its truth and its controls, the same on every platform. The truth:
 *
 * - `GET /_sandbox/runs` → `[{nativeId, definition, state, startedAt, startedBy, variables}]`, every run that was
 *   executed, oldest first; `variables` as received, so that a start with a variable of its own can be counted
 * - `GET /_sandbox/requests` → `[{at, operation, definition, executed, status}]`, every request that it received;
 *   `status` is `null` where it was not answered, and for a command of a batch
 *
 * The controls, each by POST with JSON; 200 gives what holds now, 422 says what is wrong with the body:
 *
 * - `/_sandbox/runs/{nativeId}/finish` `{"outcome": "completed" | "failed"}` ends a run that waits
 * - `/_sandbox/answers` `{"operation", "do", "next"?, "every"?, "definition"?}`: the next requests of that operation (all,
 *   without `next`; with `"every": 10` each tenth) end so: `lose` executes, then resets the connection; `lose-before` resets it and executes nothing; `hang`
 *   executes and never answers; `html-502` answers a proxy's page and executes nothing; `truncate` executes and cuts the
 *   answer in half; `empty-200` executes and answers nothing. `answer` ends all orders for the operation. Operations:
 *   `start`, `send`, `terminate`, `kill`, `complete_element`, `log_element`, `complete_task`, `delegate_task`, `tasks`, `observe`,
 *   `elements`, `definitions`, `sign_in`; a batch is meant with each of its commands
 * - `/_sandbox/delay` `{"operation", "ms"}`: executed at once, answered that much later; 0 ends it
 * - `/_sandbox/clock` `{"aheadSeconds"}`: the portal's clock is off, in all that it tells
 *
 * Where a platform names its failures by codes, any of them can be ordered too:
 *
 * - `/_sandbox/errors` `{"method", "error", "description"?, "status"?, "next"?, "executes"?, "more"?}`: the next calls of that
 *   method of the platform's own (all, without `next`), alone or in a batch, fail so, before anything else is looked at. `error`
 *   is whatever the platform could send: a text, the empty one too, a number, an object; `status` is 400 without a word.
 *   `"executes": true` does the work first and fails then; `more` is what the body holds beside. `{"method"}` alone ends its
 *   orders. Several orders for a method come one after another
 */
export interface Sandbox {
  readonly url: string;
  readonly port: number;
  /** Connections that work here, the first being the one for newcomers: `auth` and the platform's own fields. */
  readonly connections: readonly SandboxConnection[];
  /** A ready start for each behaviour: `definition`, and `subject` and `variables` where they are needed. */
  readonly starts: Readonly<Partial<Record<Behaviour, JsonObject>>>;
  close(): Promise<void>;
}

export interface SandboxConnection {
  /** Added to the key `sandbox-{platform}`; the empty string for the first. */
  readonly suffix: string;
  readonly name: string;
  readonly fields: JsonObject;
}

/** Makes the simulator of one platform; the one thing that its sandbox exports. */
export interface SandboxKind {
  readonly platform: string;
  start(options: SandboxOptions): Promise<Sandbox>;
}
