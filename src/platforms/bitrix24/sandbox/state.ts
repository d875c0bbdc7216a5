import { join } from 'node:path';
import { KeptState } from '../../../lib/kept-state.js';

/** A workflow that was executed. */
export interface KeptRun {
  readonly nativeId: string;
  readonly templateId: string;
  readonly startedAt: string;
  readonly startedBy: string;
  readonly document: readonly [module: string, entity: string, id: string];
  readonly parameters: unknown;
  state: 'running' | 'completed' | 'failed' | 'terminated' | 'killed';
  modifiedAt: string;
}

/** A task of a person inside a run. */
export interface KeptTask {
  readonly id: string;
  readonly nativeId: string;
  readonly userId: string;
  readonly name: string;
  /** 0 in progress, 1 yes, 2 no, 3 ok; 5 cancelled. Source: api-reference/bizproc/bizproc-task/bizproc-task-list.md */
  status: number;
}

/** A document for signature. */
export interface KeptDocument {
  readonly uid: string;
  readonly externalId: string;
  readonly startedAt: string;
  readonly members: { uid: string; role: string; user: unknown; state: string }[];
  state: string;
}

export interface KeptPortal {
  readonly runs: KeptRun[];
  readonly tasks: KeptTask[];
  readonly documents: KeptDocument[];
  /** Starts that were turned away at their first try, by what they said. */
  readonly turnedAway: string[];
  readonly tokens: { refresh: string; access: { token: string; expiresAtMs: number }[] };
}

/** The state of a simulated portal. */
export class PortalState {
  readonly #kept: KeptState<KeptPortal>;
  /** Runs that the portal remembers: all but the killed. */
  readonly #known: Map<string, KeptRun>;
  #saving: Promise<void> | null = null;

  constructor(folder: string | null, first: KeptPortal['tokens']) {
    const file = folder === null ? null : join(folder, 'bitrix24.json');
    this.#kept = new KeptState(file, { runs: [], tasks: [], documents: [], turnedAway: [], tokens: first });
    const remembered = this.value.runs.filter(({ state }) => state !== 'killed');
    this.#known = new Map(remembered.map((run) => [run.nativeId, run]));
  }

  get value(): KeptPortal {
    return this.#kept.value;
  }

  run(nativeId: string): KeptRun | null {
    return this.#known.get(nativeId) ?? null;
  }

  running(): KeptRun[] {
    return [...this.#known.values()].filter(({ state }) => state === 'running');
  }

  add(run: KeptRun): void {
    this.value.runs.push(run);
    this.#known.set(run.nativeId, run);
  }

  /** Ends a run and its tasks; a killed one is forgotten. */
  end(run: KeptRun, state: KeptRun['state'], at: string): void {
    run.state = state;
    run.modifiedAt = at;
    if (state === 'killed') this.#known.delete(run.nativeId);
    for (const task of this.value.tasks) if (task.nativeId === run.nativeId && task.status === 0) task.status = 5;
  }

  /** Resolves when the state is on disk; calls of one turn of the event loop share one writing. */
  saved(): Promise<void> {
    this.#saving ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        this.#saving = null;
        try {
          this.#kept.save();
          resolve();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
    return this.#saving;
  }
}
