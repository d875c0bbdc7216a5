/** How many starts wait at each connection, as replicas count it together. */
export interface QueueDepthStore {
  /** Adds to the counters, by connection. */
  add(changes: ReadonlyMap<string, number>): Promise<void>;
  /** The counters as they stand. */
  all(): Promise<ReadonlyMap<string, number>>;
  /** Counts the rows and sets the counters right. */
  recount(): Promise<void>;
  /** For how many seconds the longest waiting start of a connection has waited; `null`: none waits. */
  oldestSeconds(connectionKey: string): Promise<number | null>;
  /** How many requests are out at a connection, of all replicas. */
  inFlight(connectionKey: string): Promise<number>;
}
