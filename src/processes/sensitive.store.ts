import type { JsonObject } from '../lib/json.js';
import { KnownError } from '../lib/known-error.js';

/** Variables that were marked, by connection and definition. */
export interface MarkedVariables {
  readonly connection: string;
  readonly definition: string;
  readonly names: readonly string[];
}

/** What a process keeps of its variables and results, as its row is. */
export interface KeptValues {
  readonly variables: JsonObject;
  readonly closedVariables: JsonObject | null;
  readonly result: JsonObject | null;
  readonly sensitive: readonly string[] | null;
  readonly sealedVariables: string | null;
}

/** A process that knows nothing of a mark. */
export interface UnmarkedProcess extends KeptValues {
  readonly id: string;
  readonly revision: number;
}

/** Which variables are shown to nobody. */
export interface SensitiveStore {
  all(): Promise<readonly MarkedVariables[]>;
  /** What is accepted from now on without them is refused by the store of processes. False: there is no such connection. */
  mark(marked: MarkedVariables): Promise<boolean>;
  /** Waits until nobody can write a start any more that began before the mark. */
  olderOver(): Promise<void>;
  /** Some processes that a mark does not cover yet, oldest first. @param after  only younger ones; `null`: from the oldest */
  unmarked(marked: MarkedVariables, after: string | null): Promise<readonly UnmarkedProcess[]>;
  /** Writes the values of a process anew. False: somebody has written it meanwhile, and nothing has changed. */
  rewrite(process: UnmarkedProcess, values: KeptValues & { readonly sensitive: readonly string[] }): Promise<boolean>;
  /** Hides results of these names where they are kept beside the process: in photographs and reports. */
  hideResults(processId: string, names: readonly string[]): Promise<void>;
  /** What the commands on a process were given, where it is not sealed. */
  inputsOf(processId: string): Promise<readonly { readonly id: string; readonly input: JsonObject }[]>;
  sealInput(operationId: string, input: JsonObject, sealedInput: string): Promise<void>;
}
export const SensitiveStore = Symbol('SensitiveStore');

/** Variables of a definition were marked while a start of it was on its way. Nothing was accepted; seal it and accept it anew. */
export class NewlyMarked extends KnownError {
  override readonly name = 'NewlyMarked';
  readonly code = 'overloaded';
  override readonly retryAfterSeconds = 1;

  constructor() {
    super('Variables of this definition were marked as sensitive at this moment; repeat the request.');
  }
}

/** The marks hold, and some of what was stored before kept moving while it was sealed. The same request again goes on. */
export class MarkingUnfinished extends KnownError {
  override readonly name = 'MarkingUnfinished';
  readonly code = 'overloaded';
  override readonly outcome = 'unknown';
  override readonly retryAfterSeconds = 1;

  constructor() {
    super('The variables are marked; some processes changed while they were sealed. Repeat the request.');
  }
}
