import type { DataSource } from 'typeorm';
import { uuidv7 } from '../lib/uuid.js';
import type { Actor, Audit, AuditFilter, AuditPage, AuditSight, Deed, DeedResult } from '../security/audit.js';
import { auditAskedOf, listAudit } from './audit-list.js';

const insert = `
  insert into audit_lines (id, client_id, client, action, target, connection, address, trace_id)
  values ($1, $2, $3, $4, $5,
          coalesce($6, (select connection from processes where id = $7::uuid),
                       (select connection from incidents where id = $8::uuid)),
          $9, $10)`;

/** The audit in Postgres, in two tables that refuse to be changed. */
export class PostgresAudit implements Audit {
  constructor(private readonly database: Pick<DataSource, 'query'>) {}

  async begin(actor: Actor, deed: Deed): Promise<string> {
    const id = uuidv7();
    await this.database.query(insert, valuesOf(id, actor, deed));
    return id;
  }

  async end(lineId: string, { result, target }: DeedResult): Promise<void> {
    await this.database.query(
      `insert into audit_results (line_id, result, target)
       values ($1, $2, $3)
       on conflict (line_id) do nothing`,
      [lineId, result, target],
    );
  }

  async note(actor: Actor, deed: Deed, { result, target }: DeedResult): Promise<void> {
    await this.database.query(
      `with line as (${insert} returning id)
       insert into audit_results (line_id, result, target)
       select id, $11, $12 from line`,
      [...valuesOf(uuidv7(), actor, deed), result, target],
    );
  }

  async list(
    filter: AuditFilter,
    sight: AuditSight,
    { before, rows }: { before: string | null; rows: number },
  ): Promise<AuditPage> {
    return listAudit(this.database, auditAskedOf(filter, sight, before), rows);
  }
}

function valuesOf(id: string, actor: Actor, { action, target, connection, about }: Deed): readonly unknown[] {
  const { clientId, client, address, traceId } = actor;
  const processId = about?.kind === 'process' ? about.id : null;
  const incidentId = about?.kind === 'incident' ? about.id : null;
  return [id, clientId, client, action, target, connection, processId, incidentId, address, traceId];
}
