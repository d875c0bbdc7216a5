import { z } from 'zod';
import type { SimulatedAnswer } from '../../../lib/simulator.js';
import { tellEvent } from './callbacks.js';
import { signingStep } from './signing-steps.js';
import type { KeptDocument, PortalState } from './state.js';

const Order = z.union([
  z.strictObject({
    step: z.enum(['begin', 'sign', 'refuse', 'stop']),
    member: z.int().nonnegative().optional(),
  }),
  z.strictObject({ state: z.string().min(1), memberState: z.string().min(1).optional() }),
]);

/**
 * `POST /_sandbox/documents/{uid}`: `{"step", "member"?}` does what people do, 409 where they cannot; `{"state",
 * "memberState"?}` puts the document and its first member there, whatever they were.
 */
export async function documentControl(
  document: KeptDocument,
  wanted: unknown,
  state: PortalState,
): Promise<SimulatedAnswer> {
  const order = Order.safeParse(wanted);
  if (!order.success) return json(422, { error: z.prettifyError(order.error) });
  const before = { state: document.state, members: document.members.map((member) => member.state) };
  if ('step' in order.data) {
    if (!signingStep(document, order.data.step, order.data.member ?? null)) {
      return json(409, { error: `The document is ${document.state}; there is no such step now.` });
    }
  } else {
    put(document, order.data);
  }
  state.documentChanged(document);
  await state.saved();
  // Who puts it where it was wants to have it told again.
  tellStatus(document, 'step' in order.data ? before : { ...before, state: null }, state);
  const { uid, state: code, members } = document;
  return json(200, { uid, state: code, members: members.map((member) => member.state) });
}

function put(
  document: KeptDocument,
  { state, memberState }: { state: string; memberState?: string | undefined },
): void {
  document.state = state;
  for (const member of document.members) if (state === 'done' || state === 'stopped') member.state = state;
  const [first] = document.members;
  if (first && memberState !== undefined) first.state = memberState;
}

/** Documents are told of in three of their states only (observed); members in every one. */
function tellStatus(
  { uid, members, state: code }: KeptDocument,
  before: { readonly state: string | null; readonly members: readonly string[] },
  state: PortalState,
): void {
  if (code !== before.state && ['signing', 'done', 'stopped'].includes(code)) {
    tellEvent(state, 'ONSIGNB2EDOCUMENTSTATUSCHANGED', { documentUid: uid, statusCode: code, statusName: code });
  }
  for (const [at, member] of members.entries()) {
    if (member.state === before.members[at]) continue;
    const data = { memberUid: member.uid, documentUid: uid, statusCode: member.state, statusName: member.state };
    tellEvent(state, 'ONSIGNB2EMEMBERSTATUSCHANGED', data);
  }
}

/** How a document stands, in the gateway's words. */
export function documentState({ state, members }: KeptDocument): string {
  if (state === 'done') return 'completed';
  if (state !== 'stopped') return 'running';
  return members.some((member) => member.state === 'refused') ? 'failed' : 'terminated';
}

function json(status: number, body: object): SimulatedAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
