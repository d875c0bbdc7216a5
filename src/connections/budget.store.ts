/** Requests that are to be put into a portal's bucket. */
export interface BudgetAsk {
  /** The portal's origin, e.g. `https://portal.example`. */
  readonly portal: string;
  /** Requests that leak out in a second. */
  readonly rate: number;
  /** How high these may fill the bucket. */
  readonly ceiling: number;
  readonly count: number;
  /** Beyond the ceiling one may go all the same, up to this other one, when none has gone so for some seconds. */
  readonly trickle: { readonly ceiling: number; readonly everySeconds: number } | null;
}

export interface BudgetGrant {
  /** How many of those that were asked for are in the bucket now. */
  readonly granted: number;
  /** In how many milliseconds one more has room; 0 where it has now. */
  readonly waitMs: number;
  /** How full the bucket is with them. */
  readonly level: number;
}

/** How full a portal's bucket is. */
export interface BudgetLevel {
  readonly level: number;
  /** For how long nothing may go because the portal said so, in milliseconds. */
  readonly closedMs: number;
}

/** The buckets that all replicas share. */
export interface BudgetStore {
  reserve(ask: BudgetAsk): Promise<BudgetGrant>;
  /** The portal refused for its limit: its bucket is full, whoever filled it, and closed for as long as it said. */
  close(portal: string, burst: number, forMs: number | null): Promise<void>;
  level(portal: string, rate: number): Promise<BudgetLevel>;
}
