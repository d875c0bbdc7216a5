import {
  Busy,
  InDoubt,
  Refused,
  type NativeFault,
  type PlatformError,
  type RefusedBecause,
} from '../platform.errors.js';
import { refusedParts } from './kit-refusals.js';
import { meaningOf } from './remedies.js';

/** What was asked for, as far as reading a refusal depends on it. */
export type Asked =
  'start' | 'send' | 'stop' | 'task' | 'element' | 'log' | 'register' | 'call' | 'read' | 'providers' | 'token';

/** A failure as the portal told it; `httpStatus` is `null` inside a batch, whose commands carry none. */
export interface Told {
  readonly code: string;
  readonly description: string;
  readonly httpStatus: number | null;
}

/** @param meaning  what the code means and what to do, where that is known */
type Make = (native: NativeFault, meaning: string | null) => PlatformError;

const limit: Make = (native, meaning) =>
  new Busy('limit', meaning ?? 'The portal asks to wait before it takes this.', native);
const signIn: Make = (native, meaning) =>
  new Busy('sign_in', meaning ?? 'The access token is void; a fresh one is needed.', native);
const credentials: Make = (native, meaning) =>
  new Busy('credentials', meaning ?? 'The portal does not accept the credentials of this connection.', native);
const closed: Make = (native, meaning) =>
  new Busy('portal_closed', meaning ?? 'The portal is closed to calls.', native);
const refused =
  (because: RefusedBecause): Make =>
  (native, meaning) =>
    new Refused(because, meaning ?? 'The portal refused the call.', native);
const rejected = refused('rejected');

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
  ACCESS_DENIED: refused('permission'),
  insufficient_scope: refused('permission'),
  WRONG_AUTH_TYPE: refused('capability'),
  ERROR_METHOD_NOT_FOUND: refused('plan'),
};

/** Refusals of task methods, which also tell a read that there is nothing to read. */
const refusedTasks: Readonly<Record<string, Make>> = {
  ERROR_TASK_VALIDATION: rejected,
  ERROR_TASK_NOT_FOUND: (native) => new Refused('not_found', 'The user of this connection has no such task.', native),
  ERROR_TASK_COMPLETED: (native) => new Refused('done', 'The task is completed already.', native),
  ERROR_TASK_TYPE: rejected,
  // The task's own words; also where the workflow failed after the answer was taken, so whoever asks looks at the task.
  ERROR_TASK_EXECUTION: rejected,
  ERROR_INVALID_USER_ID: rejected,
  ERROR_DELEGATION_NOT_ALLOWED: rejected,
};

/**
 * Refusals of a list of signing providers; a failure inside it without a code is told as `0`.
 * Source: api-reference/sign/b2e/sign-b2e-company-provider-list.md, and observed.
 */
const refusedProviders: Readonly<Record<string, Make>> = {
  510: (native) => new Refused('not_found', 'The portal knows no such company of its own.', native),
  0: rejected,
  '': rejected,
};

/** Codes whose meaning hangs on what was asked for. At the token endpoint only `always` counts: nothing was called there. */
const byAsked: Readonly<Record<Asked, Readonly<Record<string, Make>>>> = {
  start: refusedCalls,
  send: { ...refusedCalls, BAD_REQUEST: rejected },
  stop: refusedCalls,
  element: refusedCalls,
  register: { ...refusedCalls, ...refusedParts },
  log: { ...refusedCalls, ERROR_EMPTY_LOG_MESSAGE: rejected },
  call: refusedCalls,
  task: { ...refusedCalls, ...refusedTasks },
  read: { ...refusedCalls, ...refusedTasks, BAD_REQUEST: rejected },
  providers: { ...refusedCalls, ...refusedProviders },
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

const nothingKnown = {
  read: 'The portal answered the read with a failure of no known meaning; its own words may tell.',
  command: 'The portal reported a failure that does not say whether anything ran.',
};

const argumentFault =
  'The portal has no such document, or the template is for documents of another type. Check subject, and the subjectTypes of the definition.';

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
  const meaning = meaningOf(asked, told.code);
  if (make) return make(native, meaning);
  if (asked === 'start' && isNameless(told)) {
    if (argumentChecks.has(told.description)) return new Refused('rejected', argumentFault, native);
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
  return new InDoubt(meaning ?? nothingKnown[asked === 'read' ? 'read' : 'command'], native);
}

// Codes come from outside: `constructor` must not find anything.
function lookUp(table: Readonly<Record<string, Make>>, code: string): Make | null {
  return Object.hasOwn(table, code) ? (table[code] ?? null) : null;
}
