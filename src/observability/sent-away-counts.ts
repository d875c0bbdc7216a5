import { Counter } from 'prom-client';

/** How many requests this replica sent away because it worked on as much as it could. */
export class SentAwayCounts {
  readonly metric = new Counter({
    name: 'bpmgw_http_requests_sent_away_total',
    help: 'Requests that were answered 503 overloaded before they were looked at; not among those answered.',
    labelNames: ['method'],
    registers: [],
  });

  count(method: string): void {
    this.metric.inc({ method });
  }
}
