/** The database is older than the world: nothing is sent until a person has looked and releases it. */
export interface Hold {
  readonly id: string;
  /** What was noticed, a sentence for people. */
  readonly because: string;
  /** When it was noticed last; requests from before may live for the longest life after it. */
  readonly noticedAt: Date;
}

/** Holds over the whole gateway; at most one is open, for all replicas. */
export interface Holds {
  /** The hold that is open, as it was at most a second ago; `null`: none. */
  current(): Promise<Hold | null>;
  /**
   * Opens a hold and its incident on somebody's word, and voids every claim from before. A hold that is open already is
   * noticed anew: its time begins again.
   */
  open(because: string): Promise<Hold>;
  /**
   * Lets everything go on. A hold that is released already stays as it is.
   *
   * @param by  a client's name
   * @param longestLifeSeconds  how long a request that was sent before may still run; it counts from `noticedAt`
   * @throws HoldTooYoung, NotFound: it stays
   */
  release(holdId: string, by: string, longestLifeSeconds: number): Promise<void>;
}
export const Holds = Symbol('Holds');
