import type { RunNews, SightedRun } from '../platforms/platform-kind.js';
import type { Observation } from '../platforms/run.js';
import { changed, type Change } from '../processes/change.js';
import { hidden } from '../processes/hidden.js';
import { found } from '../processes/incident.js';
import { mayMove, move, type Process } from '../processes/process.js';
import { categoryOf } from '../processes/process-state.js';

/** What beside the sight decides what follows from it. */
export interface LookContext {
  readonly at: Date;
  /** How far two looks have to be apart. */
  readonly apartMs: number;
  /** A stop of ours went out to this run. */
  readonly stopWasSent: boolean;
  /** What callers are told of it beside its state. Absent: nothing. */
  readonly newsOf?: (before: SightedRun, after: SightedRun) => readonly RunNews[];
}

/**
 * What a look at the platform changes in a process. Pure.
 *
 * A run that is not listed any more has ended only when a second look, at least `apartMs` later, does not find it
 * either; and how it ended nobody knows then, unless a stop of ours was sent.
 */
export function looked(process: Process, seen: Observation, context: LookContext): Change {
  const after = seen.seen ? afterSight(process, seen, context.at) : afterAbsence(process, context);
  const isOver = process.state === 'terminating' && after.state !== 'terminating';
  // What was not taken over is no news: the next sight would tell it again.
  const isTaken = seen.seen && after.revision !== process.revision;
  const news = isTaken ? (context.newsOf?.(process, after) ?? []) : [];
  return changed(process, after, {
    news,
    ...(isOver ? { resolves: { kinds: ['stop-stuck'], resolution: found(null) } } : {}),
  });
}

/** Whether anything but the time of the look has changed. */
export function isNews(before: Process, { process, news, opens, resolves }: Change): boolean {
  return (
    process.revision !== before.revision ||
    process.absentSince?.getTime() !== before.absentSince?.getTime() ||
    news.length + opens.length + (resolves?.kinds.length ?? 0) > 0
  );
}

function afterSight(process: Process, seen: Extract<Observation, { seen: true }>, at: Date): Process {
  const failure = seen.failure && { ...seen.failure, platform: null, at };
  const learnt = {
    nativeState: seen.nativeState,
    result: hidden(seen.result, process.sensitive ?? null) ?? process.result,
    observedAt: at,
    absentSince: null,
  };
  // A stop that was accepted may take the platform a while; until then its "running" says nothing new.
  const to = process.state === 'terminating' && seen.state === 'running' ? 'terminating' : seen.state;
  const possible = mayMove(process, to, 'platform_reported');
  const same =
    to === process.state &&
    learnt.nativeState === process.nativeState &&
    JSON.stringify(learnt.result) === JSON.stringify(process.result);
  if (same || !possible) return { ...process, observedAt: at, absentSince: null };
  return move(process, {
    to,
    at,
    evidence: 'platform_reported',
    learnt: { ...learnt, failure: failure ?? process.failure },
  });
}

function afterAbsence(process: Process, { at, apartMs, stopWasSent }: LookContext): Process {
  // Of what is over, absence says nothing new.
  if (categoryOf[process.state] === 'closed') return { ...process, observedAt: at };
  // It was seen as it stands when it was seen last.
  if (process.absentSince === null) return { ...process, absentSince: at };
  if (at.getTime() - process.absentSince.getTime() < apartMs) return process;
  const to = process.state === 'terminating' && stopWasSent ? 'terminated' : 'ended';
  return move(process, { to, at, evidence: 'inferred_absence', learnt: { observedAt: at } });
}
