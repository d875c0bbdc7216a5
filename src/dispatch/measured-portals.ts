import type { Connection } from '../connections/connection.js';
import type { PortalFigures, PortalHealth, PortalUse } from '../connections/portal-figures.js';
import type { Breaker } from './breaker.js';
import type { Breakers } from './breakers.js';
import type { MethodLimits } from './method-limits.js';
import type { PortalBudgets } from './portal-budgets.js';
import type { QueueDepthStore } from '../processes/queue-depth.store.js';
import type { QueueDepths } from './queue-depths.js';

export interface MeasuredPortalsParts {
  readonly budgets: PortalBudgets;
  readonly methods: MethodLimits;
  readonly breakers: Breakers;
  readonly depths: QueueDepths;
  readonly store: QueueDepthStore;
}

/** What is measured of portals, for people and their instruments. */
export class MeasuredPortals implements PortalFigures {
  constructor(private readonly parts: MeasuredPortalsParts) {}

  async healthOf({ key, state, stateSince }: Connection): Promise<PortalHealth> {
    const { breakers, depths, store } = this.parts;
    const breaker = breakers.of(key);
    return {
      state,
      since: stateSince,
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
