import type { SimulatedAnswer, SimulatedRequest } from '../../../lib/simulator.js';
import { portalTime, type Seen } from './method.js';
import { fieldOf, parseJsonObject, textOf } from './php-params.js';
import type { KeptDocument, PortalState } from './state.js';

/** The truth of the simulated portal and what steers it; see Sandbox. */
export async function controlled(
  request: SimulatedRequest,
  state: PortalState,
  seen: readonly Seen[],
): Promise<SimulatedAnswer> {
  const { method, url, body } = request;
  const [, , kind, id, verb] = url.pathname.split('/').map(decodeURIComponent);
  if (method === 'GET' && kind === 'runs') return json(200, everythingExecuted(state));
  if (method === 'GET' && kind === 'requests') return json(200, seen);
  if (method !== 'POST' || id === undefined) return json(404, { error: 'There is no such control.' });
  const wanted = parseJsonObject(body);
  const document = state.value.documents.find(({ uid }) => uid === id);
  if (kind === 'documents' && document) return set(document, wanted, state);
  if (kind === 'runs' && verb === 'finish') return finish(id, textOf(fieldOf(wanted, 'outcome')), state);
  return json(404, { error: 'There is no such run or document.' });
}

/** `POST /_sandbox/documents/{uid}` with `{"state": "done" | "stopped", "memberState"?: "refused"}`. */
async function set(document: KeptDocument, wanted: unknown, state: PortalState): Promise<SimulatedAnswer> {
  const code = textOf(fieldOf(wanted, 'state'));
  if (code === '') return json(422, { error: 'Send {"state": "done"}.' });
  const [first] = document.members;
  const memberState = textOf(fieldOf(wanted, 'memberState'));
  document.state = code;
  for (const member of document.members) if (code === 'done' || code === 'stopped') member.state = code;
  if (first && memberState !== '') first.state = memberState;
  await state.saved();
  return json(200, { uid: document.uid, state: code });
}

async function finish(nativeId: string, outcome: string, state: PortalState): Promise<SimulatedAnswer> {
  if (outcome !== 'completed' && outcome !== 'failed') return json(422, { error: 'Send {"outcome": "completed"}.' });
  const document = state.value.documents.find(({ uid }) => uid === nativeId);
  if (document) {
    const refused = { state: 'stopped', memberState: 'refused' };
    return set(document, outcome === 'completed' ? { state: 'done' } : refused, state);
  }
  const run = state.run(nativeId);
  if (!run) return json(404, { error: 'There is no such run.' });
  if (run.state !== 'running') return json(409, { error: `This run is ${run.state}.` });
  state.end(run, outcome, portalTime());
  await state.saved();
  return json(200, { nativeId, state: run.state });
}

function everythingExecuted({ value }: PortalState): readonly object[] {
  const runs = value.runs.map(({ nativeId, templateId, state, startedAt, document, parameters }) => ({
    nativeId,
    definition: templateId,
    state,
    startedAt: new Date(startedAt).toISOString(),
    document,
    parameters,
  }));
  const documents = value.documents.map(({ uid, state, startedAt, externalId, members }) => ({
    nativeId: uid,
    definition: 'sign.b2e.document',
    state: documentState(state, members),
    startedAt: new Date(startedAt).toISOString(),
    externalId,
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
