import { Counter, Gauge, type Metric } from 'prom-client';

/** A read replica as it is measured. */
export interface MeasuredReplica {
  /** `null`: it is not read from. */
  ageSeconds(): number | null;
  /** Reads that failed there and were made from the database itself. */
  readonly failures: number;
}

/** How old the read replica is, as this replica of ours knows it; nothing where there is none. */
export function replicaAge(replica: MeasuredReplica | null): readonly Metric[] {
  if (replica === null) return [];
  return [
    new Gauge({
      name: 'bpmgw_read_replica_age_seconds',
      help: 'How old what is read from the read replica is at most; absent while everything is read from the database itself.',
      registers: [],
      collect() {
        const ageSeconds = replica.ageSeconds();
        if (ageSeconds === null) this.remove();
        else this.set(ageSeconds);
      },
    }),
    new Counter({
      name: 'bpmgw_read_replica_failures_total',
      help: 'Reads that failed at the read replica and were made from the database itself.',
      registers: [],
      collect() {
        this.reset();
        this.inc(replica.failures);
      },
    }),
  ];
}
