import type { Connection } from './connection.js';
import type { MethodState } from './method-use.store.js';

export type BreakerState = 'closed' | 'open' | 'half_open';

/** What went wrong last. */
export interface Failing {
  readonly at: Date;
  readonly message: string;
}

/** How a connection does. What was tried is told by this replica alone. */
export interface PortalHealth {
  readonly state: Connection['state'];
  /** Since when it is so, as far as is known. */
  readonly since: Date;
  readonly breaker: BreakerState;
  /** Starts that wait. */
  readonly queueDepth: number;
  /** `null`: none waits. */
  readonly oldestQueuedSeconds: number | null;
  /** `null`: none since this replica runs. */
  readonly lastSuccessAt: Date | null;
  readonly lastFailure: Failing | null;
}

/** How far a connection's portal is used. */
export interface PortalUse {
  readonly budget: {
    /** Requests that may go at once; `null`: nothing limits them. */
    readonly remaining: number | null;
    /** When the whole burst may go again; `null`: it may now. */
    readonly resetsAt: Date | null;
  };
  readonly methods: readonly MethodState[];
  /** Requests of all replicas that are out. */
  readonly inFlight: number;
}

/** What is measured of portals, for people. */
export interface PortalFigures {
  healthOf(connection: Connection): Promise<PortalHealth>;
  useOf(connection: Connection): Promise<PortalUse>;
}
export const PortalFigures = Symbol('PortalFigures');
