import { Counter } from 'prom-client';

/** How many callbacks came to this replica, and what became of them. */
export class CallbackCounts {
  readonly metric = new Counter({
    name: 'bpmgw_callbacks_total',
    help: 'Callbacks that came, by what became of them; unproved: the sender was not the portal, and nothing was kept.',
    labelNames: ['receipt'],
    registers: [],
  });

  count(receipt: string): void {
    this.metric.inc({ receipt });
  }
}
