import type { IncidentCandidate, IncidentKind, Resolution } from '../processes/incident.js';
import type { Process } from '../processes/process.js';

/** A condition that needs a person, from when it was opened; once it is resolved it stays as it is. */
export interface Incident {
  readonly id: string;
  readonly kind: IncidentKind;
  readonly state: 'open' | 'resolved';
  /** `null`: it is of no single connection. */
  readonly connection: string | null;
  readonly processId: string | null;
  readonly webhookId: string | null;
  readonly relatedProcessIds: readonly string[];
  readonly candidates: readonly IncidentCandidate[];
  readonly resolution: Resolution | null;
  /** Counts changes; the ETag. */
  readonly version: number;
  readonly createdAt: Date;
  readonly resolvedAt: Date | null;
}

/** An incident with the process that it is about, as it stands now; `null`: about none. */
export interface IncidentWithProcess {
  readonly incident: Incident;
  readonly process: Process | null;
  /** A stop of it was accepted, so it is never sent again. */
  readonly isStopped: boolean;
}
