import type { Json } from '../lib/json.js';
import type { Change } from './change.js';
import type { IdempotencyKey, Remembered } from './idempotency.js';
import type { Process } from './process.js';
import type { LastWord } from './process.store.js';

/** How a process stands for whoever has to decide on it. */
export interface Standing {
  readonly process: Process;
  /** An attempt of its start has no verdict and was not swept. */
  readonly isOut: boolean;
  /** An answer of its start came late and nobody has read it. */
  readonly isUnread: boolean;
  /** A stop was accepted, which no send may follow. */
  readonly isStopped: boolean;
  /** A restored database is held. */
  readonly isHeld: boolean;
  /** When what was sent of it, and whatever was sent before a restore, has ended for sure; `null`: nothing was sent. */
  readonly overAt: Date | null;
  readonly isOver: boolean;
}

/** What has to be true still at the moment of writing. */
export interface Asks {
  /** No attempt of the start is out and no answer of one is unread. */
  readonly quiet: boolean;
  /** The longest life of its newest attempt is over, and that of whatever was sent before a restore. */
  readonly over: boolean;
  /** No stop was accepted. */
  readonly notStopped: boolean;
  /** A restored database is held. */
  readonly held: boolean;
}

/** A person's word on a process with all that follows from it. */
export interface Word {
  readonly change: Change;
  readonly asks: Asks;
  /** Seconds of the longest life of a request there. */
  readonly lifeSeconds: number;
  /** What becomes of its start; its token goes on, which voids whoever works on it. `null`: it stays. */
  readonly start: { readonly state: 'queued' | 'done'; readonly answer: LastWord | null } | null;
  /** The incident that it speaks to, open and at this version; `null`: to none. */
  readonly incident: { readonly id: string; readonly version: number } | null;
  readonly key: IdempotencyKey;
  /** Kept under the key. */
  readonly kept: Json;
}

/** What people say of processes, written in one commit each. */
export interface WordStore {
  /** @param lifeSeconds  of the longest life of a request there. `null`: there is no such process */
  standing(processId: string, lifeSeconds: number): Promise<Standing | null>;
  /**
   * An incident of the process ends by the change; another one, whose condition goes on, only moves a version on and
   * names the process.
   *
   * @returns what stands under the key, where somebody was first with it; `null`: it was given
   * @throws StaleRevision, NativeIdTaken: nothing is written
   */
  give(word: Word): Promise<Remembered | null>;
}
export const WordStore = Symbol('WordStore');
