/** By what a database is known again. `null`: it cannot be asked for that. */
export interface Mark {
  /** Of the cluster; another one in a cluster that was made anew. */
  readonly systemIdentifier: string | null;
  /** Eight hex digits, e.g. `00000001`; another one after each promotion and each recovery to a point in time. */
  readonly timeline: string | null;
  readonly databaseOid: string;
  /** Of the table that holds the mark: another one in a dump that was restored into the same cluster. */
  readonly tableOid: string;
}

/** A mark as it stands in the database. */
export interface RecordedMark extends Mark {
  /** In microseconds; only grows, so an older one has been put back. */
  readonly notedAt: bigint;
}

/** One look at a database that takes writes. */
export interface Seen {
  readonly mark: Mark;
  /** `null`: nobody has written one yet. */
  readonly recorded: RecordedMark | null;
  /** Where its log stands, in bytes; `null`: it cannot be asked. */
  readonly position: bigint | null;
  /** Up to where its log is on disk and cannot be lost by a crash. */
  readonly flushed: bigint | null;
}

/** What one replica keeps of its looks. */
export interface Remembered {
  readonly notedAt: bigint;
  /** The highest `flushed` since the mark was noted. */
  readonly flushed: bigint | null;
}

/** One thing that is not as it was. */
export interface Difference {
  readonly of: 'system identifier' | 'database' | 'table' | 'timeline' | 'mark' | 'position';
  /** A sentence for people. */
  readonly words: string;
}

/** What tells that this is not the database of before, or an older state of it. */
export function differencesOf(seen: Seen, remembered: Remembered | null): readonly Difference[] {
  const { mark, recorded } = seen;
  if (!recorded) return remembered ? [{ of: 'mark', words: 'The mark that stood in the database is gone.' }] : [];
  return [
    ...changed('system identifier', recorded.systemIdentifier, mark.systemIdentifier),
    ...changed('database', recorded.databaseOid, mark.databaseOid),
    ...changed('table', recorded.tableOid, mark.tableOid),
    ...changed('timeline', recorded.timeline, mark.timeline),
    ...(remembered ? lost(seen, recorded, remembered) : []),
  ];
}

function changed(of: Difference['of'], was: string | null, is: string | null): Difference[] {
  if (was === null || is === null || was === is) return [];
  return [{ of, words: `Its ${of} was ${was} and is ${is}.` }];
}

function lost({ position }: Seen, recorded: RecordedMark, remembered: Remembered): Difference[] {
  if (recorded.notedAt < remembered.notedAt) {
    return [{ of: 'mark', words: 'The mark in the database is older than the one that was read before.' }];
  }
  // Noted anew: another replica has noticed what there was to notice.
  if (recorded.notedAt > remembered.notedAt || position === null || remembered.flushed === null) return [];
  if (position >= remembered.flushed) return [];
  return [{ of: 'position', words: `Its log stood at ${lsn(remembered.flushed)} and stands at ${lsn(position)}.` }];
}

/** What to keep after a look that found no difference. */
export function remember(recorded: RecordedMark, flushed: bigint | null, before: Remembered | null): Remembered {
  if (before === null || before.notedAt < recorded.notedAt) return { notedAt: recorded.notedAt, flushed };
  if (before.notedAt > recorded.notedAt) return before;
  const isHigher = flushed !== null && (before.flushed === null || flushed > before.flushed);
  return isHigher ? { notedAt: before.notedAt, flushed } : before;
}

/** As PostgreSQL writes a position, e.g. `0/174B628`. */
function lsn(position: bigint): string {
  return `${(position >> 32n).toString(16)}/${(position & 0xffffffffn).toString(16)}`.toUpperCase();
}
