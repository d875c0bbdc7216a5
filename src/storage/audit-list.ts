import type { DataSource } from 'typeorm';
import type { AuditFilter, AuditLine, AuditPage, AuditSight } from '../security/audit.js';
import { fromColumns } from './columns.js';
import { branchesOf } from './list-branches.js';
import { Reading, type Asked } from './list-reading.js';
import type { Condition, Way } from './list-statement.js';
import { between, idsAfter, idsBefore } from './list-times.js';
import { both } from './process-list.js';

/** Filters by value with an index each, the rarest first. */
const columns = {
  traceId: 'l.trace_id',
  clientId: 'l.client_id',
  client: 'l.client',
  action: 'l.action',
  result: 'r.result',
  connection: 'l.connection',
} as const;

type Key = keyof typeof columns;
const keys: readonly Key[] = ['traceId', 'clientId', 'client', 'action', 'result', 'connection'];

/** Of a line that has none what it tells of has begun, and no more is known. */
const withoutResult = 'begun';

const everyLine: Way = {
  index: { table: 'audit_lines l', columns: [], id: 'l.id' },
  branches: () => 'select',
  covers: [],
  rank: keys.length,
};

/** What a list of the audit asks for. */
export function auditAskedOf(filter: AuditFilter, sight: AuditSight, before: string | null): Asked {
  const { target, createdAfter, createdBefore, client, action, result, traceId } = filter;
  const connection = both(filter.connection, sight.connections);
  const wanted: Readonly<Record<Key, readonly string[] | null | undefined>> = {
    traceId,
    clientId: sight.clientId === null ? null : [sight.clientId],
    client,
    action,
    result,
    connection,
  };
  const given = keys.flatMap((key) => (wanted[key] ? [{ key, values: [...new Set(wanted[key])] }] : []));
  const conditions = given.map(({ key, values }) => conditionOf(key, values));
  for (const one of between('created', 'l.at', { after: createdAfter, before: createdBefore })) {
    conditions.push({ ...one, isOfIds: true });
  }
  if (target) conditions.push(isTarget(target));
  const ways = given.flatMap(({ key, values }) => wayBy(key, values));
  return {
    question: {
      table: 'audit_lines',
      alias: 'l',
      conditions,
      lower: idsAfter(createdAfter),
      upper: idsBefore(before, createdBefore),
      hasStarting: false,
    },
    ways: target ? [{ ...everyLine, isNarrow: true }] : [...ways, everyLine],
  };
}

/** What a line was about, or what came of it: few lines are about the same. */
function isTarget(targets: readonly string[]): Condition {
  return {
    of: 'target',
    sql: (bind) => {
      const list = bind(targets, 'text[]');
      return `l.id in (
          select id from audit_lines where target = any (${list})
          union all
          select line_id from audit_results where target = any (${list}))`;
    },
  };
}

function conditionOf(key: Key, values: readonly string[]): Condition {
  const column =
    key === 'result'
      ? `coalesce((select r.result from audit_results r where r.line_id = l.id), '${withoutResult}')`
      : columns[key];
  return { of: key, sql: (bind) => `${column} = any (${bind(values, 'text[]')})` };
}

function wayBy(key: Key, values: readonly string[]): readonly Way[] {
  if (key === 'result' && values.includes(withoutResult)) return [];
  const column = [columns[key]];
  const index =
    key === 'result'
      ? { table: 'audit_results r', columns: column, id: 'r.line_id', isOther: true }
      : { table: 'audit_lines l', columns: column, id: 'l.id', where: `${columns[key]} is not null` };
  return [{ index, branches: branchesOf(index, [{ type: 'text', values }]), covers: [key], rank: keys.indexOf(key) }];
}

const withResult = (page: string): string => `
  select page.*, coalesce(r.target, page.target) as shown_target, coalesce(r.result, '${withoutResult}') as result
  from (${page}) page
  left join audit_results r on r.line_id = page.id
  order by page.id desc`;

/** One page of the audit. */
export async function listAudit(database: Pick<DataSource, 'query'>, asked: Asked, rows: number): Promise<AuditPage> {
  const page = await new Reading(database, asked, rows, withResult).page();
  const lines = page.rows.map((row) => fromColumns<AuditLine>({ ...row, target: row['shown_target'] }, new Set()));
  return { lines, readTo: page.readTo };
}
