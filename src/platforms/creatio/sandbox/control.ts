import type { SimulatedAnswer, SimulatedRequest } from '../../../lib/simulator.js';
import { z } from 'zod';
import type { SimulatedAnswers } from '../../simulated-answers.js';
import { json, unrouted } from './answers.js';
import { bodyOf, OutcomeBody } from './bodies.js';
import type { RunLog } from './log.js';
import { runStatus, type SimulatedRun } from './simulated-run.js';
import type { ReportSteps } from './report-steps.js';
import type { SessionOrders } from './session-orders.js';
import type { SimulatedSwitches } from './switches.js';

/** One request that the simulated instance received. */
export interface SeenRequest {
  readonly at: string;
  /** E.g. `Login`, `RunProcess`, `odata/SysProcessLog`. */
  readonly operation: string;
  /** `null`: it names no process. */
  readonly definition: string | null;
  executed: boolean;
  /** The HTTP status that it was answered with; `null`: not answered. */
  status: number | null;
}

const stateNames = { 1: 'running', 2: 'completed', 3: 'failed', 4: 'terminated', 5: 'terminating' } as const;

/** What a simulated instance shows over the control port, and what is turned there. */
export interface Controlled {
  readonly log: RunLog;
  readonly requests: readonly SeenRequest[];
  readonly answers: SimulatedAnswers;
  readonly switches: SimulatedSwitches;
  readonly sessions: SessionOrders;
  readonly reports: ReportSteps;
}

const Clock = z.strictObject({ aheadSeconds: z.int().min(-86_400).max(86_400) });

/** The routes under `/_sandbox/`; see `Sandbox`. */
export function controlAnswer(
  path: string,
  { method, body }: SimulatedRequest,
  { log, requests, answers, switches, sessions, reports }: Controlled,
): SimulatedAnswer {
  if (method === 'GET' && path === 'runs') return json(200, log.all.map(told));
  if (method === 'GET' && path === 'requests') return json(200, requests);
  if (method === 'GET' && path === 'report-steps') return json(200, reports.answered);
  if (method !== 'POST') return unrouted();
  try {
    switch (path) {
      case 'answers':
        return json(200, answers.order(bodyOf(z.unknown(), body)));
      case 'delay':
        return json(200, answers.delay(bodyOf(z.unknown(), body)));
      case 'clock':
        return json(200, { aheadSeconds: (log.clock.aheadSeconds = bodyOf(Clock, body).aheadSeconds) });
      case 'sessions':
        return json(200, sessions.order(bodyOf(z.unknown(), body)));
      case 'report-steps':
        return json(200, reports.order(bodyOf(z.unknown(), body)));
      case 'switches':
        return json(200, switches.turn(bodyOf(z.unknown(), body)));
      default:
        if (path.endsWith('/archive')) return archived(path.slice('runs/'.length, -'/archive'.length), log);
        return finished(/^runs\/([^/]+)\/finish$/.exec(path)?.[1] ?? '', body, log);
    }
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    return json(422, { error: z.prettifyError(error) });
  }
}

function finished(id: string, body: string, log: RunLog): SimulatedAnswer {
  const run = log.find(id);
  if (!run) return unrouted();
  log.finish(run, runStatus[bodyOf(OutcomeBody, body).outcome]);
  return json(200, told(run));
}

/** What the instance does with finished runs after thirty days. */
function archived(id: string, log: RunLog): SimulatedAnswer {
  const run = log.find(id);
  if (!run) return unrouted();
  log.archive(run);
  return json(200, told(run));
}

function told({ id, code, status, startedAt, ownerId, inputs }: SimulatedRun): object {
  return {
    nativeId: id,
    definition: code,
    state: stateNames[status],
    startedAt,
    startedBy: ownerId,
    variables: inputs,
  };
}
