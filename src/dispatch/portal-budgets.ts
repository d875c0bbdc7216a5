import type { Connection } from '../connections/connection.js';
import type { BudgetStore } from '../connections/budget.store.js';
import type { Clock } from '../lib/clock.js';
import { originOf } from '../lib/origin.js';
import { bucketOf, type Bucket } from './leaky-bucket.js';
import { PortalBudget } from './portal-budget.js';

type Limited = Pick<Connection, 'key' | 'baseUrl' | 'limits'>;

interface Known {
  readonly connections: Map<string, Limited>;
  readonly budget: PortalBudget;
  bucket: Bucket | null;
}

/** The budgets of all portals, by their origins: connections to one host share one. */
export class PortalBudgets {
  readonly #portals = new Map<string, Known>();
  readonly #originOf = new Map<string, string>();

  /** @param now  milliseconds of a clock that only goes forward */
  constructor(private readonly parts: { readonly store: BudgetStore; readonly clock: Clock; now(): number }) {}

  /** Takes notice of a connection and its limits as they are now. */
  know(connection: Limited): PortalBudget {
    const origin = originOf(connection.baseUrl);
    if (this.#originOf.get(connection.key) !== origin) this.forget(connection.key);
    this.#originOf.set(connection.key, origin);
    const portal = this.#portals.get(origin) ?? this.#made(origin);
    if (portal.connections.get(connection.key)?.limits !== connection.limits) {
      portal.connections.set(connection.key, connection);
      portal.bucket = bucketOf([...portal.connections.values()].map(({ limits }) => limits));
    }
    return portal.budget;
  }

  /** A connection that is gone limits nothing. */
  forget(connectionKey: string): void {
    const origin = this.#originOf.get(connectionKey);
    const portal = origin === undefined ? undefined : this.#portals.get(origin);
    this.#originOf.delete(connectionKey);
    if (!portal) return;
    portal.connections.delete(connectionKey);
    portal.bucket = bucketOf([...portal.connections.values()].map(({ limits }) => limits));
  }

  /** The budget that a request to this address is paid from; `null`: it goes to no portal of ours. */
  at(url: string): PortalBudget | null {
    return this.#portals.get(originOf(url))?.budget ?? null;
  }

  /** How often a request found no room, by portal. */
  waits(): ReadonlyMap<string, number> {
    return new Map([...this.#portals].map(([origin, { budget }]) => [origin, budget.waits]));
  }

  #made(origin: string): Known {
    const known: Known = {
      connections: new Map(),
      budget: new PortalBudget(origin, () => known.bucket, this.parts),
      bucket: null,
    };
    this.#portals.set(origin, known);
    return known;
  }
}
