import { z } from 'zod';
import { InDoubt } from '../platform.errors.js';
import type { Call } from '../platform.js';
import type { SeenTasks, TaskPage, TaskQuery } from '../task.js';
import { maxCommands, readTogether, type Command, type Outcome } from './batch.js';
import type { Bitrix24Client } from './bitrix24.client.js';
import { Profile } from './bitrix24.wire.js';
import { newestOf, type Listing } from './newest-tasks.js';
import { NominatedRow, stateOfStatus, taskOf, TaskFullRow } from './task-wire.js';

const method = 'bizproc.task.list';
const rowsPerPage = 50;
/** A task has a row for each of its users; so many pages are read of one that is asked for alone. */
const pagesOfOne = 4;
/** How many pages of a list are read at once: rows are more than tasks. */
const pagesAtOnce = 5;

/** How many tasks fit into one request; the last command may ask who we are. */
export const tasksAtOnce = maxCommands - 1;

/** The conditions of STATUS for states that follow each other in it. */
const statusFilters: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  waiting: { STATUS: '0' },
  completed: { '>=STATUS': '1', '<=STATUS': '3' },
  cancelled: { '>=STATUS': '4' },
  'cancelled,completed': { '>=STATUS': '1' },
};

/**
 * Names the newest tasks that fit. What the portal lists is compared with what was asked, since it drops conditions that
 * it does not know without a word.
 *
 * @throws InDoubt  a list cannot be read, is not in the order asked for, or does not begin where it was asked to
 * @see b24restdocs api-reference/bizproc/bizproc-task/bizproc-task-list.md
 */
export async function nominateTasks(client: Bitrix24Client, query: TaskQuery, call: Call): Promise<TaskPage> {
  const lists = listsOf(query);
  const pages = Math.max(1, Math.min(pagesAtOnce, Math.floor(maxCommands / lists.length)));
  const reads = lists.flatMap((filter) =>
    Array.from({ length: pages }, (_, page) =>
      listOf(['ID', 'WORKFLOW_ID', 'STATUS', 'USER_ID'], filter, page * rowsPerPage),
    ),
  );
  const { outcomes } = await readTogether(client, reads, call);
  const listings = lists.map((_, index): Listing => {
    const rows = rowsIn(outcomes.slice(index * pages, (index + 1) * pages), NominatedRow);
    assertAsAsked(rows.read, query);
    const fitting = rows.read.filter((row) => fits(row, query));
    return { ids: fitting.map(({ ID }) => ID), readTo: rows.isWhole ? null : (rows.read.at(-1)?.ID ?? null) };
  });
  return newestOf(listings, query.limit);
}

/** The named tasks as they stand, with all their users, and as whom we see them. One request. */
export async function readTasks(
  client: Bitrix24Client,
  { ids, userId }: { readonly ids: readonly string[]; readonly userId: string | null },
  call: Call,
): Promise<SeenTasks> {
  const numbers = ids.filter(namesTask);
  const pages = numbers.length === 1 ? pagesOfOne : 1;
  const reads = numbers.flatMap((id) =>
    Array.from({ length: pages }, (_, page) => listOf(wholeRow, { ID: id }, page * rowsPerPage)),
  );
  if (reads.length === 0 && userId !== null) return { tasks: new Map(), actsAs: userId };
  const asksWho = userId === null ? [{ method: 'profile', params: {} }] : [];
  const { outcomes } = await readTogether(client, [...reads, ...asksWho], call);
  const tasks = numbers.flatMap((id, index) => {
    const { read } = rowsIn(outcomes.slice(index * pages, (index + 1) * pages), TaskFullRow);
    if (read.some(({ ID }) => ID !== id)) throw new InDoubt('The portal ignored the filter of its list of tasks.');
    const task = taskOf(read);
    return task ? [[id, task] as const] : [];
  });
  return { tasks: new Map(tasks), actsAs: userId ?? userIn(outcomes.at(-1)) };
}

/** Could a task be called so here? */
function namesTask(id: string): boolean {
  return /^[1-9]\d{0,14}$/.test(id);
}

const wholeRow = [
  'ID',
  'WORKFLOW_ID',
  'NAME',
  'STATUS',
  'USER_ID',
  'USER_STATUS',
  'WORKFLOW_TEMPLATE_ID',
  'OVERDUE_DATE',
  'ACTIVITY',
  'PARAMETERS',
];

type Filter = Readonly<Record<string, string>>;

function listOf(select: readonly string[], filter: Filter, start: number): Command {
  return { method, params: { SELECT: select, FILTER: filter, ORDER: { ID: 'DESC' }, start } };
}

/** One list for each run and user: whether a list of values means "one of" in a filter is not sure. */
function listsOf({ runIds, states, assignees, after }: TaskQuery): readonly Filter[] {
  const both: Filter = {
    ...(states ? statusFilters[states.toSorted().join(',')] : {}),
    ...(after === null ? {} : { '<ID': after }),
  };
  const byRun = (runIds ?? [null]).map((run): Filter => (run === null ? both : { ...both, WORKFLOW_ID: run }));
  const byUser = byRun.flatMap((filter) =>
    (assignees ?? [null]).map((user): Filter => (user === null ? filter : { ...filter, USER_ID: user })),
  );
  // What is too much for one request is left to the comparison.
  if (byUser.length <= maxCommands) return byUser;
  return byRun.length <= maxCommands ? byRun : [both];
}

function fits({ WORKFLOW_ID, STATUS, USER_ID }: NominatedRow, { runIds, states, assignees }: TaskQuery): boolean {
  const state = stateOfStatus[STATUS] ?? 'waiting';
  return (
    (runIds?.includes(WORKFLOW_ID) ?? true) &&
    (states?.includes(state) ?? true) &&
    (assignees?.includes(USER_ID) ?? true)
  );
}

/** Where the order or the beginning was not heeded, what is left out would never be shown. */
function assertAsAsked(rows: readonly NominatedRow[], { after }: TaskQuery): void {
  const ids = rows.map(({ ID }) => Number(ID));
  const from = after === null ? Number.POSITIVE_INFINITY : Number(after);
  const isAsAsked = ids.every((id, index) => id < from && id <= (ids[index - 1] ?? id));
  if (!isAsAsked) throw new InDoubt('The portal ignored the order or the filter of its list of tasks.');
}

interface Rows<Row> {
  readonly read: readonly Row[];
  /** No row is left beyond these. */
  readonly isWhole: boolean;
}

/** The rows of one list's pages. @throws what stood in the way of a page */
function rowsIn<Row>(outcomes: readonly Outcome[], schema: z.ZodType<Row>): Rows<Row> {
  const read: Row[] = [];
  for (const outcome of outcomes) {
    if ('error' in outcome) throw outcome.error;
    const rows = z.array(schema).safeParse(outcome.result);
    if (!rows.success) throw new InDoubt('The list of tasks cannot be read.', null, { cause: rows.error });
    read.push(...rows.data);
    if (rows.data.length < rowsPerPage) return { read, isWhole: true };
  }
  return { read, isWhole: false };
}

function userIn(outcome: Outcome | undefined): string {
  if (outcome && 'error' in outcome) throw outcome.error;
  const profile = Profile.safeParse(outcome?.result);
  if (!profile.success) throw new InDoubt('The profile cannot be read.', null, { cause: profile.error });
  return profile.data.ID;
}
