import type { HttpAnswer } from '../../lib/exchange.js';
import type { JsonObject } from '../../lib/json.js';
import { Busy, Refused } from '../platform.errors.js';
import type { Call } from '../platform.js';
import type { Element, RunRef } from '../run.js';
import { processEngine, type CreatioClient, type CreatioRequest } from './creatio.client.js';
import { doubtOf, nativeFault, unreadable } from './creatio.refusals.js';
import { statusById } from './status.js';
import { isGuid, scalarText } from './encoders.js';
import { glanceMs } from './process-log.js';
import { ElementLogRow, OperationAnswer, parsed } from './creatio.wire.js';
import type { Rows } from './rows.js';
import type { RowsQuery } from './rows-query.js';

const entity = 'SysProcessElementLog';
const columns = ['Id', 'Caption', 'Type', 'StatusId', 'StartDate', 'CompleteDate'];

/** Where the elements of one instance are read, and commanded. */
export interface ElementsParts {
  readonly client: CreatioClient;
  readonly rows: Rows;
}

function elementsWhere(path: 'SysProcess/Id' | 'Id', guid: string): RowsQuery {
  const where = [{ path, by: 'eq', value: { guid } } as const];
  return { entity, columns, lookups: ['StatusId'], where, order: { by: 'StartDate' } };
}

/** The elements that a run has reached, in their order. */
export async function readElements(
  { client, rows: source }: ElementsParts,
  { nativeId }: RunRef,
  call: Call,
): Promise<Element[]> {
  if (!isGuid(nativeId)) return [];
  const zoneMs = client.settings.timesAheadMinutes * 60_000;
  const utc = (at: Date | null): Date | null => at && new Date(at.getTime() - zoneMs);
  const rows = await source.read(elementsWhere('SysProcess/Id', nativeId), ElementLogRow, call);
  return rows.map((row) => ({
    nativeId: row.Id,
    name: row.Caption || row.Type || row.Id,
    type: row.Type ?? '',
    state: statusById(row.StatusId)?.element ?? 'running',
    startedAt: utc(row.StartDate),
    completedAt: utc(row.CompleteDate),
  }));
}

/**
 * Completes a waiting element; false: it had been executed before.
 *
 * The instance answers a second execution as if it were the first, so the element's log row is read before the command.
 * That the same element is completed by somebody else in between cannot be seen.
 *
 * @throws Refused  there is no such element, or the instance does not complete it
 * @throws InDoubt  the command was sent and got no verdict
 * Source: Academy, "ProcessEngineService.svc web service" (an executed element is not executed again).
 */
export async function completeElement(
  { client, rows }: ElementsParts,
  elementId: string,
  variables: JsonObject | null,
  call: Call,
): Promise<boolean> {
  if (!isGuid(elementId)) throw new Refused('not_found', 'This is no id of an element');
  const request =
    variables === null ? executeElement(client, elementId) : completeExecuting(elementId, textsOf(variables));
  if (await hasEnded(rows, elementId, call)) return false;
  return completed(await sendToElement(client, request, call), request.method === 'POST');
}

// An unknown element is answered with 404, and an empty one would otherwise count as a missing service.
async function sendToElement(client: CreatioClient, request: CreatioRequest, call: Call): Promise<HttpAnswer> {
  try {
    return await client.send(request, call);
  } catch (error) {
    if (!isMissing(error)) throw error;
    const message = 'There is no such element, or the connection needs another form of elementCall';
    throw new Refused('not_found', message, error.native, { cause: error });
  }
}

function isMissing(error: unknown): error is Busy {
  return error instanceof Busy && error.because === 'portal_closed';
}

/** Has the element's log row ended? A row that is missing, or cannot be read now, proves nothing. */
async function hasEnded(source: Rows, elementId: string, { signal }: Call): Promise<boolean> {
  try {
    const soon = AbortSignal.any([signal, AbortSignal.timeout(glanceMs)]);
    const rows = await source.glance(elementsWhere('Id', elementId), ElementLogRow, { signal: soon });
    const state = statusById(rows[0]?.StatusId ?? '')?.element;
    return state !== undefined && state !== 'waiting';
  } catch (error) {
    if (error instanceof Busy && !isMissing(error)) throw error;
    return false;
  }
}

function executeElement({ settings }: CreatioClient, elementId: string): CreatioRequest {
  if (settings.elementCall === 'body') {
    const body = JSON.stringify({ processElementUId: elementId, collectExecutionData: false });
    return { purpose: 'command', method: 'POST', path: `${processEngine}/ExecProcessElementByUId`, body };
  }
  const path = {
    path: `ExecProcElByUId/${elementId}`,
    query: `ExecProcElByUId?ProcessElementUID=${elementId}`,
    first: `${elementId}/ExecProcElByUId`,
  }[settings.elementCall];
  return { purpose: 'command', method: 'GET', path: `${processEngine}/${path}`, body: null };
}

function completeExecuting(elementId: string, values: readonly { name: string; value: string }[]): CreatioRequest {
  const body = JSON.stringify({ processElementUId: elementId, parameterValues: values, collectExecutionData: false });
  return { purpose: 'command', method: 'POST', path: `${processEngine}/CompleteExecuting`, body };
}

function textsOf(variables: JsonObject): { name: string; value: string }[] {
  return Object.entries(variables).flatMap(([name, value]) => {
    if (value === null) return [];
    const text = scalarText(value) ?? JSON.stringify(value);
    return [{ name, value: text }];
  });
}

function completed(answer: HttpAnswer, saysSo: boolean): true {
  const verdict = parsed(OperationAnswer, answer.body);
  if (verdict?.success === true) return true;
  const { errorCode = null, message = null } = verdict?.errorInfo ?? {};
  if (errorCode !== null || message !== null) {
    const doubt = doubtOf(verdict?.errorInfo, answer);
    if (doubt) throw doubt;
    const because = errorCode === 'ItemNotFoundException' ? 'not_found' : 'rejected';
    throw new Refused(because, 'The element is not completed', nativeFault(answer, errorCode, message));
  }
  if (answer.status === 404) throw new Refused('not_found', 'There is no such element', nativeFault(answer));
  const isVoid = !saysSo && answer.status >= 200 && answer.status < 300 && answer.body.trim() === '';
  if (!isVoid) throw unreadable('The element', answer);
  return true;
}
