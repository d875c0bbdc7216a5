import type { RunIdsSeen } from './run-id-rule.js';

/** Answers to starts of one connection that one replica has not written yet, by their age in milliseconds. */
export interface RunIdAnswers {
  readonly connection: string;
  /** Of the newest answers that showed our id; at most three. */
  readonly keptAgesMs: readonly number[];
  /** Of the newest answer that showed another id; `null`: none did. */
  readonly ignoredAgeMs: number | null;
  /** How many answers these are in all. */
  readonly seen: number;
}

export interface KnownRunIds extends RunIdsSeen {
  readonly seen: number;
  /** The database's clock at this reading. */
  readonly now: Date;
}

/** What all replicas together have seen of run ids. */
export interface RunIdsStore {
  /**
   * Adds answers; in whatever order replicas write, the result is the same. Answers from before `runIds` was set anew
   * count for nothing, and so do those of a connection that is gone.
   */
  add(answers: readonly RunIdAnswers[]): Promise<void>;
  find(connectionKey: string): Promise<KnownRunIds>;
  /** Holds until an operator sets `runIds` anew. */
  distrust(connectionKey: string): Promise<void>;
}
export const RunIdsStore = Symbol('RunIdsStore');
