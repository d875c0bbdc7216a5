import type { ToDoRow } from './creatio.wire.js';

/** Where a page of tasks ended. */
export interface TaskPlaceThere {
  /** When its last task was made, to the millisecond, by what the instance told. Unix milliseconds. */
  readonly atMs: number;
  readonly id: string;
}

type Placed = Pick<ToDoRow, 'Id' | 'CreatedOn'>;

/** E.g. `2026-01-15T10:00:00.123Z|410006e1-…`. */
export function placeOf({ Id, CreatedOn }: Placed): string {
  return `${CreatedOn}|${Id}`;
}

/** `null`: it is no place, and a list begins anew. */
export function placeIn(text: string): TaskPlaceThere | null {
  const [, createdOn, id] = /^(\d{4}-\d\d-\d\dT[\d:.]{5,20}(?:Z|[+-]\d\d:\d\d)?)\|([0-9a-f-]{36})$/i.exec(text) ?? [];
  return createdOn === undefined || id === undefined ? null : { atMs: msOf(createdOn), id };
}

/**
 * The newest of several lists after a place, each task once. Pure. Databases order ids each in a way of their own, so those of
 * one moment are ordered here; of a list that may go on, the last moment is told when all of it is known.
 *
 * @param top  how many rows each list was asked for, newest first
 * @returns `null`: lists that may go on hold nothing that is told after the place
 */
export function newestToDos<T extends Placed>(
  lists: readonly (readonly T[])[],
  { after, limit, top }: { readonly after: TaskPlaceThere | null; readonly limit: number; readonly top: number },
): { readonly rows: readonly T[]; readonly goesOn: boolean } | null {
  const floors = lists.flatMap((list) => (list.length < top ? [] : [msOf(list.at(-1)?.CreatedOn ?? '')]));
  const floor = floors.length === 0 ? null : Math.max(...floors);
  const byId = new Map(lists.flat().map((row) => [row.Id, row]));
  const fit = [...byId.values()]
    .filter((row) => after === null || isAfter(row, after))
    .filter(({ CreatedOn }) => floor === null || msOf(CreatedOn) > floor)
    .toSorted((one, other) => msOf(other.CreatedOn) - msOf(one.CreatedOn) || (one.Id < other.Id ? -1 : 1));
  if (fit.length === 0 && floor !== null) return null;
  return { rows: fit.slice(0, limit), goesOn: fit.length > limit || floor !== null };
}

function isAfter({ Id, CreatedOn }: Placed, { atMs, id }: TaskPlaceThere): boolean {
  const apart = msOf(CreatedOn) - atMs;
  return apart < 0 || (apart === 0 && Id > id);
}

function msOf(text: string): number {
  return Date.parse(/(Z|[+-]\d\d:\d\d)$/i.test(text) ? text : `${text}Z`);
}
