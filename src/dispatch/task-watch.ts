import type { Portal, Portals } from '../connections/portals.js';
import { KnownError } from '../lib/known-error.js';
import type { Log } from '../lib/log.js';
import { touched } from '../processes/change.js';
import type { Process } from '../processes/process.js';
import { categoryOf } from '../processes/process-state.js';
import type { ProcessWatch } from '../processes/process-watch.js';
import type { Visibility } from '../processes/process.reader.js';
import { StaleRevision, type ProcessStore } from '../processes/process.store.js';
import type { SeenTask } from '../processes/seen-task.js';
import { taskIdOf } from '../processes/task-id.js';
import type { TaskNews } from '../processes/task-news.js';
import type { ReadTasks } from './read-tasks.js';

const tickMs = 1000;
const tasksPerPage = 50;
/** Beyond so many pages the older tasks of a portal are left: they appeared while nobody looked. */
const mostPages = 5;
const everything: Visibility = { connections: null, definitions: null, clientId: null };

export interface TaskWatchParts {
  readonly tasks: Pick<ReadTasks, 'nominated' | 'read'>;
  readonly portals: Pick<Portals, 'all'>;
  readonly news: TaskNews;
  readonly store: Pick<ProcessStore, 'observe'>;
  readonly watch: Pick<ProcessWatch, 'changed'>;
  readonly log: Log;
  readonly pollSeconds: number;
}

/** Sees that tasks have appeared in runs of ours, and writes it into their histories, each once. */
export class TaskWatch {
  /** The tasks that waited at the last look, by connection. */
  readonly #waiting = new Map<string, ReadonlySet<string>>();
  readonly #rounds = new Map<string, Promise<void>>();
  #lookingAround: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: TaskWatchParts) {}

  begin(): void {
    this.#timer = setInterval(() => {
      this.#lookingAround ??= this.lookAround()
        .catch((error: unknown) => this.parts.log.error('tasks.failed', { error }))
        .finally(() => (this.#lookingAround = null));
    }, tickMs);
  }

  /** Ends after the looks that are out. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#lookingAround;
    await this.rest();
  }

  /** Begins a look at each connection whose turn it is. */
  async lookAround(): Promise<void> {
    const portals = (await this.parts.portals.all()).filter(
      ({ connection, platform }) =>
        connection.state === 'active' && platform.tasks && !this.#rounds.has(connection.key),
    );
    const keys = portals.map(({ connection }) => connection.key);
    const due = await this.parts.news.claimLooks(keys, this.parts.pollSeconds);
    for (const portal of portals) {
      const { key } = portal.connection;
      if (!due.has(key)) continue;
      const round = this.#lookAt(portal)
        .catch((error: unknown) => this.#unanswered(key, error))
        .finally(() => this.#rounds.delete(key));
      this.#rounds.set(key, round);
    }
  }

  /** Resolves when no look is out. */
  async rest(): Promise<void> {
    await Promise.all(this.#rounds.values());
  }

  #unanswered(connection: string, error: unknown): void {
    const known = error instanceof KnownError ? { message: error.message } : { error };
    this.parts.log.warn('tasks.unanswered', { connection, ...known });
  }

  async #lookAt(portal: Portal): Promise<void> {
    const { key } = portal.connection;
    const before = this.#waiting.get(key) ?? new Set();
    const waiting = await this.#waitingAt(portal, before);
    const fresh = waiting.filter((id) => !before.has(id));
    const untold = await this.#tell(portal, await this.parts.tasks.read(portal, fresh, everything));
    this.#waiting.set(key, new Set(waiting.filter((id) => !untold.has(id))));
  }

  /** The newest tasks that wait, back to one that was there before. */
  async #waitingAt(portal: Portal, before: ReadonlySet<string>): Promise<readonly string[]> {
    const ids: string[] = [];
    let after: string | null = null;
    for (let page = 0; page < mostPages; page += 1) {
      const query = { runIds: null, states: ['waiting'] as const, assignees: null, after, limit: tasksPerPage };
      const { nativeIds, next } = await this.parts.tasks.nominated(portal, query);
      ids.push(...nativeIds);
      if (next === null || nativeIds.some((id) => before.has(id))) break;
      after = next;
    }
    return ids;
  }

  /** @returns the tasks that were not told of, since their process moved in that moment */
  async #tell(portal: Portal, seen: readonly SeenTask[]): Promise<ReadonlySet<string>> {
    const untold = new Set<string>();
    const byProcess = new Map<string, { readonly process: Process; readonly tasks: SeenTask[] }>();
    for (const one of seen) {
      const { process, task } = one;
      if (!process || process.connection !== portal.connection.key || task.state !== 'waiting') continue;
      if (categoryOf[process.state] !== 'open') continue;
      const known = byProcess.get(process.id) ?? { process, tasks: [] };
      byProcess.set(process.id, known);
      known.tasks.push(one);
    }
    for (const { process, tasks } of byProcess.values()) {
      if (await this.#told(process, tasks)) continue;
      for (const { task } of tasks) untold.add(task.nativeId);
    }
    return untold;
  }

  async #told(process: Process, tasks: readonly SeenTask[]): Promise<boolean> {
    const all = tasks.map(dataOf);
    const untold = await this.parts.news.untold(
      process.id,
      all.map(({ taskId }) => taskId),
    );
    const news = all
      .filter(({ taskId }) => untold.has(taskId))
      .map((data) => ({ type: 'task.created' as const, data }));
    if (news.length === 0) return true;
    try {
      await this.parts.store.observe(touched(process, { news }));
      this.parts.watch.changed(process.id);
      return true;
    } catch (error) {
      if (error instanceof StaleRevision) return false;
      throw error;
    }
  }
}

function dataOf({ portal, task }: SeenTask) {
  const { nativeId, name, assignees, dueAt } = task;
  const taskId = taskIdOf({ connection: portal.connection.key, nativeId });
  return { taskId, name, assignees, dueAt: dueAt?.toISOString() ?? null };
}
