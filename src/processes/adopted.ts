import type { NativeRunSight } from '../platforms/native-run.js';
import type { News } from './change.js';
import { newsOf } from './event.js';
import { born, move, type Process, type ProcessInput } from './process.js';

/** A process whose run was there before it, with the first lines of its history. */
export interface Adopted {
  readonly process: Process & { readonly nativeId: string };
  readonly news: readonly News[];
}

/**
 * The process of a run that somebody else started, as the platform tells it now. Nothing is ever sent to start it. Pure.
 *
 * Where the platform does not tell when the run began, it counts from its adoption.
 */
export function adopted(input: ProcessInput, { run, standing }: NativeRunSight, at: Date): Adopted {
  const { nativeId } = run;
  const seed: Process = {
    ...born(input, 'queued', null),
    startedAt: run.startedAt ?? at,
    revision: 0,
    lastSequence: 0,
  };
  const learnt = {
    nativeId,
    nativeState: standing.nativeState,
    result: standing.result,
    failure: standing.failure && { ...standing.failure, platform: null, at },
    adoption: 'operator' as const,
    observedAt: at,
  };
  const running = move(seed, { to: 'running', at, evidence: 'platform_reported', learnt });
  const { state } = standing;
  const process =
    state === 'running' ? running : move(running, { to: state, at, evidence: 'platform_reported', learnt });
  const began: News = {
    type: 'process.started',
    data: { state: 'running', adopted: true, adoption: 'operator', by: input.createdBy },
  };
  const since = newsOf(running, process).map((type): News => ({ type, data: { state, adopted: true } }));
  return { process: { ...process, nativeId, revision: 1 }, news: [began, ...since] };
}
