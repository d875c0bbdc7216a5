import type { z } from 'zod';
import { Busy, InDoubt, Refused } from '../platform.errors.js';
import type { Call } from '../platform.js';
import type { CreatioClient } from './creatio.client.js';
import { odataPath, readRows, RowsRefused } from './odata.js';
import type { Comparison, RowsQuery, Value } from './rows-query.js';
import { filtersOf, selectRows } from './select-query.js';

/**
 * Rows of entities, by OData, or by DataService where the rights of the technical user leave only that: instances ship with a
 * switch that hides system tables from OData, and the right to use OData is one of its own.
 *
 * A way that was refused is not tried again for that entity, until a connection test asks anew.
 */
export class Rows {
  readonly #selected = new Set<string>();

  constructor(private readonly client: CreatioClient) {}

  /** @throws Refused, InDoubt, Busy, Unreached  no way is open, or the one that is gave no answer */
  async read<T extends z.ZodType>(query: RowsQuery, row: T, call: Call): Promise<z.output<T>[]> {
    if (this.#selected.has(query.entity)) return this.#select(query, row, call);
    try {
      return await this.#ask(query, row, call);
    } catch (refusal) {
      if (!isForGood(refusal) && !isOfTheMoment(refusal)) throw refusal;
      const rows = await this.#select(query, row, call).catch((error: unknown) => {
        throw isForGood(error) || isOfTheMoment(error) ? refusal : error;
      });
      if (isForGood(refusal)) this.#selected.add(query.entity);
      return rows;
    }
  }

  /** The same beside a command: what is not known to be allowed is not tried, a refusal could cost the command its session. */
  glance<T extends z.ZodType>(query: RowsQuery, row: T, call: Call): Promise<z.output<T>[]> {
    return this.#selected.has(query.entity) ? this.#select(query, row, call) : this.#ask(query, row, call);
  }

  /** Tries every way again. */
  forget(): void {
    this.#selected.clear();
  }

  #ask<T extends z.ZodType>(query: RowsQuery, row: T, call: Call): Promise<z.output<T>[]> {
    return readRows(this.client, pathOf(query), row, call);
  }

  #select<T extends z.ZodType>(query: RowsQuery, row: T, call: Call): Promise<z.output<T>[]> {
    const { entity: rootSchemaName, columns, lookups = [], where, order, top } = query;
    const paths = columns.map((name) => [name, lookups.includes(name) ? name.slice(0, -'Id'.length) : name] as const);
    const selected = {
      rootSchemaName,
      columns: Object.fromEntries(paths),
      filters: filtersOf(where),
      rowCount: top ?? -1,
    };
    return selectRows(this.client, order ? { ...selected, order } : selected, row, call);
  }
}

function pathOf({ entity, columns, where, order, top }: RowsQuery): string {
  return odataPath(entity, {
    select: columns,
    filter: where.length === 0 ? null : where.map(conditionText).join(' and '),
    ...(order ? { orderby: order.down ? `${order.by} desc` : order.by } : {}),
    ...(top === undefined ? {} : { top }),
  });
}

function conditionText(condition: Comparison | readonly Comparison[]): string {
  if ('path' in condition) return `${condition.path} ${condition.by} ${literalOf(condition.value)}`;
  return `(${condition.map(conditionText).join(' or ')})`;
}

function literalOf(value: Value): string {
  if ('guid' in value) return value.guid;
  if ('text' in value) return `'${value.text.replaceAll("'", "''")}'`;
  if ('is' in value) return String(value.is);
  return /(Z|[+-]\d\d:\d\d)$/i.test(value.at) ? value.at : `${value.at}Z`;
}

/** Rights or a service that is missing; other refusals may be over in a moment. */
export function isForGood(error: unknown): boolean {
  return (
    (error instanceof Refused && error.because === 'permission') ||
    (error instanceof Busy && error.because === 'portal_closed') ||
    (error instanceof InDoubt && (error.native?.httpStatus === 403 || error.native?.httpStatus === 404))
  );
}

/** The instance's own error may pass; of a POST nobody can tell rights from a stale CSRF token. */
export function isOfTheMoment(error: unknown): boolean {
  const isForbidden = error instanceof Busy && error.because === 'sign_in' && error.native?.httpStatus === 403;
  return error instanceof RowsRefused || isForbidden;
}
