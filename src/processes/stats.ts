import type { ProcessState } from './process-state.js';
import type { Visibility } from './process.reader.js';

/** What an hour brought. */
export interface HourOfStats {
  readonly hour: Date;
  /** Runs that became known. */
  readonly started: number;
  readonly closed: number;
  /** Of those closed. */
  readonly rejected: number;
  readonly indeterminate: number;
}

/** How many processes a caller may see stand where, and what the last week brought. */
export interface ProcessCounts {
  readonly byState: Readonly<Record<ProcessState, number>>;
  readonly byConnection: ReadonlyMap<string, number>;
  /** Oldest first; an hour that brought nothing is left out. */
  readonly byHour: readonly HourOfStats[];
  /** How old the oldest event is that is not counted yet, in seconds; 0: every one is. */
  readonly ageSeconds: number;
}

/** Counts that are kept beside the processes, so that nobody counts those. */
export interface Stats {
  counts(visible: Visibility): Promise<ProcessCounts>;
}
export const Stats = Symbol('Stats');
