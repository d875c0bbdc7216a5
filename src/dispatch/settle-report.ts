import type { JsonObject } from '../lib/json.js';
import type { Run } from '../platforms/run.js';
import { changed, type Change } from '../processes/change.js';
import { found, lostKinds, type IncidentKind } from '../processes/incident.js';
import { evidenceRank, mayMove, move, type Process } from '../processes/process.js';
import { categoryOf } from '../processes/process-state.js';
import type { KeptReport, Reported } from '../processes/report.store.js';
import { identified, type Sighting } from './identified.js';

/** What of a report decides what follows from it. */
export type ToldByRun = Pick<KeptReport, 'nativeId' | 'outcome' | 'message' | 'result' | 'reportId' | 'via'>;

/**
 * What a report changes in the process that it is about. Pure.
 *
 * With our id it is an exact claim on the run that it names, and a proof that the start ran even where it names none. A run
 * beside the one that is known is a second run: how that one ends says nothing of this process.
 *
 * @returns `null`: it tells nothing new, or contradicts what is known as well
 */
export function settleReport(
  { process, isOurs, hasRun: isItsRun }: Omit<Reported, 'neverSent'>,
  report: ToldByRun,
  at: Date,
): Change | null {
  const nativeId = isOurs ? report.nativeId : null;
  const isOther = nativeId !== null && nativeId !== process.nativeId;
  const sighting = sightingOf(report, nativeId);
  const context = { at, data: dataOf(report), idIsTaken: false, isSecond: false };
  // Its second run, which was told of before; an answer that nobody has read yet names none.
  if (isItsRun && process.nativeId !== null && report.nativeId !== process.nativeId) return null;
  if (isOther && isSure(process)) return identified(process, sighting, context);
  if (!saysMore(process, report)) return null;
  if (isOther || !hasRun(process)) return identified(process, sighting, context);
  if (report.outcome !== 'started') return ended(process, sighting, { at, data: context.data });
  const isSurer = nativeId !== null && !isSure(process);
  return isSurer ? identified(process, sighting, context) : null;
}

/** The words beside each event that a report is. */
function dataOf({ via, reportId, message }: ToldByRun): JsonObject {
  return { by: 'report', via, reportId, ...(message === null ? {} : { message }) };
}

function sightingOf({ outcome, message, result }: ToldByRun, nativeId: string | null): Sighting {
  const state = outcome === 'started' ? 'running' : outcome;
  const words = message ?? 'The process reported that it has failed.';
  const failure = outcome === 'failed' ? { code: 'reported-failure', message: words } : null;
  const run: Run = { state, nativeState: null, result, failure };
  return { nativeId, run, adoption: 'reconciled_exact', evidence: 'report_back' };
}

/** Of what is closed a report counts only where its word is better; that a run began is no news of one that is over. */
function saysMore(process: Process, { outcome }: ToldByRun): boolean {
  if (categoryOf[process.state] !== 'closed') return true;
  const state = outcome === 'started' ? 'running' : outcome;
  if (hasRun(process) && state === 'running') return false;
  if (!mayMove(process, state, 'report_back')) return false;
  return (
    state !== process.state || process.evidence === null || evidenceRank[process.evidence] < evidenceRank.report_back
  );
}

function hasRun({ state, conclusion }: Process): boolean {
  return categoryOf[state] === 'open' || (conclusion !== null && conclusion !== 'not_started');
}

function isSure({ nativeId, adoption }: Process): boolean {
  return nativeId !== null && (adoption === 'direct' || adoption === 'reconciled_exact');
}

function ended(process: Process, { run, nativeId }: Sighting, now: { at: Date; data: JsonObject }): Change {
  const { at, data } = now;
  const isSurer = nativeId !== null && !isSure(process);
  const after = move(process, {
    to: run.state,
    at,
    evidence: 'report_back',
    learnt: {
      result: run.result ?? process.result,
      failure: run.failure && { ...run.failure, platform: null, at },
      observedAt: at,
      absentSince: null,
      ...(isSurer ? { adoption: 'reconciled_exact' } : {}),
    },
  });
  const kinds: readonly IncidentKind[] = [...lostKinds, 'stop-stuck'];
  return changed(process, after, {
    data,
    claims: isSurer ? [{ nativeId, claim: 'reconciled_exact' }] : [],
    resolves: { kinds, resolution: found(process.nativeId) },
  });
}
