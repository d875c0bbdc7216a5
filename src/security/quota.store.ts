/** What a client was given of its quota, by the count that all replicas share. */
export interface Grant {
  /** How many requests the asker may let in; 0: the quota of this window is used up. */
  readonly granted: number;
  /** How many were given away in this window, these among them. */
  readonly taken: number;
  /** Until the window ends. */
  readonly leftMs: number;
}

/** Where quotas are counted. */
export interface QuotaStore {
  /** Takes up to `wanted` of what is left of `limit` in the client's window; where none is open, one begins. */
  take(clientId: string, wanted: number, limit: number): Promise<Grant>;
}
export const QuotaStore = Symbol('QuotaStore');
