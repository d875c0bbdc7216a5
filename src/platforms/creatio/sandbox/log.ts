import { join } from 'node:path';
import { KeptRecords } from '../../kept-records.js';
import { SimulatedClock } from '../../simulated-clock.js';
import type { SimulatedSchema } from './schemas.js';
import { begunRun, runStatus, type RunStatus, type SimulatedElement, type SimulatedRun } from './simulated-run.js';

const failure =
  'System.InvalidOperationException: The script divided by zero\r\n   at Terrasoft.Core.Process.UsrFailing()';

interface KeptRun {
  readonly kind: 'run';
  readonly key: string;
  readonly run: SimulatedRun;
}

/** The process log of the simulated instance. Whoever changes it waits for `saved` before answering. */
export class RunLog {
  readonly clock = new SimulatedClock();
  /** Told when a run begins and when it ends. */
  reached: (run: SimulatedRun, status: RunStatus) => void = () => undefined;
  readonly #kept: KeptRecords<KeptRun>;
  readonly #runs: SimulatedRun[] = [];
  readonly #byId = new Map<string, SimulatedRun>();
  readonly #byElement = new Map<string, SimulatedRun>();
  /** Runs that the process log does not show yet, and those that are cancelling: few. */
  readonly #unsettled = new Set<SimulatedRun>();
  /** Cancelling runs that somebody has looked at. */
  readonly #seenCancelling = new Set<SimulatedRun>();
  readonly #archived = new Set<string>();

  /** @param folder  where it survives a restart; `null`: in memory only */
  constructor(folder: string | null) {
    this.#kept = new KeptRecords(folder === null ? null : join(folder, 'creatio-runs.log'));
    for (const { run } of this.#kept.found) this.#add(run);
  }

  /** Every run, oldest first, also those that the process log does not show yet. */
  get all(): readonly SimulatedRun[] {
    return this.#runs;
  }

  /** Resolves when every change so far is on disk. */
  saved(): Promise<void> {
    return this.#kept.saved();
  }

  /** What the process log shows now, the archive too. A run that is cancelling has stopped when somebody looks again. */
  look(): readonly SimulatedRun[] {
    this.#settle();
    return this.#unsettled.size === 0 ? this.#runs : this.#runs.filter((run) => this.#isShown(run));
  }

  /** The same, of one run; `null`: it is not shown. */
  lookAt(id: string): SimulatedRun | null {
    this.#settle();
    const run = this.find(id);
    return run && this.#isShown(run) ? run : null;
  }

  /** Finished runs are moved out of the table, to where only its view shows them. */
  archive({ id }: SimulatedRun): void {
    this.#archived.add(id);
  }

  isArchived({ id }: SimulatedRun): boolean {
    return this.#archived.has(id);
  }

  #isShown(run: SimulatedRun): boolean {
    return run.visibleAtMs <= Date.now();
  }

  #settle(): void {
    const now = Date.now();
    for (const run of this.#unsettled) {
      if (run.status !== runStatus.cancelling) {
        if (run.visibleAtMs <= now) this.#unsettled.delete(run);
      } else if (this.#seenCancelling.delete(run)) {
        this.finish(run, runStatus.cancelled);
        this.#unsettled.delete(run);
      } else this.#seenCancelling.add(run);
    }
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
  run(
    schema: SimulatedSchema,
    { inputs, ownerId }: Pick<SimulatedRun, 'inputs' | 'ownerId'>,
    visibleInMs = 0,
  ): SimulatedRun {
    const run = begunRun(schema, { inputs, ownerId }, { at: this.clock.now(), visibleAtMs: Date.now() + visibleInMs });
    const waits = schema.behaviour === 'waits' || schema.behaviour === 'waits-for-task';
    this.#add(run);
    this.reached(run, runStatus.running);
    if (waits) this.#keep(run);
    else this.finish(run, schema.behaviour === 'fails' ? runStatus.failed : runStatus.completed);
    return run;
  }

  /** Ends a run, and with it its elements. */
  finish(run: SimulatedRun, status: RunStatus): void {
    const now = this.clock.now().toISOString();
    run.status = status;
    run.completedAt = now;
    run.error = status === runStatus.failed ? failure : '';
    for (const element of run.elements.filter((one) => one.status === runStatus.running)) {
      element.status = status;
      element.completedAt = now;
    }
    this.#keep(run);
    this.reached(run, status);
  }

  cancel(run: SimulatedRun): void {
    if (run.status !== runStatus.running) return;
    run.status = runStatus.cancelling;
    this.#unsettled.add(run);
    this.#keep(run);
  }

  /** Executes a waiting element; one that has been executed stays as it is. */
  complete(run: SimulatedRun, element: SimulatedElement, values: Readonly<Record<string, string>>): void {
    if (element.status !== runStatus.running || run.status !== runStatus.running) return;
    element.values = values;
    this.finish(run, runStatus.completed);
  }

  #keep(run: SimulatedRun): void {
    this.#kept.put({ kind: 'run', key: run.id, run });
  }

  #add(run: SimulatedRun): void {
    this.#runs.push(run);
    this.#byId.set(run.id, run);
    for (const { id } of run.elements) this.#byElement.set(id, run);
    if (run.visibleAtMs > Date.now() || run.status === runStatus.cancelling) this.#unsettled.add(run);
  }
}
