import type { DataSource } from 'typeorm';
import { uuidv7 } from '../lib/uuid.js';
import type { Actor, Audit, AuditFilter, AuditLine, AuditSight, Deed, DeedResult } from '../security/audit.js';

interface LineRow {
  readonly id: string;
  readonly at: Date;
  readonly client: string | null;
  readonly action: string;
  readonly target: string;
  readonly result: string;
  readonly address: string | null;
  readonly trace_id: string | null;
}

const insert = `
  insert into audit_lines (id, client_id, client, action, target, connection, address, trace_id)
  values ($1, $2, $3, $4, $5,
          coalesce($6, (select connection from processes where id = $7::uuid),
                       (select connection from incidents where id = $8::uuid)),
          $9, $10)`;

const list = `
  select l.id, l.at, l.client, l.action, coalesce(r.target, l.target) as target,
         coalesce(r.result, 'begun') as result, l.address, l.trace_id
  from audit_lines l
  left join audit_results r on r.line_id = l.id
  where ($1::text[] is null or l.client = any ($1))
    and ($2::text[] is null or l.action = any ($2))
    and ($3::text[] is null or l.target = any ($3) or r.target = any ($3))
    and ($4::text[] is null or l.connection = any ($4))
    and ($5::text[] is null or coalesce(r.result, 'begun') = any ($5))
    and ($6::text[] is null or l.trace_id = any ($6))
    and ($7::timestamptz is null or l.at > $7)
    and ($8::timestamptz is null or l.at < $8)
    and ($9::text[] is null or l.connection = any ($9))
    and ($10::text is null or l.client_id = $10)
    and ($11::uuid is null or l.id < $11)
  order by l.id desc
  limit $12`;

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
    { connections, clientId }: AuditSight,
    { before, limit }: { before: string | null; limit: number },
  ): Promise<readonly AuditLine[]> {
    const { client, action, target, connection, result, traceId, createdAfter, createdBefore } = filter;
    const given = [client, action, target, connection, result, traceId, createdAfter, createdBefore];
    const values = [...given.map((one) => one ?? null), connections, clientId, before, limit];
    const rows = await this.database.query<LineRow[]>(list, values);
    return rows.map(({ trace_id: trace, ...row }) => ({ ...row, traceId: trace }));
  }
}

function valuesOf(id: string, actor: Actor, { action, target, connection, about }: Deed): readonly unknown[] {
  const { clientId, client, address, traceId } = actor;
  const processId = about?.kind === 'process' ? about.id : null;
  const incidentId = about?.kind === 'incident' ? about.id : null;
  return [id, clientId, client, action, target, connection, processId, incidentId, address, traceId];
}
