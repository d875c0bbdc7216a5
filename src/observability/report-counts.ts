import { Counter } from 'prom-client';

/** How many reports of runs this replica received, and what became of them. */
export class ReportCounts {
  readonly metric = new Counter({
    name: 'bpmgw_reports_total',
    help: 'Reports of runs that were received, by how far they say that the run has come, and what became of them.',
    labelNames: ['outcome', 'receipt'],
    registers: [],
  });

  count(outcome: string, receipt: string): void {
    this.metric.inc({ outcome, receipt });
  }
}
