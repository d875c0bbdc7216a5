import { askSignedIn } from '../connections/ask-signed-in.js';
import type { Portal, Portals } from '../connections/portals.js';
import { liveReadErrorOf } from '../platforms/live-read.errors.js';
import { PlatformError } from '../platforms/platform.errors.js';
import type { Parameter } from '../platforms/definition.js';
import type { SeenTasks, Task, TaskPage, TaskQuery } from '../platforms/task.js';
import { mayUse, sees } from '../processes/client.js';
import { withoutTexts } from '../processes/hidden.js';
import type { Process } from '../processes/process.js';
import { NotFound, Unsupported } from '../processes/process.errors.js';
import type { Visibility } from '../processes/process.reader.js';
import type { SealedValues } from '../processes/sealed-values.js';
import type { SeenTask, TaskSight } from '../processes/seen-task.js';
import { taskNameOf } from '../processes/task-id.js';
import type { TaskRuns } from '../processes/task-runs.js';
import { valuesOf } from './withheld.js';

const readTimeoutMs = 20_000;

/** Tasks of one portal that fit, newest first, for somebody's eyes. */
export interface TasksOfPortal {
  readonly items: readonly SeenTask[];
  /** The place after which it goes on; `null`: nothing more fits. */
  readonly next: string | null;
  /** The place of one of the items. */
  placeOf(nativeId: string): string;
}

/** Reads the tasks of people from their platforms, and says to whose process they belong. */
export class ReadTasks implements TaskSight {
  constructor(
    private readonly portals: Portals,
    private readonly runs: TaskRuns,
    private readonly sealed: Pick<SealedValues, 'orderOf'>,
  ) {}

  /** @throws NotFound, Unsupported, LiveReadError */
  async of(taskId: string, visible: Visibility): Promise<SeenTask> {
    const name = taskNameOf(taskId);
    const portal = name && mayUse(visible.connections, name.connection) ? await this.portals.of(name.connection) : null;
    if (!name || !portal) throw new NotFound(`task "${taskId}"`);
    if (!portal.platform.readTasks) throw unlisted(portal);
    const [seen] = await this.read(portal, [name.nativeId], visible);
    if (!seen) throw new NotFound(`task "${taskId}"`);
    return seen;
  }

  /** A page of one portal: a list only nominates, so what it names is read and compared again. @throws Unsupported, LiveReadError */
  async list(portal: Portal, query: TaskQuery, visible: Visibility): Promise<TasksOfPortal> {
    const { nativeIds, next, places: told } = await this.nominated(portal, query);
    const items = (await this.read(portal, nativeIds, visible)).filter(({ task }) => stillFits(task, query));
    const places = new Map(nativeIds.map((id, place) => [id, place]));
    const inOrder = items.toSorted((one, other) => placeOf(one, places) - placeOf(other, places));
    return { items: inOrder, next, placeOf: (nativeId) => told?.get(nativeId) ?? nativeId };
  }

  /** The named tasks that are there and for these eyes, in requests as large as may be. @throws Unsupported, LiveReadError */
  async read(portal: Portal, nativeIds: readonly string[], visible: Visibility): Promise<readonly SeenTask[]> {
    const seen: SeenTask[] = [];
    for (const page of pagesOf(nativeIds, portal.platform.tasksAtOnce ?? 1)) {
      seen.push(...(await this.#visible(portal, await this.#read(portal, page), visible)));
    }
    return seen;
  }

  /** The names of the tasks that fit. @throws Unsupported, LiveReadError */
  nominated(portal: Portal, query: TaskQuery): Promise<TaskPage> {
    return this.#asked(portal, (platform, call) => {
      if (!platform.tasks) throw unlisted(portal);
      return platform.tasks(query, call);
    });
  }

  #read(portal: Portal, nativeIds: readonly string[]): Promise<SeenTasks> {
    return this.#asked(portal, (platform, call) => {
      if (!platform.readTasks) throw unlisted(portal);
      return platform.readTasks(nativeIds, call);
    });
  }

  async #asked<T>(portal: Portal, read: Parameters<typeof askSignedIn<T>>[2]): Promise<T> {
    try {
      return await askSignedIn(this.portals, portal, read, { signal: AbortSignal.timeout(readTimeoutMs) });
    } catch (error) {
      throw error instanceof PlatformError ? liveReadErrorOf(error) : error;
    }
  }

  /** With their processes, and without those that these eyes may not see. */
  async #visible(portal: Portal, { tasks, actsAs }: SeenTasks, visible: Visibility): Promise<readonly SeenTask[]> {
    const runIds = [...tasks.values()].map(({ runId }) => runId);
    const owners = await this.runs.owners(portal.connection.portal, runIds);
    return [...tasks.values()].flatMap((task): SeenTask[] => {
      const owner = owners.get(task.runId) ?? null;
      const process = owner && sees({ visible }, owner) ? owner : null;
      // Whoever sees only what is their own, or only some definitions, sees no tasks of other runs.
      const isTheirs = visible.clientId === null || process !== null;
      const definition = task.definition ?? owner?.definition ?? '';
      const isOfTheirs = visible.definitions === null || visible.definitions.includes(definition);
      return isTheirs && isOfTheirs ? [{ portal, task: this.#shown(portal, task, owner), actsAs, process }] : [];
    });
  }

  /** A template may write what the run was given into the words of a task, and into the fields that it asks for. */
  #shown(portal: Portal, task: Task, owner: Process | null): Task {
    if (!owner?.sensitive) return task;
    const values = valuesOf(owner, this.sealed.orderOf(owner), portal.platform);
    const words = (text: string): string => withoutTexts(text, values);
    return { ...task, name: words(task.name), fields: task.fields.map((field) => withoutWords(field, words)) };
  }
}

/** What a field proposes is a word like any other; where it is one that nobody may see, nothing is proposed. */
function withoutWords(field: Parameter, words: (text: string) => string): Parameter {
  const { default: proposed, ...rest } = field;
  const isHidden = proposed !== undefined && words(JSON.stringify(proposed)) !== JSON.stringify(proposed);
  return {
    ...rest,
    title: words(field.title),
    description: field.description && words(field.description),
    ...(proposed === undefined || isHidden ? {} : { default: proposed }),
  };
}

function stillFits({ state, assignees, runId }: Task, query: TaskQuery): boolean {
  return (
    (query.states?.includes(state) ?? true) &&
    (query.assignees?.some((one) => assignees.includes(one)) ?? true) &&
    (query.runIds?.includes(runId) ?? true)
  );
}

function placeOf({ task }: SeenTask, places: ReadonlyMap<string, number>): number {
  return places.get(task.nativeId) ?? 0;
}

function pagesOf(ids: readonly string[], size: number): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(ids.length / size) }, (_, page) => ids.slice(page * size, (page + 1) * size));
}

function unlisted({ kind }: Portal): Unsupported {
  return new Unsupported(`${kind.name} shows no tasks of people. ${kind.notes.tasks ?? ''}`.trim());
}
