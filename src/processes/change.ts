import type { JsonObject } from '../lib/json.js';
import { newsOf, type EventType } from './event.js';
import { incidentData, type IncidentKind, type NewIncident, type Resolution } from './incident.js';
import type { Adoption, Process } from './process.js';

/** An event to be: the store gives it the next sequence. */
export interface News {
  readonly type: EventType;
  readonly data: JsonObject;
}

/** A native id that a process claims, and by which right. Better rights take it from weaker ones. */
export interface IdClaim {
  readonly nativeId: string;
  readonly claim: Adoption;
}

/** When the platform is asked next for a run that nobody has named yet. */
export type Looks =
  | 'restart' // from the first delay
  | 'keep' // as planned
  | 'none' // no more
  | { readonly afterMs: number };

/** What is written of a process in one commit, whoever decided it. */
export interface Change {
  /** As it will be. */
  readonly process: Process;
  /** The revision that it was decided on: another one, and nothing is written. */
  readonly fromRevision: number;
  readonly news: readonly News[];
  readonly looks: Looks;
  /** Whether its lane waits for it. hold: from now on, for a while. */
  readonly lane: 'hold' | 'keep' | 'free';
  readonly claims: readonly IdClaim[];
  readonly opens: readonly NewIncident[];
  readonly resolves: { readonly kinds: readonly IncidentKind[]; readonly resolution: Resolution } | null;
}

/** What is not said follows from the two states. */
export interface Details {
  /** Beside each event that the step is. */
  readonly data?: JsonObject;
  /** Events that are no step of the process's life. */
  readonly news?: readonly News[];
  readonly looks?: Looks;
  readonly lane?: Change['lane'];
  readonly opens?: readonly NewIncident[];
  readonly resolves?: Change['resolves'];
  readonly claims?: readonly IdClaim[];
}

/**
 * The change from one process to the other, with its events. Pure.
 *
 * What is lost (indeterminate, or running without a native id) is looked for, and while it may not have started its lane
 * waits, unless its caller said to go on.
 */
export function changed(before: Process, next: Process, details: Details = {}): Change {
  const { data = {}, news = [], claims = [] } = details;
  const opens = (details.opens ?? []).filter(({ kind }) => !before.openIncidents.includes(kind));
  const resolves = details.resolves ? stillOpen(before, details.resolves) : null;
  const left = before.openIncidents.filter((kind) => !resolves?.kinds.includes(kind));
  const after = { ...next, openIncidents: [...left, ...opens.map(({ kind }) => kind)] };
  const { nativeId, adoption } = after;
  const isNamed = nativeId !== null && nativeId !== before.nativeId;
  return {
    process: after,
    fromRevision: before.revision,
    news: [
      ...newsOf(before, after).map((type) => ({ type, data: { state: after.state, ...data } })),
      ...news,
      ...opens.map((one): News => ({ type: 'incident.opened', data: incidentData(one) })),
      ...(resolves?.kinds ?? []).map((kind) => resolvedNews(kind, resolves)),
    ],
    looks: details.looks ?? looksOf(before, after),
    lane: details.lane ?? laneOf(before, after),
    claims: isNamed ? [{ nativeId, claim: adoption }, ...claims] : claims,
    opens,
    resolves,
  };
}

function stillOpen(before: Process, { kinds, resolution }: NonNullable<Change['resolves']>): Change['resolves'] {
  return { kinds: kinds.filter((kind) => before.openIncidents.includes(kind)), resolution };
}

function resolvedNews(kind: IncidentKind, resolves: Change['resolves']): News {
  const { action = 'found', by = 'gateway', reason = null } = resolves?.resolution ?? {};
  return { type: 'incident.resolved', data: { kind, action, by, reason } };
}

/** Nothing but its revision: what was decided on the one before is decided anew. */
export function touched(process: Process, details: Details = {}): Change {
  return changed(process, { ...process, revision: process.revision + 1 }, details);
}

/** Whether nobody knows which native run is this process's, or whether there is one. */
function isLost({ state, nativeId }: Process): boolean {
  return state === 'indeterminate' || (state === 'running' && nativeId === null);
}

function looksOf(before: Process, after: Process): Looks {
  if (!isLost(after)) return 'none';
  return before.state === after.state ? 'keep' : 'restart';
}

function laneOf(before: Process, after: Process): Change['lane'] {
  if (after.state === 'indeterminate') {
    if (before.state === 'indeterminate') return 'keep';
    return after.onIndeterminate === 'block' ? 'hold' : 'free';
  }
  // A lane that takes one start at a time waits until the run has a name.
  return after.state === 'starting' || isLost(after) ? 'keep' : 'free';
}
