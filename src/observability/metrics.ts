import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics, type Metric } from 'prom-client';

/** One answered request, as it is counted. */
export interface AnsweredRequest {
  readonly method: string;
  /** The route's pattern, without ids, so that the number of series stays small; `null`: none. */
  readonly route: string | null;
  readonly status: number;
  readonly seconds: number;
}

/** What is measured of portals at the moment of a scrape, by connection or by portal. */
export interface MeasuredPortals {
  /** Starts that wait. */
  queueDepths(): ReadonlyMap<string, number>;
  breakers(): ReadonlyMap<string, { readonly state: string }>;
  /** How often a request found no room in a portal's budget. */
  budgetWaits(): ReadonlyMap<string, number>;
}

/** What needs a person at the moment of a scrape. */
export interface CountedIncidents {
  /** How many are open, by kind. */
  open(): Promise<ReadonlyMap<string, number>>;
}

/** The numbers of this replica in Prometheus' words. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: 'bpmgw_http_requests_total',
    help: 'Requests answered.',
    labelNames: ['method', 'route', 'status'],
    registers: [this.#registry],
  });
  readonly #durations = new Histogram({
    name: 'bpmgw_http_request_seconds',
    help: 'How long requests took to be answered, waits that callers asked for included.',
    labelNames: ['method', 'route'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [this.#registry],
  });

  /** @param others  counted elsewhere, and shown with these */
  constructor(portals: MeasuredPortals, incidents: CountedIncidents, others: readonly Metric[] = []) {
    collectDefaultMetrics({ register: this.#registry });
    this.#registry.registerMetric(
      new Gauge({
        name: 'bpmgw_queue_depth',
        help: 'Starts that wait, of all replicas.',
        labelNames: ['connection'],
        registers: [],
        collect() {
          this.reset();
          for (const [connection, starts] of portals.queueDepths()) this.set({ connection }, starts);
        },
      }),
    );
    this.#registry.registerMetric(
      new Gauge({
        name: 'bpmgw_breaker_open',
        help: '1: nothing is tried at the connection, since its portal does not answer.',
        labelNames: ['connection'],
        registers: [],
        collect() {
          this.reset();
          for (const [connection, { state }] of portals.breakers())
            this.set({ connection }, state === 'closed' ? 0 : 1);
        },
      }),
    );
    this.#registry.registerMetric(
      new Counter({
        name: 'bpmgw_budget_waits_total',
        help: 'Requests that found no room in the budget of their portal.',
        labelNames: ['portal'],
        registers: [],
        collect() {
          this.reset();
          for (const [portal, waits] of portals.budgetWaits()) this.inc({ portal }, waits);
        },
      }),
    );
    this.#registry.registerMetric(openIncidents(incidents));
    for (const metric of others) this.#registry.registerMetric(metric);
  }

  count({ method, route, status, seconds }: AnsweredRequest): void {
    const labels = { method, route: route ?? 'none' };
    this.#requests.inc({ ...labels, status });
    this.#durations.observe(labels, seconds);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

function openIncidents(incidents: CountedIncidents): Gauge {
  return new Gauge({
    name: 'bpmgw_incidents_open',
    help: 'Conditions that need a person, of the whole gateway; absent while the database cannot be asked.',
    labelNames: ['kind'],
    registers: [],
    async collect() {
      this.reset();
      // The other numbers are wanted most when the database is gone.
      const open = await incidents.open().catch(() => new Map<string, number>());
      for (const [kind, count] of open) this.set({ kind }, count);
    },
  });
}
