import type { SimulatedAnswer, SimulatedRequest } from '../../../lib/simulator.js';
import { z } from 'zod';
import { callbackControl, callbackControls, callbackTruth } from './callback-controls.js';
import { documentControl, documentState } from './document-controls.js';
import { fieldOf, parseJsonObject, textOf } from './php-params.js';
import type { SimulatedPortal } from './portal.js';
import type { PortalState } from './state.js';
import { switched } from './switches.js';

/** The truth of the simulated portal and what steers it; see Sandbox. */
export async function controlled(
  request: SimulatedRequest,
  state: PortalState,
  portal: SimulatedPortal,
): Promise<SimulatedAnswer> {
  const { method, url, body } = request;
  const [, , kind, id, verb] = url.pathname.split('/').map(decodeURIComponent);
  if (method === 'GET' && kind === 'runs') return json(200, everythingExecuted(state));
  if (method === 'GET' && kind === 'callbacks') return json(200, callbackTruth(state));
  if (method === 'GET' && kind === 'report-steps') return json(200, state.reportSteps.posted);
  if (method === 'GET' && kind === 'requests') return json(200, portal.seen);
  if (method !== 'POST' || kind === undefined) return json(404, { error: 'There is no such control.' });
  const callback = callbackControls.find((one) => one === kind);
  if (callback && id === undefined) return unlessFaulty(() => callbackControl(callback, body, state));
  if (id === undefined)
    return turned(kind, body, { state, limits: portal.limits, answers: portal.answers, errors: portal.errors });
  const wanted = parseJsonObject(body);
  const document = state.document(id);
  if (kind === 'documents' && document) return documentControl(document, wanted, state);
  if (kind === 'runs' && verb === 'finish') return finish(id, textOf(fieldOf(wanted, 'outcome')), state);
  return json(404, { error: 'There is no such run or document.' });
}

async function unlessFaulty(turn: () => Promise<object>): Promise<SimulatedAnswer> {
  try {
    return json(200, await turn());
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    return json(422, { error: z.prettifyError(error) });
  }
}

function turned(name: string, body: string, switches: Parameters<typeof switched>[2]): SimulatedAnswer {
  try {
    const now = switched(name, body, switches);
    return now === null ? json(404, { error: 'There is no such control.' }) : json(200, now);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    return json(422, { error: z.prettifyError(error) });
  }
}

async function finish(nativeId: string, outcome: string, state: PortalState): Promise<SimulatedAnswer> {
  if (outcome !== 'completed' && outcome !== 'failed') return json(422, { error: 'Send {"outcome": "completed"}.' });
  const document = state.document(nativeId);
  if (document) {
    const refused = { state: 'stopped', memberState: 'refused' };
    return documentControl(document, outcome === 'completed' ? { state: 'done' } : refused, state);
  }
  const run = state.run(nativeId);
  if (!run) return json(404, { error: 'There is no such run.' });
  if (run.state !== 'running') return json(409, { error: `This run is ${run.state}.` });
  state.end(run, outcome);
  await state.saved();
  return json(200, { nativeId, state: run.state });
}

function everythingExecuted(portal: PortalState): readonly object[] {
  const runs = portal.runs.map(({ nativeId, templateId, state, startedAt, startedBy, document, parameters }) => ({
    nativeId,
    definition: templateId,
    state,
    startedAt: new Date(startedAt).toISOString(),
    startedBy,
    document,
    variables: parameters,
  }));
  const documents = [...portal.documents].map((document) => ({
    nativeId: document.uid,
    definition: 'sign.b2e.document',
    state: documentState(document),
    startedAt: new Date(document.startedAt).toISOString(),
    externalId: document.externalId,
    variables: document.fields,
  }));
  return [...runs, ...documents].toSorted((one, other) => one.startedAt.localeCompare(other.startedAt));
}

function json(status: number, body: unknown): SimulatedAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
