import type { HttpAnswer } from '../../lib/exchange.js';
import type { Json, JsonObject } from '../../lib/json.js';
import { encodeVariables } from '../variables.js';
import type { Started, StartOrder, StartRequest } from '../run.js';
import { processEngine, type CreatioRequest } from './creatio.client.js';
import { outputValue, stringElement } from './execute.js';
import { nativeFault, runIdOf, startRefusal, unreadable } from './creatio.refusals.js';
import { statusByValue } from './status.js';
import { encoders, scalarText } from './encoders.js';
import { runProcessAnswerIn } from './creatio.wire.js';

/** The calls that start a process. */
export type StartWith = 'RunProcess' | 'Execute';

/** The call that this start is made with: its own choice, else that of its connection. */
export function startWithOf({ options }: Pick<StartRequest, 'options'>, usual: StartWith): StartWith {
  const chosen = options['startWith'];
  return chosen === 'RunProcess' || chosen === 'Execute' ? chosen : usual;
}

/**
 * The request of a start. Execute takes everything in its URL, so that URL must not get into a log or an error.
 *
 * @param executeMethod  how Execute is called; the body of a POST is not read
 */
export function requestOf(
  order: StartOrder,
  startWith: StartWith,
  executeMethod: 'GET' | 'POST' = 'GET',
): CreatioRequest {
  const values = valuesOf(order);
  if (startWith === 'RunProcess') {
    const body = {
      schemaName: order.definition,
      parameterValues: Object.entries(values).map(([name, value]) => ({ name, value })),
      // Naming any makes a background process run inside the request; an unknown one stops it before anything ran.
      ...(order.results.length > 0 ? { resultParameterNames: order.results } : {}),
      collectExecutionData: false,
    };
    return { purpose: 'command', method: 'POST', path: `${processEngine}/RunProcess`, body: JSON.stringify(body) };
  }
  const asked = order.results.slice(0, 1).map((name) => ['ResultParameterName', name] as const);
  const query = [...asked, ...Object.entries(values)]
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  const path = `${processEngine}/${encodeURIComponent(order.definition)}/Execute${query === '' ? '' : `?${query}`}`;
  return { purpose: 'command', method: executeMethod, path, body: executeMethod === 'POST' ? '{}' : null };
}

function valuesOf({ spec, variables, processId }: StartOrder): Record<string, string> {
  const parameters = spec && !spec.outline ? spec.parameters : null;
  const { values } = encodeVariables(parameters, variables, encoders, scalarText);
  const texts = Object.entries(values).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  );
  const asksForUs = parameters?.some(({ name }) => name === 'gatewayProcessId') ?? false;
  return { ...Object.fromEntries(texts), ...(asksForUs ? { gatewayProcessId: processId } : {}) };
}

/**
 * What the answer of RunProcess tells. A run id always means that it ran, whatever `success` says.
 *
 * @throws Refused  a parsed refusal
 * @throws InDoubt  no verdict
 */
export function startedByRunProcess(answer: HttpAnswer, order: StartOrder): Started {
  const verdict = runProcessAnswerIn(answer.body);
  if (!verdict) throw unreadable('The start', answer);
  const refusal = startRefusal(verdict, answer);
  if (refusal) throw refusal;
  const { processStatus = null } = verdict;
  const status = processStatus === null ? null : statusByValue(processStatus);
  const state = status?.run ?? 'running';
  const said = nativeFault(answer, verdict.errorInfo?.errorCode ?? null, verdict.errorInfo?.message ?? null);
  return {
    nativeId: runIdOf(verdict),
    state,
    nativeState: runIdOf(verdict) === null ? null : (status?.name ?? null),
    // Outputs of a run that has parked or failed are whatever they happened to be.
    result: state === 'completed' ? namedOnly(verdict.resultParameterValues ?? {}, order) : null,
    failure:
      state === 'failed'
        ? { code: said.code ?? 'Error', message: said.message ?? 'The process ended with an error.' }
        : null,
    runId: null,
  };
}

function namedOnly(values: JsonObject, { results, spec }: StartOrder): JsonObject | null {
  if (results.length === 0) return null;
  return Object.fromEntries(
    results.map((name) => {
      const value = values[name] ?? null;
      const isCollection = spec?.outputs.some((output) => output.name === name && output.type === 'collection');
      // Some builds quote a collection; a text that holds JSON stays a text.
      return [name, isCollection && typeof value === 'string' ? outputValue(value, 'collection') : value];
    }),
  );
}

/**
 * What the answer of Execute tells: that it ran, and the value of the one output that was asked for. There is no run id,
 * and the value comes even from a run that failed.
 *
 * @throws InDoubt  anything but a 200 with the value
 */
export function startedByExecute(answer: HttpAnswer, order: StartOrder): Started {
  const asked = order.results[0];
  const text = stringElement(answer.body);
  const isEmpty = answer.body.trim() === '' && asked === undefined;
  if (answer.status !== 200 || (text === null && !isEmpty)) throw unreadable('Execute', answer);
  const type = order.spec?.outputs.find(({ name }) => name === asked)?.type ?? null;
  const value: Json = outputValue(text ?? '', type);
  const result = asked === undefined ? null : { [asked]: value };
  return { nativeId: null, state: 'running', nativeState: null, result, failure: null, runId: null };
}
