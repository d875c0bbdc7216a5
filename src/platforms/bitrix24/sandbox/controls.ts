import type { SimulatedAnswer, SimulatedRequest } from '../../../lib/simulator.js';
import { z } from 'zod';
import { callbackControl, callbackControls, callbackTruth } from './callback-controls.js';
import { tellEvent } from './callbacks.js';
import { fieldOf, parseJsonObject, textOf } from './php-params.js';
import type { SimulatedPortal } from './portal.js';
import type { KeptDocument, PortalState } from './state.js';
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
  if (id === undefined) return turned(kind, body, { state, limits: portal.limits, answers: portal.answers });
  const wanted = parseJsonObject(body);
  const document = state.document(id);
  if (kind === 'documents' && document) return set(document, wanted, state);
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

/** `POST /_sandbox/documents/{uid}` with `{"state": "done" | "stopped", "memberState"?: "refused"}`. */
async function set(document: KeptDocument, wanted: unknown, state: PortalState): Promise<SimulatedAnswer> {
  const code = textOf(fieldOf(wanted, 'state'));
  if (code === '') return json(422, { error: 'Send {"state": "done"}.' });
  const [first] = document.members;
  const memberState = textOf(fieldOf(wanted, 'memberState'));
  const membersBefore = document.members.map((member) => member.state);
  document.state = code;
  for (const member of document.members) if (code === 'done' || code === 'stopped') member.state = code;
  if (first && memberState !== '') first.state = memberState;
  state.documentChanged(document);
  await state.saved();
  tellStatus(document, membersBefore, state);
  return json(200, { uid: document.uid, state: code });
}

/** Documents are told of in three of their states only (observed); members in every one. */
function tellStatus(document: KeptDocument, membersBefore: readonly string[], state: PortalState): void {
  const { uid, members, state: code } = document;
  if (['signing', 'done', 'stopped'].includes(code)) {
    tellEvent(state, 'ONSIGNB2EDOCUMENTSTATUSCHANGED', { documentUid: uid, statusCode: code, statusName: code });
  }
  for (const [at, member] of members.entries()) {
    if (member.state === membersBefore[at]) continue;
    const data = { memberUid: member.uid, documentUid: uid, statusCode: member.state, statusName: member.state };
    tellEvent(state, 'ONSIGNB2EMEMBERSTATUSCHANGED', data);
  }
}

async function finish(nativeId: string, outcome: string, state: PortalState): Promise<SimulatedAnswer> {
  if (outcome !== 'completed' && outcome !== 'failed') return json(422, { error: 'Send {"outcome": "completed"}.' });
  const document = state.document(nativeId);
  if (document) {
    const refused = { state: 'stopped', memberState: 'refused' };
    return set(document, outcome === 'completed' ? { state: 'done' } : refused, state);
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
  const documents = [...portal.documents].map(({ uid, state, startedAt, externalId, members, fields }) => ({
    nativeId: uid,
    definition: 'sign.b2e.document',
    state: documentState(state, members),
    startedAt: new Date(startedAt).toISOString(),
    externalId,
    variables: fields,
  }));
  return [...runs, ...documents].toSorted((one, other) => one.startedAt.localeCompare(other.startedAt));
}

function documentState(state: string, members: KeptDocument['members']): string {
  if (state === 'done') return 'completed';
  if (state !== 'stopped') return 'running';
  return members.some((member) => member.state === 'refused') ? 'failed' : 'terminated';
}

function json(status: number, body: unknown): SimulatedAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
