import { Counter } from 'prom-client';

/** What came of the tries that this replica made to tell webhooks. */
export class WebhookCounts {
  readonly metric = new Counter({
    name: 'bpmgw_webhook_tries_total',
    help: 'Tries to deliver an event to a webhook, by what came of them: delivered, postponed, failed for good.',
    labelNames: ['outcome'],
    registers: [],
  });

  count(outcome: 'delivered' | 'postponed' | 'failed'): void {
    this.metric.inc({ outcome });
  }
}
