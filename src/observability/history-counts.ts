import { Counter, Gauge, type Metric } from 'prom-client';

/** What is counted of the history, at the moment of a scrape. */
export interface CountedHistory {
  readonly forgotten: {
    readonly processes: number;
    readonly keys: number;
    readonly months: number;
    readonly outsideMonths: number;
  };
}

/** How much of the history this replica has let go of, and what fell outside of the months that were made for it. */
export function historyCounts({ forgotten }: CountedHistory): readonly Metric[] {
  return [
    new Counter({
      name: 'bpmgw_history_forgotten_total',
      help: 'Processes, idempotency keys and months of events that this replica removed after their days.',
      labelNames: ['kind'],
      registers: [],
      collect() {
        this.reset();
        this.inc({ kind: 'processes' }, forgotten.processes);
        this.inc({ kind: 'keys' }, forgotten.keys);
        this.inc({ kind: 'months' }, forgotten.months);
      },
    }),
    new Gauge({
      name: 'bpmgw_history_outside_months',
      help: 'Processes whose events stand in no month, at most a thousand: the clock of some replica was wrong.',
      registers: [],
      collect() {
        this.set(forgotten.outsideMonths);
      },
    }),
  ];
}
