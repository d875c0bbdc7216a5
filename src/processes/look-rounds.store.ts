import type { Process } from './process.js';

/** Whose runs a round is of: each state has rounds of its own. */
export type LookedAtState = 'running' | 'terminating';

/** The next look of a round, which is this replica's until it is too late for it. */
export interface Turn {
  readonly connection: string;
  readonly state: LookedAtState;
  /** It goes on after this process; `null`: a round begins. */
  readonly after: string | null;
  /** The last process of the round, where it has begun. */
  readonly until: string | null;
  /** Counts the looks: who was too late has an old one, and moves nothing. */
  readonly looks: string;
}

/** What a look is about. */
export interface NextRuns {
  /** In the order of their ids; empty: none is left in the round. */
  readonly runs: readonly Process[];
  /** How long until the last of them may be looked at again, in milliseconds; 0: they are due. */
  readonly waitMs: number;
  /** The last process of the round; `null`: nothing runs. */
  readonly until: string | null;
}

/** What came of a look. */
export interface KeptLook {
  readonly until: string;
  /** How far the look went; the last of the round: to its end. */
  readonly upto: string;
  readonly isLast: boolean;
  /** Those that the platform told of and that stand as they stood. Of one that it told nothing of, nothing is claimed. */
  readonly unchanged: readonly string[];
  /** How long ago the platform answered, in milliseconds. */
  readonly agoMs: number;
  /** How far two looks at a run are apart. */
  readonly apartSeconds: number;
}

/**
 * Rounds of looks at the open runs of a connection, which all replicas share: one look at a time goes on where the last one
 * stopped, and no run is looked at again before its time. By the database's clock.
 */
export interface LookRoundsStore {
  /** Takes what is due of these connections. One that is not heard of for `leaseSeconds` is another's to take. */
  take(connections: readonly string[], leaseSeconds: number): Promise<readonly Turn[]>;
  /** The runs of a look, at most `limit`. */
  next(turn: Turn, apartSeconds: number, limit: number): Promise<NextRuns>;
  /** One small write for all that stands as it stood, and the next look may begin. */
  keep(turn: Turn, look: KeptLook): Promise<void>;
  /** Nothing is left in the round. */
  endRound(turn: Turn): Promise<void>;
  /** No look now. @param past  the look after it leaves out what is up to this process */
  postpone(turn: Turn, ms: number, past: string | null): Promise<void>;
}
export const LookRoundsStore = Symbol('LookRoundsStore');
