import type { KeptDocument } from './state.js';

/** What happens to a document for signature, as people do it at the portal. */
export type SigningStep = 'begin' | 'sign' | 'refuse' | 'stop';

type Member = KeptDocument['members'][number];

/** States after which nothing follows. Source: the event samples of api-reference/sign/, and observed. */
const isOver = ({ state }: { readonly state: string }): boolean => ['done', 'stopped', 'refused'].includes(state);

/**
 * One step of a document and its members: new → signing → done or stopped; wait → ready → done or refused. Members sign one
 * after another; who refuses stops the document for all.
 *
 * @param member  its place in the list; `null`: whoever's turn it is
 * @returns false: there is no such step now, and nothing has changed
 */
export function signingStep(document: KeptDocument, step: SigningStep, member: number | null): boolean {
  if (isOver(document)) return false;
  if (step === 'stop') return stopped(document);
  if (step === 'begin') return begun(document);
  const signs = member === null ? document.members.find(({ state }) => state === 'ready') : document.members[member];
  if (document.state === 'new' || signs?.state !== 'ready') return false;
  if (step === 'refuse') {
    signs.state = 'refused';
    return stopped(document);
  }
  signs.state = 'done';
  if (!nextReady(document)) document.state = 'done';
  return true;
}

function begun(document: KeptDocument): boolean {
  if (document.state !== 'new') return false;
  document.state = 'signing';
  nextReady(document);
  return true;
}

function stopped(document: KeptDocument): boolean {
  document.state = 'stopped';
  for (const member of document.members) if (!isOver(member)) member.state = 'stopped';
  return true;
}

function nextReady({ members }: KeptDocument): Member | null {
  const next = members.find(({ state }) => state === 'wait') ?? null;
  if (next) next.state = 'ready';
  return next;
}
