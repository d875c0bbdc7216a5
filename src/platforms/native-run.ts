import type { Run, Subject } from './run.js';

/** A run as its platform lists it, whoever started it. */
export interface NativeRun {
  readonly nativeId: string;
  /** What it was started from; `null`: the platform does not tell. */
  readonly definition: string | null;
  /** What it is about; `null`: nothing, or not told. */
  readonly subject: Subject | null;
  /** By the gateway's clock: the platform's offset is taken out. `null`: not told. */
  readonly startedAt: Date | null;
  /** The platform's id of the user who started it; `null`: the platform by itself, or not told. */
  readonly startedBy: string | null;
}

/** Which runs are wanted; each list means "one of", `null` means "any". */
export interface NativeRunQuery {
  readonly definitions: readonly string[] | null;
  readonly subjectTypes: readonly string[] | null;
  readonly subjectIds: readonly string[] | null;
  /** Only runs that began later, by the gateway's clock. */
  readonly startedAfter: Date | null;
  /** The platform's own word for where the last page ended, as `next` told it; `null`: from the newest. */
  readonly after: string | null;
  readonly limit: number;
}

/** A page of runs, newest first. */
export interface NativeRunPage {
  /** At most as many as were asked for; fewer, or none, may come although more follow. */
  readonly runs: readonly NativeRun[];
  /** Where it goes on, in the platform's own words; `null`: nothing more fits. */
  readonly next: string | null;
}

/** One run by its name. */
export interface NativeRunName {
  readonly nativeId: string;
  /** What its caller holds it to be a run of; `null`: whatever it is. */
  readonly definition: string | null;
}

/** One run, and how it stands. */
export interface NativeRunSight {
  readonly run: NativeRun;
  readonly standing: Run;
}
