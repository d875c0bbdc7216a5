import type { ProcessEvent } from './event.js';
import type { Remembered } from './idempotency.js';
import type { Attempt, Operation } from './operation.js';
import type { Process } from './process.js';

/** What callers and the engine read of processes. */
export interface ProcessReader {
  find(processId: string): Promise<Process | null>;
  remembered(clientId: string, key: string): Promise<RememberedKey | null>;
  operation(operationId: string): Promise<Operation | null>;
  /** Operations that are not finished, oldest first. */
  openOperations(processId: string): Promise<readonly Operation[]>;
  /** Stops of the process that were accepted and not refused by the platform, also those that are done, oldest first. */
  acceptedStops(processId: string): Promise<readonly Operation[]>;
  /** Which of these processes have had a stop sent that may have been carried out, since they are terminating. */
  stopped(processIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Whether an attempt of this operation, other than `but`, may have run without its run being known. */
  hasUnknownAttempt(operationId: string, but: string | null): Promise<boolean>;
  /** Events and attempts, oldest first. */
  history(processId: string, after: HistoryPosition | null, limit: number): Promise<readonly HistoryItem[]>;
  /** The newest `rows` that fit and are older than `before`. */
  list(filter: ProcessFilter, before: string | null, rows: number): Promise<ProcessPage>;
  /** The elements' ids as ours, made on first sight: native id → id. */
  elementIds(processId: string, nativeIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** The native id of an element of this process; `null`: it was never listed. */
  nativeElementId(processId: string, elementId: string): Promise<string | null>;
  /** Names this database; part of every run id. */
  installation(): Promise<string>;
}
export const ProcessReader = Symbol('ProcessReader');

export interface RememberedKey extends Remembered {
  readonly key: string;
  readonly createdAt: Date;
}

export type HistoryItem = { readonly position: HistoryPosition } & (
  { readonly kind: 'event'; readonly event: ProcessEvent } | { readonly kind: 'attempt'; readonly attempt: Attempt }
);

/** The place of an item in a history; what comes after it goes on from there. */
export interface HistoryPosition {
  /** To the microsecond, e.g. `2026-11-21 16:36:12.926123+00`. */
  readonly at: string;
  /** 0: an event, 1: an attempt; the acceptance comes before the attempt of the same commit. */
  readonly rank: string;
  readonly id: string;
}

/** A page of a list, newest first. */
export interface ProcessPage {
  readonly processes: readonly Process[];
  /** The id down to which was read, where a page was not found full within what one may cost; `null`: it is what there is. */
  readonly readTo: string | null;
}

/** Each list means "one of"; an absent field means "any". */
export interface ProcessFilter {
  readonly connection?: readonly string[];
  readonly platform?: readonly string[];
  readonly definition?: readonly string[];
  readonly state?: readonly string[];
  readonly category?: readonly string[];
  readonly conclusion?: readonly string[];
  readonly businessKey?: readonly string[];
  readonly tag?: readonly string[];
  readonly nativeId?: readonly string[];
  readonly subjectType?: readonly string[];
  readonly subjectId?: readonly string[];
  readonly createdBy?: readonly string[];
  readonly hasIncident?: boolean;
  readonly createdAfter?: Date;
  readonly createdBefore?: Date;
  readonly closedAfter?: Date;
  readonly closedBefore?: Date;
  readonly visible: Visibility;
}

/** What of all processes a caller may see at all. */
export interface Visibility {
  /** `null`: every one. */
  readonly connections: readonly string[] | null;
  readonly definitions: readonly string[] | null;
  /** The client whose own processes alone are seen; `null`: everybody's. */
  readonly clientId: string | null;
}
