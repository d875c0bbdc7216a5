import type { DataSource } from 'typeorm';
import type { Incident, IncidentWithProcess } from '../incidents/incident-record.js';
import type { Ending, IncidentFilter, IncidentStore } from '../incidents/incident.store.js';
import type { Remembered } from '../processes/idempotency.js';
import type { IncidentKind } from '../processes/incident.js';
import type { Visibility } from '../processes/process.reader.js';
import { KeyInProgress } from '../processes/process.store.js';
import type { Row } from './columns.js';
import { isLockTimeout } from './database-trouble.js';
import * as sql from './incident.sql.js';
import { json } from './process-json.js';
import { processOf } from './process-of-row.js';
import { photograph } from './process-rows.js';
import { rememberedKey } from './process.reader.js';

interface IncidentRow {
  readonly id: string;
  readonly kind: Incident['kind'];
  readonly state: Incident['state'];
  readonly connection: string | null;
  readonly process_id: string | null;
  readonly webhook_id: string | null;
  readonly related_process_ids: readonly string[];
  readonly candidates: Incident['candidates'];
  readonly resolution: Incident['resolution'];
  readonly version: number;
  readonly created_at: Date;
  readonly resolved_at: Date | null;
  readonly process: Row | null;
  readonly is_stopped: boolean;
}

/** Incidents in Postgres; those of processes are opened and resolved with what opens and resolves them. */
export class PostgresIncidentStore implements IncidentStore {
  constructor(private readonly database: DataSource) {}

  async find(id: string, visible: Visibility): Promise<IncidentWithProcess | null> {
    const [row] = await this.database.query<IncidentRow[]>(sql.find, [...valuesOf(visible), id]);
    return row ? incidentOf(row) : null;
  }

  async list(
    { state, connection, kind, visible }: IncidentFilter,
    before: string | null,
    limit: number,
  ): Promise<readonly IncidentWithProcess[]> {
    const filters = [state ?? null, connection ?? null, kind ?? null];
    const rows = await this.database.query<IncidentRow[]>(sql.list, [...valuesOf(visible), ...filters, before, limit]);
    return rows.map(incidentOf);
  }

  async end({
    incidentId,
    version,
    resolution,
    key,
    kept,
    onlyUnheld,
  }: Ending): Promise<'ended' | 'stale' | Remembered> {
    const values = [
      incidentId,
      version,
      onlyUnheld,
      json(resolution),
      key.clientId,
      key.key,
      key.fingerprint,
      photograph(null, { word: 'confirmed', extra: kept }),
    ];
    try {
      const [row] = await this.database.query<{ written: number }[]>(sql.end, values);
      if (row?.written === 1) return 'ended';
    } catch (error) {
      throw isLockTimeout(error) ? new KeyInProgress(key.key, { cause: error }) : error;
    }
    return (await rememberedKey(this.database, key.clientId, key.key)) ?? 'stale';
  }

  async open(): Promise<ReadonlyMap<IncidentKind, number>> {
    const rows = await this.database.query<{ kind: IncidentKind; count: number }[]>(sql.countOpen);
    return new Map(rows.map(({ kind, count }) => [kind, count]));
  }
}

function valuesOf({ connections, definitions, clientId }: Visibility): readonly unknown[] {
  return [connections, definitions, clientId];
}

function incidentOf(row: IncidentRow): IncidentWithProcess {
  return {
    incident: {
      id: row.id,
      kind: row.kind,
      state: row.state,
      connection: row.connection,
      processId: row.process_id,
      webhookId: row.webhook_id,
      relatedProcessIds: row.related_process_ids,
      candidates: row.candidates,
      resolution: row.resolution,
      version: row.version,
      createdAt: row.created_at,
      resolvedAt: row.resolved_at,
    },
    process: row.process && processOf(row.process),
    isStopped: row.is_stopped,
  };
}
