import type { Connection } from '../connections/connection.js';
import type { Breaker, BreakerState, Failing } from './breaker.js';
import type { Breakers } from './breakers.js';
import type { MethodLimits } from './method-limits.js';
import type { MethodState } from '../connections/method-use.store.js';
import type { PortalBudgets } from './portal-budgets.js';
import type { QueueDepthStore } from '../processes/queue-depth.store.js';
import type { QueueDepths } from './queue-depths.js';

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

export interface PortalFiguresParts {
  readonly budgets: PortalBudgets;
  readonly methods: MethodLimits;
  readonly breakers: Breakers;
  readonly depths: QueueDepths;
  readonly store: QueueDepthStore;
}

/** What is measured of portals, for people and their instruments. */
export class PortalFigures {
  constructor(private readonly parts: PortalFiguresParts) {}

  async healthOf({ key, state, updatedAt }: Connection): Promise<PortalHealth> {
    const { breakers, depths, store } = this.parts;
    const breaker = breakers.of(key);
    return {
      state,
      since: updatedAt,
      breaker: breaker.state,
      queueDepth: depths.of(key),
      oldestQueuedSeconds: await store.oldestSeconds(key),
      lastSuccessAt: breaker.lastSuccessAt,
      lastFailure: breaker.lastFailure,
    };
  }

  async useOf(connection: Connection): Promise<PortalUse> {
    const { budgets, methods, store } = this.parts;
    const [budget, inFlight] = await Promise.all([
      budgets.know(connection).remaining(),
      store.inFlight(connection.key),
    ]);
    return { budget, methods: methods.of(connection.baseUrl), inFlight };
  }

  /** Starts that wait, by connection. */
  queueDepths(): ReadonlyMap<string, number> {
    return this.parts.depths.all();
  }

  breakers(): ReadonlyMap<string, Breaker> {
    return this.parts.breakers.all();
  }

  /** How often a request found no room, by portal, since this replica runs. */
  budgetWaits(): ReadonlyMap<string, number> {
    return this.parts.budgets.waits();
  }
}
