import { z } from 'zod';
import type { JsonObject } from '../../lib/json.js';
import type { Call } from '../platform.js';
import type { CreatioClient } from './creatio.client.js';
import { unreadable } from './creatio.refusals.js';
import { parsed } from './creatio.wire.js';
import { RowsRefused } from './odata.js';
import type { Comparison, Value } from './rows-query.js';

/** A SelectQuery of DataService. */
export interface SelectQuery {
  readonly rootSchemaName: string;
  /** The names that the answer has, and the path of each: `{StatusId: 'Status'}`. */
  readonly columns: Readonly<Record<string, string>>;
  /** `null`: every row. */
  readonly filters: JsonObject | null;
  /** By a name of `columns`. */
  readonly order?: { readonly by: string; readonly down?: true };
  /** -1: all. */
  readonly rowCount: number;
}

const column = (columnPath: string): JsonObject => ({ expressionType: 0, columnPath });

/** `ComparisonType`, as the vendor's browser scripts number it. */
const comparisonTypes = { eq: 3, le: 6, ge: 8 } as const;

/**
 * Conditions as DataService takes them; see `RowsQuery.where`. `filterType` 6 is a group, whose `logicalOperation` 0 means
 * "and" and 1 "or". A lookup is compared by its own path, without `Id`.
 */
export function filtersOf(conditions: readonly (Comparison | readonly Comparison[])[]): JsonObject | null {
  return conditions.length === 0 ? null : groupOf(0, conditions);
}

function groupOf(logicalOperation: 0 | 1, conditions: readonly (Comparison | readonly Comparison[])[]): JsonObject {
  const items = conditions.map((one, index): [string, JsonObject] => [
    `is${index}`,
    'path' in one ? comparisonOf(one) : groupOf(1, one),
  ]);
  return { filterType: 6, logicalOperation, isEnabled: true, items: Object.fromEntries(items) };
}

function comparisonOf({ path, by, value }: Comparison): JsonObject {
  return {
    filterType: 1,
    comparisonType: comparisonTypes[by],
    isEnabled: true,
    leftExpression: column(path.replace(/\/Id$/, '').replaceAll('/', '.')),
    rightExpression: { expressionType: 2, parameter: parameterOf(value) },
  };
}

/** `DataValueType`: 0 an id, 1 a text, 7 a time, 12 a boolean. A time is JSON inside the text, in the session's zone: UTC. */
function parameterOf(value: Value): JsonObject {
  if ('guid' in value) return { dataValueType: 0, value: value.guid };
  if ('text' in value) return { dataValueType: 1, value: value.text };
  if ('is' in value) return { dataValueType: 12, value: value.is };
  return { dataValueType: 7, value: JSON.stringify(value.at.replace(/Z$/i, '')) };
}

/**
 * The rows of a query; of a lookup its id.
 *
 * @throws RowsRefused  the instance does not show them, by its own word
 * @throws InDoubt      the answer is neither rows nor a refusal
 * Source: Academy, "DataService basics"; Advance-Technologies-Foundation/repository, `RemoteDataProvider.cs`.
 */
export async function selectRows<T extends z.ZodType>(
  client: CreatioClient,
  { rootSchemaName, columns, filters, order, rowCount }: SelectQuery,
  row: T,
  call: Call,
): Promise<z.output<T>[]> {
  const items = Object.entries(columns).map(([name, path]): [string, JsonObject] => [
    name,
    // `OrderDirection`: 1 up, 2 down.
    name === order?.by
      ? { expression: column(path), orderDirection: order.down ? 2 : 1, orderPosition: 0 }
      : { expression: column(path) },
  ]);
  const body = JSON.stringify({
    rootSchemaName,
    operationType: 0,
    rowCount,
    columns: { items: Object.fromEntries(items) },
    ...(filters === null ? {} : { filters }),
  });
  const path = '/DataService/json/SyncReply/SelectQuery';
  const answer = await client.send({ purpose: 'read', method: 'POST', path, body }, call);
  const page = parsed(SelectedRows, answer.body);
  const rows = page && z.array(row).safeParse(page.rows).data;
  if (answer.status === 200 && rows) return rows;
  const refusal = parsed(SelectRefusal, answer.body);
  if (refusal) throw new RowsRefused(`${rootSchemaName} cannot be read by DataService`, answer);
  throw unreadable('A read of rows', answer);
}

const Lookup = z.object({ value: z.string() }).transform(({ value }) => value);
const SelectedRows = z.object({
  success: z.literal(true),
  rows: z.array(z.record(z.string(), z.union([Lookup, z.unknown()]))),
});

const SelectRefusal = z.union([
  z.object({ success: z.literal(false) }),
  z.object({ responseStatus: z.object({ ErrorCode: z.string() }) }),
  z.object({ ResponseStatus: z.object({ ErrorCode: z.string() }) }),
]);
