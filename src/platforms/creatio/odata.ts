import { z } from 'zod';
import type { HttpAnswer } from '../../lib/exchange.js';
import type { Call } from '../platform.js';
import { InDoubt } from '../platform.errors.js';
import type { CreatioClient } from './creatio.client.js';
import { nativeFault, unreadable } from './creatio.refusals.js';
import { ODataRows, parsed } from './creatio.wire.js';

/** A query of OData 4 rows. Ids stand bare in a filter, and a lookup is addressed by path: `Status/Id`. */
export interface ODataQuery {
  readonly select: readonly string[];
  readonly filter: string | null;
  readonly orderby?: string;
  readonly top?: number;
}

/** The path of a query, e.g. `/odata/SysProcessLog?$select=Id&$filter=…`. */
export function odataPath(entity: string, { select, filter, orderby, top }: ODataQuery): string {
  const options = [
    `$select=${select.join(',')}`,
    ...(filter === null ? [] : [`$filter=${encodeURIComponent(filter)}`]),
    ...(orderby === undefined ? [] : [`$orderby=${encodeURIComponent(orderby)}`]),
    ...(top === undefined ? [] : [`$top=${top}`]),
  ];
  return `/odata/${entity}?${options.join('&')}`;
}

/** The instance answered a read of rows with an error of its own: of rights, or of the moment. */
export class RowsRefused extends InDoubt {
  constructor(message: string, answer: HttpAnswer) {
    super(message, nativeFault(answer));
  }
}

const ODataError = z.object({ error: z.object({ message: z.string() }) });

/** The rows of one page. @throws RowsRefused; InDoubt  the answer is no page of such rows */
export async function readRows<T extends z.ZodType>(
  client: CreatioClient,
  path: string,
  row: T,
  call: Call,
): Promise<z.infer<T>[]> {
  const answer = await client.send({ purpose: 'read', method: 'GET', path, body: null }, call);
  const page = parsed(ODataRows(row), answer.body);
  if (parsed(ODataError, answer.body)) throw new RowsRefused('OData does not show these rows', answer);
  if (answer.status !== 200 || !page) throw unreadable('A read of rows', answer);
  return page.value;
}
