import type { Adopted } from './adopted.js';
import type { IdempotencyKey, Remembered } from './idempotency.js';
import type { Process } from './process.js';

/** A run that is to become a process. */
export interface NewAdoption {
  readonly adopted: Adopted;
  readonly key: IdempotencyKey;
  /** When the run began, by our clock; `null`: the platform does not tell, so that any start may have made it. */
  readonly startedAt: Date | null;
  /** The lane does not tell starts of this definition from each other by what a run shows. */
  readonly anyLane: boolean;
}

/** A start of ours that may have made the run. */
export interface Suspect {
  readonly process: Process;
  /** The open incident in which a person gives the run to it; `null`: none yet. */
  readonly incidentId: string | null;
}

export type AdoptionWritten =
  | { readonly outcome: 'adopted'; readonly process: Process }
  /** Somebody was first under this key. */
  | { readonly outcome: 'known'; readonly remembered: Remembered }
  /** The run is a process's already. */
  | { readonly outcome: 'taken'; readonly by: Process | null }
  /** It may be the run of a start that nobody knows the outcome of. */
  | { readonly outcome: 'suspected'; readonly suspect: Suspect };

/** Brings native runs under management. */
export interface AdoptionStore {
  /**
   * Process, key, native id and events: all or none. Safe to repeat with the same ids: what was adopted already is
   * `adopted` again.
   *
   * @throws KeyInProgress
   */
  adopt(adoption: NewAdoption): Promise<AdoptionWritten>;
}
export const AdoptionStore = Symbol('AdoptionStore');
