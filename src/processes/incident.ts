import type { Json } from '../lib/json.js';

/** Conditions that need a person, by what they are about; contract §4. */
export type IncidentKind =
  | 'outcome-unknown'
  | 'unidentified-run'
  | 'second-run'
  | 'id-taken'
  | 'stop-stuck'
  | 'reauthorization-required'
  | 'portal-closed'
  | 'database-restored'
  | 'webhook-disabled';

/** A native run that may belong to the process, with the reasons in words. */
export interface IncidentCandidate {
  readonly nativeId: string;
  readonly reasons: readonly string[];
}

/** An incident that is about to be opened on a process. */
export interface NewIncident {
  readonly kind: IncidentKind;
  readonly candidates: readonly IncidentCandidate[];
  /** Processes that were lost together with this one and share its candidates. */
  readonly relatedProcessIds: readonly string[];
}

/** Conditions that are over once it is known what a process ran, or that nothing of it did. */
export const lostKinds: readonly IncidentKind[] = ['outcome-unknown', 'unidentified-run', 'id-taken'];

/** How an incident came to its end. */
export interface Resolution {
  /** What a person chose, or `found`: it went away by itself. */
  readonly action: 'adopt' | 'confirm_not_started' | 'resend' | 'acknowledge' | 'release' | 'close' | 'found';
  /** Who: a client's name; `gateway` where nobody had to. */
  readonly by: string;
  readonly reason: string | null;
  readonly nativeId: string | null;
  /** What a person has to know of it beside; a sentence. */
  readonly note: string | null;
}

/** The resolution of what was found out without a person. */
export function found(nativeId: string | null): Resolution {
  return { action: 'found', by: 'gateway', reason: null, nativeId, note: null };
}

/** A new incident without candidates. */
export function incident(kind: IncidentKind, facts: Partial<NewIncident> = {}): NewIncident {
  return { kind, candidates: [], relatedProcessIds: [], ...facts };
}

/** What an event tells of an incident. */
export function incidentData({ kind, candidates }: NewIncident): { readonly [key: string]: Json } {
  return { kind, candidates: candidates.map(({ nativeId }) => nativeId) };
}
