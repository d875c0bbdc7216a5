import type { Provider } from '@nestjs/common';
import { ChosenRuns } from './dispatch/chosen-runs.js';
import { AgedAudit, AgedIncidents, AgedProcesses } from './http/aged.js';
import { ShowIncidents } from './incidents/show-incidents.js';
import { AgedReads, type Copy } from './lib/aged-reads.js';
import { ProcessReader } from './processes/process.reader.js';
import { provide } from './provide.js';
import { Audit } from './security/audit.js';
import { PostgresAudit } from './storage/audit.store.js';
import type { Database } from './storage/database.js';
import { PostgresIncidentStore } from './storage/incident.store.js';
import { PostgresProcessReader } from './storage/process.reader.js';
import type { ReadReplica } from './storage/read-replica.js';

/** What may be read from a replica of the database; where there is none, from the database itself. */
export function replicaParts(replica: ReadReplica | null): Provider[] {
  const copy = <Source>(open: (database: Database) => Source): Copy<Source> | null =>
    replica && { source: open(replica.database), following: replica };
  return [
    provide(
      AgedProcesses,
      [ProcessReader],
      (reader: ProcessReader): AgedProcesses =>
        new AgedReads(
          reader,
          copy((database): ProcessReader => new PostgresProcessReader(database)),
        ),
    ),
    provide(
      AgedIncidents,
      [ShowIncidents, ChosenRuns],
      (incidents: ShowIncidents, runs: ChosenRuns): AgedIncidents =>
        new AgedReads(
          incidents,
          copy((database) => new ShowIncidents(new PostgresIncidentStore(database), runs)),
        ),
    ),
    provide(
      AgedAudit,
      [Audit],
      (audit: Audit): AgedAudit =>
        new AgedReads(
          audit,
          copy((database): Audit => new PostgresAudit(database)),
        ),
    ),
  ];
}
