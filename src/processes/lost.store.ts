import type { Change, IdClaim } from './change.js';

import type { Attempt, Claimed, Intended, OperationState } from './operation.js';
import type { Process, WaitingFor } from './process.js';
import type { LastWord, Room } from './process.store.js';

/** A start whose answer came late, as it and its process stand; the token is the one that was read. */
export interface KeptAnswer extends Claimed {
  readonly attempt: Attempt;
  /** An attempt of this operation is out: it has no verdict and was not swept. */
  readonly isOut: boolean;
  /** An attempt other than this one may have run and has no native id. */
  readonly otherUnknown: boolean;
  /** It says that nothing ran, and the database was put back since it was sent. */
  readonly provesNothing: boolean;
}

/** A lost start that is due to be looked for. */
export interface LostStart extends Claimed {
  readonly attempts: readonly Attempt[];
  /** Looks that were made since it was lost. */
  readonly looks: number;
  /** The longest life of its newest attempt is over: what is not there by now never will be. */
  readonly isOver: boolean;
  readonly overAt: Date;
  /** Seconds of the longest life of a request at this connection. */
  readonly lifeSeconds: number;
  /** Since when a restored database makes guesses worthless; `null`: it never was. */
  readonly restoredAt: Date | null;
}

/** What a look found out about a lost start. */
export interface Found {
  readonly lost: LostStart;
  readonly change: Change;
  /** The run that was found; `null`: none. */
  readonly nativeId: string | null;
  /** What becomes of the start. */
  readonly operation: OperationState;
  readonly answer: LastWord | null;
  /**
   * Given: the run is one that merely fits, so nothing is written while another attempt of the lane that may have made it
   * has no run, nor while one of its own is out. Times of attempts that could have.
   */
  readonly onlyOneSince: Date | null;
}

/** The native id belongs to another process already. Nothing has changed by this. */
export class NativeIdTaken extends Error {
  override readonly name = 'NativeIdTaken';

  constructor(
    readonly holder: IdHolder,
    options?: ErrorOptions,
  ) {
    super(`Native id ${holder.nativeId} belongs to process ${holder.processId}`, options);
  }
}

/** Who has a native id, and by which right. */
export interface IdHolder extends IdClaim {
  /** The origin of the portal. */
  readonly portal: string;
  readonly processId: string;
}

/** The protocol of starts whose outcome is not known. */
export interface LostStore {
  /** Starts whose late answer nobody has read. */
  kept(limit: number): Promise<readonly KeptAnswer[]>;
  /** Takes lost starts that are due to be looked for; they are due again after a minute should this replica die. */
  takeLost(rooms: readonly Pick<Room, 'connection' | 'lifeSeconds'>[], limit: number): Promise<readonly LostStart[]>;
  /** What a look found. @throws LeaseLost @throws StaleRevision @throws NativeIdTaken */
  found(found: Found): Promise<Process>;
  /** Takes a native id from a weaker claim: its holder is unknown again, with an incident. False: it has no such id any more. */
  dispossess(holder: IdHolder, change: Change, operation: 'done' | 'unknown'): Promise<boolean>;
  /** The intent of a probe: the same start once more, on a portal that keeps run ids now. `null`: it may not go. */
  intendProbe(lost: LostStart, change: Change): Promise<Intended | null>;
  /** Processes that stop for longer than `seconds` and have no incident for it. */
  stuckStops(seconds: number, limit: number): Promise<readonly Process[]>;
  /** Which of these native ids of a portal belong to a process already, or were learnt by an attempt. */
  claimedIds(portal: string, nativeIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** For which other process of its lane this one waits; `null`: for none. */
  laneHolder(process: Process): Promise<WaitingFor | null>;
  /** Whether another start of the same definition at this portal may have run without its run being known. */
  othersLost(process: Process): Promise<boolean>;
  /** Other processes that are lost in the same lane. */
  lostInLane(process: Process): Promise<readonly string[]>;
}
export const LostStore = Symbol('LostStore');
