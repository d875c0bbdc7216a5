import { z } from 'zod';
import type { HttpAnswer } from '../../lib/exchange.js';
import { pointerTo, valueFault, type Fault } from '../../lib/fault.js';
import type { JsonObject } from '../../lib/json.js';
import type { NativeRequest } from '../native-request.js';
import type { NativeCalls } from '../platform.js';
import { Refused } from '../platform.errors.js';
import type { CreatioClient, CreatioRequest } from './creatio.client.js';
import { nativeFault, unreadable } from './creatio.refusals.js';
import { parsed } from './creatio.wire.js';

const segment = '[A-Za-z_][A-Za-z0-9_]*';

/** An operation of a service of the product or of a configuration, or of DataService; called by POST with a JSON body. */
const operationForm = new RegExp(
  `^(${segment}\\.svc(/${segment}){1,2}|rest/${segment}/${segment}|DataService/json/SyncReply/${segment})$`,
);

/** Rows of an entity; read by GET, the options stand in `params`. Writes go through DataService. */
const rowsForm = new RegExp(`^odata/${segment}$`);

/** Paths of instances do not tell letters apart. */
const startForm = /^processengineservice\.svc\/(.*\/)?(runprocess|execute)(\/|$)/i;

/** It would put another user's session in the place of the connection's. */
const signInForm = /^authservice\.svc\//i;

/** Raw calls of one instance. */
export function nativeCalls(client: CreatioClient): NativeCalls {
  return {
    faultsOf,
    reads: ({ method }) => rowsForm.test(method),
    call: async (request, call) => {
      const sent = requestOf(request);
      return answerIn(sent, await client.send(sent, call));
    },
  };
}

function faultsOf({ method, params }: NativeRequest): readonly Fault[] {
  if (startForm.test(method)) {
    const message = 'This starts a run. Use POST /v1/processes, which sends a start at most once and follows its run.';
    return [valueFault('/method', 'starts-a-run', message)];
  }
  if (signInForm.test(method)) {
    return [valueFault('/method', 'signs-in', 'The gateway signs in by itself; replace the credentials instead.')];
  }
  if (method.length > 200 || !(operationForm.test(method) || rowsForm.test(method))) {
    const message =
      'Name an operation, e.g. ProcessEngineService.svc/CancelExecution, rest/UsrService/Method, ' +
      'DataService/json/SyncReply/SelectQuery, or rows to read: odata/Contact, with $filter and the like in params.';
    return [valueFault('/method', 'no-method', message)];
  }
  if (!rowsForm.test(method)) return [];
  return Object.entries(params)
    .filter(([name, value]) => !/^\$[a-z]+$/.test(name) || !['string', 'number', 'boolean'].includes(typeof value))
    .map(([name]) =>
      valueFault(pointerTo('params', name), 'no-option', 'Send options of OData as texts: {"$top": "1"}'),
    );
}

function requestOf({ method, params }: NativeRequest): CreatioRequest {
  if (rowsForm.test(method)) return { purpose: 'read', method: 'GET', path: rowsPath(method, params), body: null };
  const path = /^(rest|DataService)\//.test(method) ? `/${method}` : `/ServiceModel/${method}`;
  return { purpose: 'command', method: 'POST', path, body: JSON.stringify(params) };
}

function rowsPath(method: string, params: JsonObject): string {
  const options = Object.entries(params).map(
    ([name, value]) => `${name}=${encodeURIComponent(typeof value === 'string' ? value : JSON.stringify(value))}`,
  );
  return `/${method}${options.length > 0 ? `?${options.join('&')}` : ''}`;
}

const ODataError = z.object({ error: z.object({ code: z.string().nullish(), message: z.string().nullish() }) });

/**
 * The answer as JSON text; an empty one is `null`. What an operation reports in its body, `success: false` too, is its
 * answer.
 *
 * @throws Refused  a read that the instance does not carry out
 * @throws InDoubt  no verdict
 */
function answerIn({ purpose }: CreatioRequest, answer: HttpAnswer): string {
  const { status, body } = answer;
  if (status >= 200 && status <= 299) {
    if (body.trim() === '') return 'null';
    if (parsed(z.json(), body) !== null || body.trim() === 'null') return body;
    throw unreadable('The call', answer);
  }
  const told = purpose === 'read' && status >= 400 && status <= 499 ? parsed(ODataError, body) : null;
  if (!told) throw unreadable('The call', answer);
  const { code = null, message = null } = told.error;
  throw new Refused('rejected', 'The instance does not show these rows', nativeFault(answer, code, message));
}
