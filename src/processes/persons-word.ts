import type { JsonObject } from '../lib/json.js';
import type { Run } from '../platforms/run.js';
import { changed, touched, type Change, type Details } from './change.js';
import { lostKinds, type IncidentKind, type Resolution } from './incident.js';
import { move, type Process } from './process.js';
import type { Asks, Standing, Word } from './word.store.js';

/** How a person may close a process; contract §4. */
export const closedAs = ['completed', 'failed', 'terminated', 'ended', 'rejected'] as const;
export type ClosedAs = (typeof closedAs)[number];

/** What a person says of a process. */
export type PersonsWord =
  /** This run is its run; `run`: how the platform says that it stands, `null` where it lists it no more. */
  | { readonly does: 'adopt'; readonly nativeId: string; readonly run: Run | null; readonly isHeldStart: boolean }
  /** `note`: what it proves that no run was found. */
  | { readonly does: 'confirm_not_started'; readonly note: string | null }
  | { readonly does: 'resend' }
  | { readonly does: 'acknowledge'; readonly kind: IncidentKind }
  | { readonly does: 'close'; readonly as: ClosedAs };

/** Who says it, and why. */
export interface Speaker {
  /** The client's name. */
  readonly by: string;
  readonly reason: string;
  readonly at: Date;
}

/** What follows from a person's word. */
export type Said = Pick<Word, 'change' | 'asks' | 'start'>;

/** What follows from a person's word on a process that may take it, see `requireMay`. Pure. */
export function said({ process }: Pick<Standing, 'process'>, word: PersonsWord, who: Speaker): Said {
  switch (word.does) {
    case 'adopt':
      return adopted(process, word, who);
    case 'confirm_not_started':
      return notStarted(process, word.note, who);
    case 'resend':
      return resent(process, who);
    case 'acknowledge': {
      const resolves = { kinds: [word.kind], resolution: resolutionOf('acknowledge', who) };
      return { change: touched(process, { resolves }), asks: nothing, start: null };
    }
    case 'close':
      return closed(process, word.as, who);
  }
}

function adopted(process: Process, word: Extract<PersonsWord, { does: 'adopt' }>, who: Speaker): Said {
  const { nativeId, run, isHeldStart } = word;
  const { at } = who;
  const seen = run?.state ?? 'running';
  // A stop that is under way goes on.
  const to = process.state === 'terminating' && seen === 'running' ? 'terminating' : seen;
  const after = move(process, {
    to,
    at,
    evidence: run ? 'platform_reported' : (process.evidence ?? 'operator'),
    learnt: {
      nativeId,
      adoption: 'operator',
      nativeState: run?.nativeState ?? null,
      result: run?.result ?? process.result,
      failure: run?.failure ? { ...run.failure, platform: null, at } : null,
      observedAt: at,
      // Not listed once; the next look tells whether it has ended.
      absentSince: run ? null : at,
    },
  });
  const change = changed(process, after, {
    data: { ...wordsOf(who), adoption: 'operator' },
    ...ends('adopt', who, { nativeId }),
  });
  return {
    change,
    asks: { ...nothing, quiet: true, held: isHeldStart },
    start: { state: 'done', answer: { word: 'confirmed', extra: null } },
  };
}

function notStarted(process: Process, note: string | null, who: Speaker): Said {
  const message = `An operator found that nothing started: ${who.reason}`;
  const failure = { code: 'not-started', message, platform: null, at: who.at };
  const after = move(process, { to: 'rejected', at: who.at, evidence: 'operator', learnt: { failure } });
  return {
    change: changed(process, after, { data: wordsOf(who), ...ends('confirm_not_started', who, { note }) }),
    asks: { ...nothing, quiet: true, over: true },
    start: { state: 'done', answer: { word: 'refused', extra: null } },
  };
}

/** Queued again under the same id; its time to start begins anew, and one that was absolute and is over is dropped. */
function resent(process: Process, who: Speaker): Said {
  const { at } = who;
  const { startWithinSeconds, startBefore } = process;
  const isPast = startBefore !== null && startBefore <= at;
  const anew = startWithinSeconds === null ? null : new Date(at.getTime() + startWithinSeconds * 1000);
  const after = {
    ...move(process, { to: 'queued', at, learnt: { failure: null } }),
    startBefore: anew ?? (isPast ? null : startBefore),
  };
  const news = [{ type: 'operation.resent' as const, data: wordsOf(who) }];
  return {
    change: changed(process, after, { news, ...ends('resend', who, {}) }),
    asks: { ...nothing, quiet: true, over: true, notStopped: true },
    start: { state: 'queued', answer: null },
  };
}

function closed(process: Process, as: ClosedAs, who: Speaker): Said {
  const { at, reason } = who;
  const unknown = process.state === 'indeterminate';
  const isFailure = as === 'failed' || as === 'rejected';
  const failure = isFailure
    ? { code: 'closed-by-operator', message: `An operator closed it: ${reason}`, platform: null, at }
    : null;
  const after = move(process, { to: as, at, evidence: 'operator', learnt: { failure } });
  const resolves = { kinds: process.openIncidents, resolution: resolutionOf('close', who) };
  const change: Change = changed(process, after, { data: wordsOf(who), resolves });
  const answer = { word: as === 'rejected' ? ('refused' as const) : ('confirmed' as const), extra: null };
  return { change, asks: { ...nothing, quiet: unknown, over: unknown }, start: { state: 'done', answer } };
}

function wordsOf({ by, reason }: Speaker): JsonObject {
  return { by, reason };
}

function ends(
  action: Resolution['action'],
  who: Speaker,
  more: Partial<Pick<Resolution, 'nativeId' | 'note'>>,
): Pick<Details, 'resolves'> {
  return { resolves: { kinds: lostKinds, resolution: { ...resolutionOf(action, who), ...more } } };
}

/** How an incident ends by somebody's word. */
function resolutionOf(action: Resolution['action'], { by, reason }: Pick<Speaker, 'by' | 'reason'>): Resolution {
  return { action, by, reason, nativeId: null, note: null };
}

const nothing: Asks = { quiet: false, over: false, notStopped: false, held: false };
