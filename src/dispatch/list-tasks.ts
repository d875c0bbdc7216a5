import type { Portal, Portals } from '../connections/portals.js';
import { KnownError } from '../lib/known-error.js';
import type { TaskState } from '../platforms/task.js';
import { mayUse, sees } from '../processes/client.js';
import { Unsupported } from '../processes/process.errors.js';
import type { Process } from '../processes/process.js';
import type { ProcessReader, Visibility } from '../processes/process.reader.js';
import type { SeenTask } from '../processes/seen-task.js';
import type { ReadTasks, TasksOfPortal } from './read-tasks.js';

/** Which tasks somebody wants to see; each list means "one of", `null` means "any". */
export interface TaskFilter {
  readonly connections: readonly string[] | null;
  readonly processes: readonly string[] | null;
  readonly states: readonly TaskState[] | null;
  readonly assignees: readonly string[] | null;
  readonly visible: Visibility;
}

/** Where a list goes on: the platform's place of a task; the empty string before the first of a connection. */
export interface TaskPlace {
  readonly connection: string;
  readonly place: string;
}

/** A connection whose tasks could not be read. */
export interface UnavailableTasks {
  readonly connection: string;
  readonly code: string;
  readonly message: string;
}

export interface TaskListing {
  readonly items: readonly SeenTask[];
  readonly next: TaskPlace | null;
  readonly unavailable: readonly UnavailableTasks[];
}

/** A portal to be asked, for all its tasks or those of some runs. */
interface Source {
  readonly portal: Portal;
  readonly runIds: readonly string[] | null;
}

type Told = { readonly source: Source } & ({ readonly told: TasksOfPortal } | { readonly error: KnownError });

/** How many portals are asked side by side. */
const atOnce = 4;

/**
 * Lists tasks of one connection after the other, in the order of their keys, newest first in each.
 *
 * Where the caller names connections or processes, a portal that fails fails the list. Otherwise it is left out and named,
 * so that one portal hides no other's tasks; if none can be read, the list fails.
 */
export class ListTasks {
  constructor(
    private readonly tasks: ReadTasks,
    private readonly portals: Portals,
    private readonly reader: Pick<ProcessReader, 'find'>,
  ) {}

  /** One task as it stands. @throws NotFound, Unsupported, LiveReadError */
  one(taskId: string, visible: Visibility): Promise<SeenTask> {
    return this.tasks.of(taskId, visible);
  }

  /** @throws Unsupported, LiveReadError */
  async list(filter: TaskFilter, after: TaskPlace | null, limit: number): Promise<TaskListing> {
    const isNamed = filter.connections !== null || filter.processes !== null;
    const sources = (await this.#sources(filter)).filter(
      ({ portal }) => after === null || portal.connection.key >= after.connection,
    );
    const items: SeenTask[] = [];
    const failed: { readonly connection: string; readonly error: KnownError }[] = [];
    const listing = (next: TaskPlace | null): TaskListing => ({ items, next, unavailable: failed.map(unavailableOf) });
    for (let from = 0; from < sources.length; from += atOnce) {
      const wave = sources.slice(from, from + atOnce);
      const answers = await Promise.all(wave.map((source) => this.#ask(source, { filter, after, limit })));
      for (const { source, ...answer } of answers) {
        const { key: connection } = source.portal.connection;
        if ('error' in answer) {
          if (isNamed) throw answer.error;
          failed.push({ connection, error: answer.error });
          continue;
        }
        const room = limit - items.length;
        items.push(...answer.told.items.slice(0, room));
        const cut = answer.told.items.length > room;
        if (cut) {
          const last = room === 0 ? undefined : items.at(-1);
          return listing({ connection, place: last ? answer.told.placeOf(last.task.nativeId) : '' });
        }
        if (answer.told.next !== null) return listing({ connection, place: answer.told.next });
      }
    }
    const [first] = failed;
    if (first && failed.length === sources.length) throw first.error;
    return listing(null);
  }

  async #ask(
    source: Source,
    { filter, after, limit }: { filter: TaskFilter; after: TaskPlace | null; limit: number },
  ): Promise<Told> {
    const { states, assignees, visible } = filter;
    const { portal, runIds } = source;
    const isWhereItEnded = after?.connection === portal.connection.key && after.place !== '';
    const query = { runIds, states, assignees, after: isWhereItEnded ? after.place : null, limit };
    try {
      return { source, told: await this.tasks.list(portal, query, visible) };
    } catch (error) {
      if (error instanceof KnownError) return { source, error };
      throw error;
    }
  }

  async #sources(filter: TaskFilter): Promise<readonly Source[]> {
    const sources = filter.processes ? await this.#ofProcesses(filter, filter.processes) : await this.#ofAll(filter);
    const isNamed = filter.connections !== null || filter.processes !== null;
    const mute = sources.find(({ portal }) => !portal.platform.tasks);
    if (mute && isNamed) {
      const { kind } = mute.portal;
      throw new Unsupported(`${kind.name} shows no tasks of people. ${kind.notes.tasks ?? ''}`.trim());
    }
    return sources
      .filter(({ portal }) => portal.platform.tasks !== undefined)
      .toSorted(({ portal: { connection: one } }, { portal: { connection: other } }) => (one.key < other.key ? -1 : 1));
  }

  async #ofAll({ connections, visible }: TaskFilter): Promise<readonly Source[]> {
    const portals = connections ? await this.#named(connections) : await this.portals.all();
    return portals
      .filter(({ connection: { key } }) => mayUse(visible.connections, key))
      .map((portal) => ({ portal, runIds: null }));
  }

  /** Through the connections of the processes, or through those named that lead to the same portals. */
  async #ofProcesses({ connections, visible }: TaskFilter, ids: readonly string[]): Promise<readonly Source[]> {
    const found = await Promise.all([...new Set(ids)].map((id) => this.reader.find(id)));
    const processes = found.flatMap((process) => (process && sees({ visible }, process) ? [process] : []));
    const portals = await this.#named(connections ?? processes.map(({ connection }) => connection));
    return portals.flatMap((portal): Source[] => {
      const { key, portal: here } = portal.connection;
      const isHere = ({ connection, portal: name }: Process): boolean =>
        connections === null ? connection === key : name === here;
      const runIds = processes.filter(isHere).flatMap(({ nativeId }) => (nativeId === null ? [] : [nativeId]));
      return mayUse(visible.connections, key) && runIds.length > 0 ? [{ portal, runIds }] : [];
    });
  }

  async #named(keys: readonly string[]): Promise<readonly Portal[]> {
    const portals = await Promise.all([...new Set(keys)].map((key) => this.portals.of(key)));
    return portals.filter((portal) => portal !== null);
  }
}

function unavailableOf({ connection, error }: { connection: string; error: KnownError }): UnavailableTasks {
  return { connection, code: error.code, message: error.message };
}
