import type { SimulatedAnswer, SimulatedRequest } from '../../../lib/simulator.js';
import { html, json, unrouted } from './answers.js';
import { bodyOf, EngineBody } from './bodies.js';
import type { Engine, StartCall, Turn } from './engine.js';
import type { RunLog } from './log.js';
import { runStatus } from './simulated-run.js';
import { schemas } from './schemas.js';
import type { Switches } from './switches.js';

interface EngineParts {
  readonly engine: Engine;
  readonly log: RunLog;
  /** Of the caller. */
  readonly contactId: string;
  readonly elementCall: Switches['elementCall'];
}

/** The operations of ProcessEngineService; `path` begins after `.svc/`. */
export async function engineTurn(
  path: string,
  request: SimulatedRequest,
  { engine, log, contactId, elementCall }: EngineParts,
): Promise<Turn> {
  const [first = '', second] = path.split('/');
  if (second === 'Execute') return engine.execute({ ...executeCall(first, request), ownerId: contactId });
  const named = elementIn(path, request);
  if (named) {
    const isServed = elementCall === 'all' || elementCall === named.form;
    return isServed ? executeElement(named.id, log) : untouched(unrouted());
  }
  if (request.method !== 'POST') return untouched(unrouted());
  const body = bodyOf(EngineBody, request.body);
  switch (first) {
    case 'RunProcess':
      return engine.runProcess({
        code: body.schemaName ?? codeOf(body.schemaUId),
        inputs: valuesOf(body.parameterValues),
        results: body.resultParameterNames,
        ownerId: contactId,
      });
    case 'ExecProcessElementByUId':
      if (elementCall !== 'all' && elementCall !== 'body') return untouched(unrouted());
      return completeElement(body.processElementUId, {}, log);
    case 'CompleteExecuting':
      return completeElement(body.processElementUId, valuesOf(body.parameterValues), log);
    case 'CancelExecution':
      return cancel(body.processDataIds.split(';'), log);
    case 'GetProcessElementStatus': {
      const found = log.findElement(body.processElementUId);
      return untouched(
        found ? json(200, { status: found.element.status, success: true, errorInfo: null }) : notFound(),
      );
    }
    case 'GetRunningProcessesCount': {
      const code = codeOf(body.schemaUId);
      const count = log.all.filter((run) => run.code === code && run.status === runStatus.running).length;
      return untouched(json(200, { count, success: true, errorInfo: null }));
    }
    default:
      return untouched(unrouted());
  }
}

function executeCall(code: string, { url }: SimulatedRequest): Omit<StartCall, 'ownerId'> {
  const result = url.searchParams.get('ResultParameterName');
  const inputs = Object.fromEntries([...url.searchParams].filter(([name]) => name !== 'ResultParameterName'));
  return { code, inputs, results: result === null ? [] : [result] };
}

/** The element that ExecProcElByUId names, in whichever form; `null`: it is another call. */
function elementIn(
  path: string,
  { method, url }: SimulatedRequest,
): { readonly form: 'path' | 'query' | 'first'; readonly id: string } | null {
  if (method !== 'GET') return null;
  const [first = '', second] = path.split('/');
  if (second === 'ExecProcElByUId') return { form: 'first', id: first };
  if (first !== 'ExecProcElByUId') return null;
  return second === undefined
    ? { form: 'query', id: url.searchParams.get('ProcessElementUID') ?? '' }
    : { form: 'path', id: second };
}

// Executing it a second time does nothing and says nothing.
function executeElement(id: string, log: RunLog): Turn {
  const found = log.findElement(id);
  if (!found) return untouched(html(404, 'Endpoint request error'));
  const waited = found.element.status === runStatus.running;
  log.complete(found.run, found.element, {});
  return { answer: { status: 200, body: '' }, executed: waited };
}

function completeElement(id: string, values: Readonly<Record<string, string>>, log: RunLog): Turn {
  const found = log.findElement(id);
  if (!found) return untouched(notFound());
  const waited = found.element.status === runStatus.running;
  log.complete(found.run, found.element, values);
  const said = { waitingUserTaskCount: 0, executionData: null, success: true, errorInfo: null };
  return { answer: json(200, said), executed: waited };
}

function cancel(ids: readonly string[], log: RunLog): Turn {
  const runs = ids.flatMap((id) => log.find(id) ?? []);
  for (const run of runs) log.cancel(run);
  return { answer: { status: 200, body: '' }, executed: runs.length > 0 };
}

function notFound(): SimulatedAnswer {
  const errorInfo = {
    errorCode: 'ItemNotFoundException',
    message: 'The process element was not found.',
    stackTrace: null,
  };
  return json(200, { success: false, errorInfo });
}

function valuesOf(list: readonly { readonly name: string; readonly value: string }[]): Record<string, string> {
  return Object.fromEntries(list.map(({ name, value }) => [name, value]));
}

function codeOf(uId: string | undefined): string {
  return schemas.find((schema) => schema.uId === uId?.toLowerCase())?.code ?? uId ?? '';
}

function untouched(answer: SimulatedAnswer): Turn {
  return { answer, executed: false };
}
