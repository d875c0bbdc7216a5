import type { RunRow } from './native-run-row.js';

/** Where a list of runs ended: everything newer was read. */
export interface RunPlace {
  /** A second of the portal, as it wrote it, e.g. "2026-11-21T19:00:00+03:00". */
  readonly started: string;
  /** The last run of that second that was read; `null`: none of it was. */
  readonly id: string | null;
}

/** What one list has shown. */
export interface ReadRuns {
  readonly rows: readonly RunRow[];
  /** `null`: nothing more fits. */
  readonly readTo: RunPlace | null;
}

/** A place as the text that a cursor keeps. */
export function placeText({ started, id }: RunPlace): string {
  return JSON.stringify(id === null ? [started] : [started, id]);
}

/** The place of such a text; `null`: it is none. */
export function placeIn(text: string): RunPlace | null {
  try {
    const parts: unknown = JSON.parse(text);
    if (!Array.isArray(parts) || parts.length > 2 || !parts.every((part) => typeof part === 'string')) return null;
    const [started = '', id = null] = parts;
    return Number.isNaN(Date.parse(started)) ? null : { started, id };
  } catch {
    return null;
  }
}

/**
 * Lists as one, newest first. Of a list that was not read to its end nothing is known beyond there, so what is older in the
 * others is left for the next page. Pure.
 */
export function newestRuns(lists: readonly ReadRuns[], limit: number): ReadRuns {
  const [edge = null] = lists
    .flatMap(({ readTo }) => (readTo ? [readTo] : []))
    .toSorted(byAge)
    .slice(0, 1);
  const read = new Map(lists.flatMap(({ rows }) => rows.map((row) => [row.ID, row] as const)));
  const whole = [...read.values()]
    .filter((row) => edge === null || byAge(placeOf(row), edge) <= 0)
    .toSorted((one, other) => byAge(placeOf(one), placeOf(other)));
  const rows = whole.slice(0, limit);
  const last = rows.at(-1);
  return { rows, readTo: whole.length > limit && last ? placeOf(last) : edge };
}

export function placeOf({ STARTED, ID }: RunRow): RunPlace {
  return { started: STARTED, id: ID };
}

/** Newest first, and within one second by id, the highest first; no id stands before all of its second. */
function byAge(one: RunPlace, other: RunPlace): number {
  const seconds = Date.parse(other.started) - Date.parse(one.started);
  if (seconds !== 0 || one.id === other.id) return seconds;
  if (one.id === null) return -1;
  if (other.id === null) return 1;
  return one.id.toLowerCase() > other.id.toLowerCase() ? -1 : 1;
}
