import type { Run, RunState, Started } from '../platforms/run.js';
import { changed, touched, type Change, type Details } from '../processes/change.js';
import { found, incident, lostKinds } from '../processes/incident.js';
import { mayMove, move, type Adoption, type Evidence, type Process } from '../processes/process.js';
import { categoryOf } from '../processes/process-state.js';

/** A run that turned out to be this process's. */
export interface Sighting {
  /** `null`: the platform started it and named no run. */
  readonly nativeId: string | null;
  readonly run: Run;
  readonly adoption: Adoption;
  /** Whose word it is. */
  readonly evidence: Evidence;
}

/** What beside it decides what follows. */
export interface SightingContext {
  readonly at: Date;
  readonly data: NonNullable<Details['data']>;
  /** The native id is another process's by a right that is no weaker. */
  readonly idIsTaken: boolean;
  /** A run of its own may exist beside this one. */
  readonly isSecond: boolean;
}

/**
 * A process after its run was found, by its own answer, a late one, a look or a person. Pure.
 *
 * A run that is known by its own answer stays; another one beside it is a second run, and that is for a person. What was
 * merely likely gives way to what is sure.
 */
export function identified(process: Process, sighting: Sighting, context: SightingContext): Change {
  const { nativeId } = sighting;
  const known = process.nativeId;
  const isSure = known !== null && (process.adoption === 'direct' || process.adoption === 'reconciled_exact');
  if (isSure && nativeId !== null && nativeId !== known) return secondRun(process, sighting);
  // What came first, by a report or another attempt, says as much.
  if (known !== null && (nativeId === null || nativeId === known)) return confirmed(process, sighting);
  if (context.idIsTaken) return nameless(process, sighting, context);
  return named(process, sighting, context);
}

/** The state of an answered start, as a sighting. */
export function sightingOf(started: Started): Sighting {
  const { nativeId, state, nativeState, result, failure, startedBefore } = started;
  const adoption = startedBefore ? 'reconciled_exact' : 'direct';
  return { nativeId, run: { state, nativeState, result, failure }, adoption, evidence: 'platform_reported' };
}

function named(process: Process, sighting: Sighting, { at, data, isSecond }: SightingContext): Change {
  const { nativeId, run, adoption, evidence } = sighting;
  const to = stateFor(process, run.state, evidence);
  // A report may have told the end before the run had a name.
  const staysEnded = to === process.state && categoryOf[to] === 'closed';
  const failure = run.failure && { ...run.failure, platform: null, at };
  // A value that came with the answer to a start without a name counts once its run is known to have ended well.
  const result = run.result ?? (staysEnded || to === 'completed' ? process.result : null);
  const after = move(process, {
    to,
    at,
    evidence: to === run.state ? evidence : (process.evidence ?? evidence),
    learnt: {
      nativeId,
      adoption,
      nativeState: run.nativeState,
      result,
      failure: staysEnded ? (failure ?? process.failure) : failure,
      observedAt: at,
      absentSince: null,
    },
  });
  return changed(process, after, {
    data: { ...data, adoption },
    resolves: { kinds: lostKinds, resolution: found(nativeId) },
    ...(isSecond ? { opens: [incident('second-run', { candidates: [secondCandidate(nativeId)] })] } : {}),
  });
}

/** It ran, and which run it is cannot be said: the id that it was given is another process's. */
function nameless(process: Process, sighting: Sighting, context: SightingContext): Change {
  const taken = {
    nativeId: sighting.nativeId ?? '',
    reasons: ['The platform named this run, which another process has'],
  };
  const change = named(process, { ...sighting, nativeId: null, run: running }, context);
  const opens = [incident('unidentified-run', { candidates: [taken] })];
  return changed(process, change.process, { data: context.data, looks: 'none', lane: 'free', opens });
}

/** Nothing new but that it is sure now. */
function confirmed(process: Process, { adoption, nativeId }: Sighting): Change {
  const isSurer = adoption === 'direct' || adoption === 'reconciled_exact';
  const claims = isSurer && nativeId !== null ? [{ nativeId, claim: adoption }] : [];
  const after = { ...process, adoption: isSurer ? adoption : process.adoption };
  return touched(after, { claims, resolves: { kinds: lostKinds, resolution: found(nativeId) } });
}

function secondRun(process: Process, { nativeId, adoption }: Sighting): Change {
  return touched(process, {
    claims: nativeId === null ? [] : [{ nativeId, claim: adoption }],
    opens: [incident('second-run', { candidates: [secondCandidate(nativeId)] })],
  });
}

function secondCandidate(nativeId: string | null): { nativeId: string; reasons: string[] } {
  return { nativeId: nativeId ?? '', reasons: ['The platform answered another attempt of this process with this run'] };
}

/** A stop that is under way goes on; a closed state with as good evidence stays. */
function stateFor(process: Process, seen: RunState, evidence: Evidence): Process['state'] {
  if (process.state === 'terminating' && seen === 'running') return 'terminating';
  if (mayMove(process, seen, evidence)) return seen;
  return categoryOf[process.state] === 'closed' ? process.state : 'running';
}

const running: Run = { state: 'running', nativeState: null, result: null, failure: null };
