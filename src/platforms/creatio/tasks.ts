import { InDoubt } from '../platform.errors.js';
import type { Call } from '../platform.js';
import type { Task, TaskPage, TaskQuery } from '../task.js';
import { emptyId, ToDoRow } from './creatio.wire.js';
import { isGuid } from './encoders.js';
import type { Rows } from './rows.js';
import { isAnyOf, type RowsQuery } from './rows-query.js';
import { newestToDos, placeIn, placeOf } from './task-places.js';

const entity = 'SysProcessElementToDo';
const columns = ['Id', 'SysProcessDataId', 'Title', 'Subject', 'ContactId', 'CreatedOn'];

/** How many ids fit into the query of a URL beside the rest; IIS limits it to 2,048 characters by default. */
export const tasksAtOnce = 20;
const runsAtOnce = 15;
/** More assignees are compared by whoever reads what is named here. */
const mostAssignees = 8;
/** Rows that are asked for beyond a page: so many may have come in the same moment as the last one told. */
const beyond = 200;

/**
 * The pending tasks that fit, newest first. The table has neither a number nor another order that stands still, so a page goes
 * on after the moment and the id of its last task: what is done meanwhile shifts nothing, and what comes is newer.
 *
 * @throws InDoubt  times cannot be compared with what the instance tells of them, so that no page would be the last
 */
export async function listTasks(source: Rows, query: TaskQuery, call: Call): Promise<TaskPage> {
  const { states, runIds, assignees, after, limit } = query;
  const nothing = { nativeIds: [], next: null };
  // What is done leaves the table.
  if (states && !states.includes('waiting')) return nothing;
  const runs = runIds?.filter(isGuid) ?? null;
  const contacts = assignees?.filter(isGuid) ?? null;
  if (runs?.length === 0 || contacts?.length === 0) return nothing;
  const place = after === null ? null : placeIn(after);
  const where: RowsQuery['where'] = [
    ...(contacts && contacts.length <= mostAssignees ? [isAnyOf('ContactId', contacts)] : []),
    // Some databases keep more than milliseconds; what is newer than the place is left out afterwards.
    ...(place ? [{ path: 'CreatedOn', by: 'le', value: { at: new Date(place.atMs + 1).toISOString() } } as const] : []),
  ];
  const top = limit + beyond;
  const read = (more: RowsQuery['where']): Promise<ToDoRow[]> =>
    source.read(
      { entity, columns, where: [...more, ...where], order: { by: 'CreatedOn', down: true }, top },
      ToDoRow,
      call,
    );
  const lists: ToDoRow[][] = [];
  for (const some of partsOf(runs)) lists.push(await read(some ? [isAnyOf('SysProcessDataId', some)] : []));
  const page = newestToDos(lists, { after: place, limit, top });
  if (!page) throw new InDoubt('The instance tells other times of its tasks than it compares');
  const places = new Map(page.rows.map((row) => [row.Id, placeOf(row)]));
  const last = page.rows.at(-1);
  return { nativeIds: page.rows.map(({ Id }) => Id), next: page.goesOn && last ? placeOf(last) : null, places };
}

/** How the named tasks stand; one that is done is not there any more. */
export async function readTasks(
  source: Rows,
  nativeIds: readonly string[],
  call: Call,
): Promise<ReadonlyMap<string, Task>> {
  const ids = nativeIds.filter(isGuid);
  if (ids.length === 0) return new Map();
  const rows = await source.read({ entity, columns, where: [isAnyOf('Id', ids)] }, ToDoRow, call);
  const byId = new Map(rows.map((row) => [row.Id.toLowerCase(), row]));
  return new Map(
    nativeIds.flatMap((id) => {
      const row = byId.get(id.toLowerCase());
      return row ? [[id, taskOf(row)] as const] : [];
    }),
  );
}

function taskOf({ Id, SysProcessDataId, Title, Subject, ContactId }: ToDoRow): Task {
  return {
    nativeId: Id,
    runId: SysProcessDataId,
    definition: null,
    name: Title?.trim() || Subject?.trim() || Id,
    state: 'waiting',
    // A role that has the task is no user.
    assignees: ContactId && ContactId !== emptyId ? [ContactId] : [],
    answers: [],
    statuses: null,
    commentRequiredFor: [],
    fields: [],
    dueAt: null,
  };
}

function partsOf(runs: readonly string[] | null): readonly (readonly string[] | null)[] {
  if (runs === null) return [null];
  return Array.from({ length: Math.ceil(runs.length / runsAtOnce) }, (_, part) =>
    runs.slice(part * runsAtOnce, (part + 1) * runsAtOnce),
  );
}
