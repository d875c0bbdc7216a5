import { Counter, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** One answered request, as it is counted. */
export interface AnsweredRequest {
  readonly method: string;
  /** The route's pattern, without ids, so that the number of series stays small; `null`: none. */
  readonly route: string | null;
  readonly status: number;
  readonly seconds: number;
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

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
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
