import type { Candidate } from '../platforms/run.js';
import type { LostStart } from '../processes/lost.store.js';

/** What a look at the platform has shown of a lost start. */
export interface LookResult {
  /** Runs that fit and that nobody has claimed; `null`: the platform could not be asked. */
  readonly candidates: readonly Candidate[] | null;
  /** The portal keeps run ids and lists none of ours: a run that there was has ended. */
  readonly isAbsentById: boolean;
  /** The same start may be sent once more, since the platform itself would not run it twice. */
  readonly mayProbe: boolean;
  /** Another start may have made what fits. Absent: none could. */
  readonly isAnybodys?: boolean;
}

export type NextStep =
  | { readonly do: 'adopt'; readonly candidate: Candidate; readonly onlyOneSince: Date }
  | { readonly do: 'probe' }
  | { readonly do: 'wait'; readonly afterMs: number }
  /** A person has to know, or to decide. */
  | { readonly do: 'ask' };

/** How much the times of the platform and of attempts may differ, in milliseconds. */
const slackMs = 5000;

/**
 * What to do after a look at a lost start. Knows no clock, no database, no platform.
 *
 * One run that fits is adopted as probable. Where a database was put back since the start was sent, nothing that merely
 * fits is: its run may be a lost row's. None proves nothing, and several are for a person, after the last look.
 *
 * @param delaysSeconds  when the platform is asked, counted from the moment it was lost
 */
export function nextStep(lost: LostStart, seen: LookResult, delaysSeconds: readonly number[], now: Date): NextStep {
  const [only, ...more] = seen.candidates ?? [];
  const isTrusted = lost.restoredAt === null || lost.restoredAt < spanOf(lost).from;
  if (only && more.length === 0 && isTrusted && !seen.isAbsentById && !seen.isAnybodys) {
    const since = only.startedAt === null ? 0 : only.startedAt.getTime() - lost.lifeSeconds * 1000 - slackMs;
    return { do: 'adopt', candidate: only, onlyOneSince: new Date(since) };
  }
  if (seen.isAbsentById && seen.mayProbe && lost.isOver) return { do: 'probe' };
  const made = delaysSeconds[lost.looks] ?? 0;
  const next = delaysSeconds[lost.looks + 1];
  const leftMs = Math.max(0, lost.overAt.getTime() - now.getTime()) + 500;
  if (next === undefined) {
    // A probe has to wait for the longest life, which may be longer than all delays.
    return seen.isAbsentById && seen.mayProbe ? { do: 'wait', afterMs: leftMs } : { do: 'ask' };
  }
  const afterMs = (next - made) * 1000;
  return { do: 'wait', afterMs: seen.isAbsentById && seen.mayProbe ? Math.min(afterMs, leftMs) : afterMs };
}

/** The span in which a lost start can have begun. */
export function spanOf({ attempts, process, overAt }: LostStart): { readonly from: Date; readonly to: Date } {
  const first = attempts.find(
    ({ class: known, nativeId }) => nativeId === null && (known === null || maybe.has(known)),
  );
  return { from: first?.sentAt ?? process.createdAt, to: overAt };
}

/** Whether every attempt that may have run was sent with the run id of our choice, so that its run is listed under it. */
export function carriesChosenId({ attempts }: LostStart): boolean {
  return attempts.every(
    ({ class: known, nativeId, chosenId }) =>
      nativeId !== null || chosenId !== null || (known !== null && !maybe.has(known)),
  );
}

const maybe: ReadonlySet<string> = new Set(['unknown', 'accepted_unidentified']);
