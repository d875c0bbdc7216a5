import type { AuditFilter } from '../../src/security/audit.js';
import { auditAskedOf, listAudit } from '../../src/storage/audit-list.js';
import { PagesRead } from './many-processes.js';
import { ProcessRoom } from './process-room.js';

let room: ProcessRoom;

const rows = 51;
const mostPages = 450;
const everything = { connections: null, clientId: null };

/** Of 20,000 lines the five oldest are about other things than all the others. */
const fill = `
  with line as (
    insert into audit_lines (id, at, client_id, client, action, target, connection, address, trace_id)
    select (left(first_id_of(m.at)::text, 14) || '7000-8000-' || lpad(m.n::text, 12, '0'))::uuid, m.at, m.who, m.who,
      case when m.n <= 5 then 'process.kill' else 'process.terminate' end, 'processes/' || m.n / 4,
      case when m.n <= 5 then 'south' else 'north' end, null, m.n::text
    from (
      select n, now() - interval '300 days' * (1 - n / 20000.0) as at, case when n <= 5 then 'erp' else 'crm' end as who
      from generate_series(1, 20000) n
    ) m
    returning id, at, action
  )
  insert into audit_results (line_id, at, result)
  select id, at, case action when 'process.kill' then 'not-found' else 'done' end from line`;

const cases: readonly [name: string, filter: AuditFilter, condition: string][] = [
  ['a client', { client: ['erp'] }, `l.client = 'erp'`],
  ['an action', { action: ['process.kill'] }, `l.action = 'process.kill'`],
  ['a connection', { connection: ['south'] }, `l.connection = 'south'`],
  ['a result', { result: ['not-found'] }, `r.result = 'not-found'`],
  ['a trace', { traceId: ['7'] }, `l.trace_id = '7'`],
  ['a target', { target: ['processes/7'] }, `l.target = 'processes/7'`],
  ['a result of an action', { result: ['done'], action: ['process.kill'] }, 'false'],
  ['a time', { createdBefore: new Date(Date.now() - 299.99 * 86_400_000) }, `l.at < now() - interval '299.99 days'`],
];

beforeAll(async () => {
  room = await ProcessRoom.open();
  await room.database.query(fill);
  await room.database.query('vacuum analyze audit_lines, audit_results');
});
afterAll(async () => {
  await room.database.query('set local session_replication_role = replica; truncate audit_lines, audit_results');
  await room.close();
});

describe('a page of 20,000 lines of the audit', () => {
  it.each(cases)('is found by a few hundred pages of the database: by %s', async (_, filter, condition) => {
    const counted = new PagesRead(room.database);
    const { lines, readTo } = await listAudit(counted, auditAskedOf(filter, everything, null), rows);
    const expected = await room.database.query<{ id: string }[]>(
      `select l.id from audit_lines l left join audit_results r on r.line_id = l.id
       where ${condition} order by l.id desc limit ${rows}`,
    );

    expect(lines.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
    expect(readTo).toBeNull();
    expect(counted.pages).toBeLessThan(mostPages);
  });
});
