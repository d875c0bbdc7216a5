import type { TaskPage } from '../task.js';

/** One list of tasks by their ids, as far as it was read. */
export interface Listing {
  /** Of the tasks that fit, newest first. */
  readonly ids: readonly string[];
  /** The id of the last row that was read; `null`: all of them were. */
  readonly readTo: string | null;
}

/**
 * The newest tasks of several lists, each once. Pure. Where a list was not read to its end, nothing below its last row is
 * told yet, so that no task of it is passed over.
 */
export function newestOf(listings: readonly Listing[], limit: number): TaskPage {
  const unread = listings.flatMap(({ readTo }) => (readTo === null ? [] : [Number(readTo)]));
  const floor = Math.max(0, ...unread);
  const ids = [...new Set(listings.flatMap((listing) => listing.ids.map(Number)))]
    .filter((id) => id >= floor)
    .toSorted((one, other) => other - one);
  const kept = ids.slice(0, limit);
  const last = kept.at(-1);
  if (ids.length > limit && last !== undefined) return { nativeIds: kept.map(String), next: String(last) };
  return { nativeIds: kept.map(String), next: floor === 0 ? null : String(floor) };
}
