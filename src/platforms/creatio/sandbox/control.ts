import type { SimulatedAnswer, SimulatedRequest } from '../../../lib/simulator.js';
import { json, unrouted } from './answers.js';
import { bodyOf, OutcomeBody } from './bodies.js';
import { runStatus, type RunLog, type SimulatedRun } from './log.js';

/** One request that the simulated instance received. */
export interface SeenRequest {
  readonly at: string;
  /** E.g. `Login`, `RunProcess`, `odata/SysProcessLog`. */
  readonly operation: string;
  /** `null`: it names no process. */
  readonly definition: string | null;
  executed: boolean;
}

const stateNames = { 1: 'running', 2: 'completed', 3: 'failed', 4: 'terminated', 5: 'terminating' } as const;

/** The routes under `/_sandbox/`; see `Sandbox`. */
export function controlAnswer(
  path: string,
  { method, body }: SimulatedRequest,
  { log, requests }: { readonly log: RunLog; readonly requests: readonly SeenRequest[] },
): SimulatedAnswer {
  if (method === 'GET' && path === 'runs') return json(200, log.all.map(told));
  if (method === 'GET' && path === 'requests') return json(200, requests);
  const run = log.find(/^runs\/([^/]+)\/finish$/.exec(path)?.[1] ?? '');
  if (method !== 'POST' || !run) return unrouted();
  const { outcome } = bodyOf(OutcomeBody, body);
  log.finish(run, runStatus[outcome]);
  return json(200, told(run));
}

function told({ id, code, status, startedAt }: SimulatedRun): Record<string, string> {
  return { nativeId: id, definition: code, state: stateNames[status], startedAt };
}
