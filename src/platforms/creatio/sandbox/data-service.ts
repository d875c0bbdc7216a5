import type { z } from 'zod';
import type { SimulatedAnswer, SimulatedRequest } from '../../../lib/simulator.js';
import { json, unrouted } from './answers.js';
import { bodyOf, SchemaBody, SelectBody } from './bodies.js';
import { entityOf } from './entities.js';
import type { RunLog } from './log.js';
import { schemaAnswer, schemas } from './schemas.js';
import { passes } from './select-filter.js';

/** DataService; `path` begins after `/SyncReply/`. */
export function dataServiceAnswer(
  path: string,
  request: SimulatedRequest,
  { log, contactId }: { readonly log: RunLog; readonly contactId: string },
): SimulatedAnswer {
  if (request.method !== 'POST') return unrouted();
  if (path === 'ProcessSchemaRequest') return processSchema(bodyOf(SchemaBody, request.body).uId);
  return path === 'SelectQuery' ? select(bodyOf(SelectBody, request.body), log, contactId) : unrouted();
}

function processSchema(uId: string): SimulatedAnswer {
  const schema = schemas.find((one) => one.uId === uId.toLowerCase());
  return schema ? json(200, schemaAnswer(schema)) : failed('ItemNotFoundException', `Schema ${uId} not found.`);
}

function select(
  { rootSchemaName, columns, filters, rowCount }: z.infer<typeof SelectBody>,
  log: RunLog,
  contactId: string,
): SimulatedAnswer {
  const entity = entityOf(rootSchemaName, log, { contactId });
  if (!entity) return failed('ItemNotFoundException', `Schema ${rootSchemaName} not found.`);
  const passing = entity.rows.filter(({ filtered }) => !filters || passes(filtered, filters, contactId));
  const ordering = Object.values(columns.items).find(({ orderDirection = 0 }) => orderDirection > 0);
  const found = ordering
    ? passing.toSorted(({ shown: one }, { shown: other }) => {
        const { columnPath } = ordering.expression;
        const order = String(one[columnPath]) < String(other[columnPath]) ? -1 : 1;
        return ordering.orderDirection === 2 ? -order : order;
      })
    : passing;
  const rows = found.slice(0, rowCount !== undefined && rowCount > 0 ? rowCount : found.length).map(({ shown }) =>
    Object.fromEntries(
      Object.entries(columns.items).map(([alias, { expression }]): [string, unknown] => {
        const lookup = shown[`${expression.columnPath}Id`];
        const value = shown[expression.columnPath] ?? null;
        // Lookups come as an object, dates in the session's zone without an offset.
        if (lookup !== undefined) return [alias, { value: lookup, displayValue: '' }];
        return [alias, typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? value.replace(/Z$/, '') : value];
      }),
    ),
  );
  return json(200, { rowConfig: {}, rows, notFoundColumns: [], rowsAffected: rows.length, success: true });
}

function failed(ErrorCode: string, Message: string): SimulatedAnswer {
  return json(500, { responseStatus: { ErrorCode, Message, Errors: [] }, rowsAffected: -1, success: false });
}
