import { z } from 'zod';
import type { JsonObject } from '../../lib/json.js';
import type { Call } from '../platform.js';
import type { CreatioClient } from './creatio.client.js';
import { unreadable } from './creatio.refusals.js';
import { parsed } from './creatio.wire.js';
import { RowsRefused } from './odata.js';

/** A SelectQuery of DataService. */
export interface SelectQuery {
  readonly rootSchemaName: string;
  readonly columns: readonly string[];
  /** `null`: every row. */
  readonly filters: JsonObject | null;
  readonly rowCount: number;
}

const column = (columnPath: string): JsonObject => ({ expressionType: 0, columnPath });

/** Rows whose column has one of these texts. `filterType` 6 is a group, `logicalOperation` 1 joins by "or". */
export function equalsAny(columnPath: string, values: readonly string[]): JsonObject {
  const items = values.map((value, index): [string, JsonObject] => [
    `is${index}`,
    {
      filterType: 1,
      comparisonType: 3,
      isEnabled: true,
      leftExpression: column(columnPath),
      rightExpression: { expressionType: 2, parameter: { dataValueType: 0, value } },
    },
  ]);
  return { filterType: 6, logicalOperation: 1, isEnabled: true, items: Object.fromEntries(items) };
}

/**
 * The rows of a query.
 *
 * @throws RowsRefused  the instance does not show them, by its own word
 * @throws InDoubt      the answer is neither rows nor a refusal
 * Source: Academy, "DataService basics"; Advance-Technologies-Foundation/repository, `RemoteDataProvider.cs`.
 */
export async function selectRows<T extends z.ZodType>(
  client: CreatioClient,
  { rootSchemaName, columns, filters, rowCount }: SelectQuery,
  row: T,
  call: Call,
): Promise<z.output<T>[]> {
  const body = JSON.stringify({
    rootSchemaName,
    operationType: 0,
    rowCount,
    columns: { items: Object.fromEntries(columns.map((name) => [name, { expression: column(name) }])) },
    ...(filters === null ? {} : { filters }),
  });
  const path = '/DataService/json/SyncReply/SelectQuery';
  const answer = await client.send({ purpose: 'read', method: 'POST', path, body }, call);
  const page = parsed(z.object({ success: z.literal(true), rows: z.array(row) }), answer.body);
  if (answer.status === 200 && page) return page.rows;
  const refusal = parsed(SelectRefusal, answer.body);
  if (refusal) throw new RowsRefused(`${rootSchemaName} cannot be read by DataService`, answer);
  throw unreadable('A read of rows', answer);
}

const SelectRefusal = z.union([
  z.object({ success: z.literal(false) }),
  z.object({ responseStatus: z.object({ ErrorCode: z.string() }) }),
  z.object({ ResponseStatus: z.object({ ErrorCode: z.string() }) }),
]);
