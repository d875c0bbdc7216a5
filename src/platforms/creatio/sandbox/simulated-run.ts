import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../../lib/json.js';
import type { SimulatedSchema } from './schemas.js';

/** Values of `processStatus`. */
export const runStatus = { running: 1, completed: 2, failed: 3, cancelled: 4, cancelling: 5 } as const;
export type RunStatus = (typeof runStatus)[keyof typeof runStatus];

/** One run: a row of the process log. Times are RFC 3339. */
export interface SimulatedRun {
  readonly id: string;
  readonly code: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: JsonObject;
  /** The contact of the user who started it. */
  readonly ownerId: string;
  readonly startedAt: string;
  /** Until then nobody sees it, as a run that the scheduler has not picked up. Unix milliseconds. */
  readonly visibleAtMs: number;
  status: RunStatus;
  completedAt: string | null;
  error: string;
  readonly elements: SimulatedElement[];
}

export interface SimulatedElement {
  readonly id: string;
  readonly caption: string;
  readonly type: string;
  status: RunStatus;
  readonly startedAt: string;
  completedAt: string | null;
  values: Readonly<Record<string, string>>;
}

/** A run as it begins: with a start event, and with a task where the process waits for one. */
export function begunRun(
  schema: SimulatedSchema,
  { inputs, ownerId }: Pick<SimulatedRun, 'inputs' | 'ownerId'>,
  { at, visibleAtMs }: { readonly at: Date; readonly visibleAtMs: number },
): SimulatedRun {
  const startedAt = at.toISOString();
  const elements = [elementOf('Start', 'StartEvent', runStatus.completed, startedAt)];
  if (schema.behaviour === 'waits-for-task') {
    elements.push(elementOf('Approve the document', 'UserTask', runStatus.running, startedAt));
  }
  return {
    id: randomUUID(),
    code: schema.code,
    inputs,
    outputs: schema.outputs(inputs),
    ownerId,
    startedAt,
    visibleAtMs,
    status: runStatus.running,
    completedAt: null,
    error: '',
    elements,
  };
}

function elementOf(caption: string, type: string, status: RunStatus, at: string): SimulatedElement {
  const completedAt = status === runStatus.completed ? at : null;
  return { id: randomUUID(), caption, type, status, startedAt: at, completedAt, values: {} };
}
