import { Busy, InDoubt, Refused, type NativeFault, type PlatformError } from '../platform.errors.js';
import { refusedParts } from './kit-refusals.js';

/** What was asked for, as far as reading a refusal depends on it. */
export type Asked = 'start' | 'send' | 'stop' | 'task' | 'element' | 'log' | 'register' | 'read' | 'token';

/** A failure as the portal told it; `httpStatus` is `null` inside a batch, whose commands carry none. */
export interface Told {
  readonly code: string;
  readonly description: string;
  readonly httpStatus: number | null;
}

type Make = (native: NativeFault) => PlatformError;

const limit: Make = (native) => new Busy('limit', 'The portal asks to wait before it takes this.', native);
const signIn: Make = (native) => new Busy('sign_in', 'The access token is void; a fresh one is needed.', native);
const credentials: Make = (native) =>
  new Busy('credentials', 'The portal does not accept the credentials of this connection.', native);
const closed: Make = (native) => new Busy('portal_closed', 'The portal is closed to calls.', native);
const rejected: Make = (native) => new Refused('rejected', 'The portal refused the call.', native);
const permission: Make = (native) =>
  new Refused('permission', 'The user or application of this connection may not do that.', native);
const incapable: Make = (native) =>
  new Refused('capability', 'The portal takes this call from an application only, not from a webhook.', native);
const notInPlan: Make = (native) =>
  new Refused('plan', 'The portal has no such method; its tariff may lack business processes.', native);

/** Codes that mean the same whatever was asked for: nothing ran. */
const always: Readonly<Record<string, Make>> = {
  QUERY_LIMIT_EXCEEDED: limit,
  OPERATION_TIME_LIMIT: limit,
  // The portal could not reach its own authorization server; it says so before the method runs.
  CONNECTION_ERROR: limit,
  expired_token: signIn,
  invalid_token: signIn,
  INVALID_CREDENTIALS: credentials,
  NO_AUTH_FOUND: credentials,
  APPLICATION_NOT_FOUND: credentials,
  NOT_INSTALLED: credentials,
  user_access_error: credentials,
  authorization_error: credentials,
  ERROR_OAUTH: credentials,
  invalid_grant: credentials,
  invalid_client: credentials,
  wrong_client: credentials,
  OVERLOAD_LIMIT: closed,
  PAYMENT_REQUIRED: closed,
  WRONG_LICENSE: closed,
  PORTAL_DELETED: closed,
  INVALID_REQUEST: closed,
};

const refusedCalls: Readonly<Record<string, Make>> = {
  ERROR_WRONG_WORKFLOW_ID: rejected,
  ACCESS_DENIED: permission,
  insufficient_scope: permission,
  WRONG_AUTH_TYPE: incapable,
  ERROR_METHOD_NOT_FOUND: notInPlan,
};

/** Refusals of task methods, which also tell a read that there is nothing to read. */
const refusedTasks: Readonly<Record<string, Make>> = {
  ERROR_TASK_VALIDATION: rejected,
  ERROR_TASK_NOT_FOUND: (native) =>
    new Refused('not_found', 'The user of this connection has no such task.', native),
  ERROR_TASK_COMPLETED: (native) => new Refused('done', 'The task is completed already.', native),
  ERROR_TASK_TYPE: rejected,
  // The task's own words; also where the workflow failed after the answer was taken, so whoever asks looks at the task.
  ERROR_TASK_EXECUTION: rejected,
  ERROR_INVALID_USER_ID: rejected,
  ERROR_DELEGATION_NOT_ALLOWED: rejected,
};

/** Codes whose meaning hangs on what was asked for. At the token endpoint only `always` counts: nothing was called there. */
const byAsked: Readonly<Record<Asked, Readonly<Record<string, Make>>>> = {
  start: refusedCalls,
  send: { ...refusedCalls, BAD_REQUEST: rejected },
  stop: refusedCalls,
  element: refusedCalls,
  register: { ...refusedCalls, ...refusedParts },
  log: { ...refusedCalls, ERROR_EMPTY_LOG_MESSAGE: rejected },
  task: { ...refusedCalls, ...refusedTasks },
  read: { ...refusedCalls, ...refusedTasks, BAD_REQUEST: rejected },
  token: {},
};

/**
 * The argument checks of bizproc.workflow.start come without a code and before anything runs, so they are known by their
 * whole text, which is not localized. Source: the error table of api-reference/bizproc/bizproc-workflow-start.md.
 */
const argumentChecks = new Set([
  'Wrong DOCUMENT_ID!',
  'Incorrect document type!',
  'Template type and DOCUMENT_ID mismatch!',
]);

/** Without a code, and with the status that belongs to it; a command of a batch has no status. */
const isNameless = ({ code, httpStatus }: Told): boolean => code === '' && (httpStatus === 400 || httpStatus === null);

/**
 * The portal has a run with the id that was sent and refuses to run it twice. To an id of our choice that is an
 * acceptance; whoever sent none has learnt nothing. Observed, undocumented.
 */
export class RunExists extends InDoubt {}

/**
 * What a failure lets us do next. Whatever stands in no table may have run: `InDoubt`.
 *
 * @param native  for the caller's eyes, already freed of secrets
 */
export function refusalOf(asked: Asked, told: Told, native: NativeFault): PlatformError {
  const make = lookUp(always, told.code) ?? lookUp(byAsked[asked], told.code);
  if (make) return make(native);
  if (asked === 'start' && isNameless(told)) {
    if (argumentChecks.has(told.description)) return rejected(native);
    if (told.description === 'WorkflowAlreadyExists') return new RunExists('The portal has that run already.', native);
  }
  // Unknown, or already finished: terminate and kill have no code of their own for either. Observed.
  if (asked === 'stop' && told.code === '' && told.httpStatus === 400) {
    return new Refused('not_found', 'The portal knows no running workflow of that id.', native);
  }
  // The engine's own word, a number or nothing: there is no such run any more. Nothing is written then. Observed.
  if (asked === 'log' && told.httpStatus === 400 && /^-?\d*$/.test(told.code)) {
    return new Refused('not_found', 'The run of this element has ended; its log takes no more lines.', native);
  }
  return new InDoubt('The portal reported a failure that does not say whether anything ran.', native);
}

// Codes come from outside: `constructor` must not find anything.
function lookUp(table: Readonly<Record<string, Make>>, code: string): Make | null {
  return Object.hasOwn(table, code) ? (table[code] ?? null) : null;
}
