import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate as immediate } from 'node:timers/promises';
import type { JsonObject } from '../../../lib/json.js';
import { KeptState } from '../../../lib/kept-state.js';
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
  readonly startedAt: string;
  /** Until then nobody sees it, as a run that the scheduler has not picked up. */
  readonly visibleAt: string;
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

const failure =
  'System.InvalidOperationException: The script divided by zero\r\n   at Terrasoft.Core.Process.UsrFailing()';

/** The process log of the simulated instance. Whoever changes it waits for `saved` before answering. */
export class RunLog {
  readonly #kept: KeptState<{ readonly runs: SimulatedRun[] }>;
  readonly #byId = new Map<string, SimulatedRun>();
  readonly #byElement = new Map<string, SimulatedRun>();
  #saving: Promise<void> | null = null;

  /** @param folder  where it survives a restart; `null`: in memory only */
  constructor(folder: string | null) {
    this.#kept = new KeptState(folder === null ? null : join(folder, 'creatio-runs.json'), { runs: [] });
    for (const run of this.all) this.#index(run);
  }

  /** Every run, oldest first, also those that the process log does not show yet. */
  get all(): readonly SimulatedRun[] {
    return this.#kept.value.runs;
  }

  /** Resolves when every change so far is on disk; changes of one turn of the event loop share one writing. */
  saved(): Promise<void> {
    this.#saving ??= this.#saveSoon();
    return this.#saving;
  }

  /** What the process log shows now. A run that is cancelling has stopped by the time somebody looks. */
  look(): readonly SimulatedRun[] {
    const now = new Date().toISOString();
    for (const run of this.all) if (run.status === runStatus.cancelling) this.finish(run, runStatus.cancelled);
    return this.all.filter(({ visibleAt }) => visibleAt <= now);
  }

  find(id: string): SimulatedRun | null {
    return this.#byId.get(id.toLowerCase()) ?? null;
  }

  findElement(id: string): { run: SimulatedRun; element: SimulatedElement } | null {
    const run = this.#byElement.get(id.toLowerCase());
    const element = run?.elements.find((one) => one.id === id.toLowerCase());
    return run && element ? { run, element } : null;
  }

  /** Runs a process as its behaviour says. */
  run(schema: SimulatedSchema, inputs: Readonly<Record<string, string>>, visibleInMs = 0): SimulatedRun {
    const startedAt = new Date().toISOString();
    const waits = schema.behaviour === 'waits' || schema.behaviour === 'waits-for-task';
    const run: SimulatedRun = {
      id: randomUUID(),
      code: schema.code,
      inputs,
      outputs: schema.outputs(inputs),
      startedAt,
      visibleAt: new Date(Date.parse(startedAt) + visibleInMs).toISOString(),
      status: runStatus.running,
      completedAt: null,
      error: '',
      elements: [elementOf('Start', 'StartEvent', runStatus.completed, startedAt)],
    };
    if (schema.behaviour === 'waits-for-task') {
      run.elements.push(elementOf('Approve the document', 'UserTask', runStatus.running, startedAt));
    }
    if (!waits) this.finish(run, schema.behaviour === 'fails' ? runStatus.failed : runStatus.completed);
    this.#kept.value.runs.push(run);
    this.#index(run);
    return run;
  }

  /** Ends a run, and with it its elements. */
  finish(run: SimulatedRun, status: RunStatus): void {
    const now = new Date().toISOString();
    run.status = status;
    run.completedAt = now;
    run.error = status === runStatus.failed ? failure : '';
    for (const element of run.elements.filter((one) => one.status === runStatus.running)) {
      element.status = status;
      element.completedAt = now;
    }
  }

  cancel(run: SimulatedRun): void {
    if (run.status === runStatus.running) run.status = runStatus.cancelling;
  }

  /** Executes a waiting element; one that has been executed stays as it is. */
  complete(run: SimulatedRun, element: SimulatedElement, values: Readonly<Record<string, string>>): void {
    if (element.status !== runStatus.running || run.status !== runStatus.running) return;
    element.values = values;
    this.finish(run, runStatus.completed);
  }

  async #saveSoon(): Promise<void> {
    await immediate();
    this.#saving = null;
    this.#kept.save();
  }

  #index(run: SimulatedRun): void {
    this.#byId.set(run.id, run);
    for (const { id } of run.elements) this.#byElement.set(id, run);
  }
}

function elementOf(caption: string, type: string, status: RunStatus, at: string): SimulatedElement {
  const completedAt = status === runStatus.completed ? at : null;
  return { id: randomUUID(), caption, type, status, startedAt: at, completedAt, values: {} };
}
