import type { Json, JsonObject } from '../../../lib/json.js';
import { textOf, valuesOf, type Params } from './php-params.js';
import { PortalFault } from './portal-fault.js';

export interface Listing {
  readonly fields: readonly string[];
  /** By which it can be filtered; absent: by all of them. */
  readonly filters?: readonly string[] | null;
  readonly select: readonly string[];
  readonly order: readonly [field: string, direction: 'ASC' | 'DESC'];
}

export interface Page {
  readonly result: readonly JsonObject[];
  readonly total: number;
  readonly next?: number;
}

const rowsPerPage = 50;

/**
 * SELECT, FILTER, ORDER and `start` as list methods of business processes take them. Filter keys that are not known are
 * dropped without a word, so that everything is listed: observed, and the reason why callers must compare.
 */
export function page(rows: readonly JsonObject[], params: Params, listing: Listing): Page {
  const { fields, select, order, filters = null } = listing;
  const asked = (valuesOf(params['SELECT']) ?? []).map((name) => {
    if (typeof name === 'object') {
      throw new PortalFault(400, 'ERROR_SELECT_VALIDATION_FAILURE', 'Invalid data in SELECT parameter');
    }
    return textOf(name).toUpperCase();
  });
  const known = asked.filter((name) => fields.includes(name));
  const names = known.length > 0 ? known : select;
  const kept = rows
    .filter(filterOf(params['FILTER'], filters ?? fields))
    .toSorted(comparing(orderOf(params['ORDER'], fields, order)));
  const start = Number(textOf(params['start'] ?? params['START'])) || 0;
  const offset = Math.max(start, 0);
  const result = kept
    .slice(offset, offset + rowsPerPage)
    .map((row) => Object.fromEntries(names.map((name) => [name, row[name] ?? null])));
  // Nothing is counted; only an empty page says that it was the last (observed).
  if (start < 0) return result.length > 0 ? { result, total: 0 } : { result, total: 0, next: -1 };
  const next = offset + rowsPerPage;
  return next < kept.length ? { result, total: kept.length, next } : { result, total: kept.length };
}

function filterOf(filter: unknown, fields: readonly string[]): (row: JsonObject) => boolean {
  const conditions = Object.entries({ ...(typeof filter === 'object' ? filter : null) }).flatMap(([key, value]) => {
    const [, prefix = '', field = ''] = /^(!|<=|>=|<|>)?([A-Z_]+)$/.exec(key) ?? [];
    return fields.includes(field) ? [{ prefix, field, wanted: valuesOf(value)?.map(textOf) ?? [textOf(value)] }] : [];
  });
  return (row) => conditions.every(({ prefix, field, wanted }) => holds(prefix, textOf(row[field]), wanted));
}

function holds(prefix: string, value: string, wanted: readonly string[]): boolean {
  const [first = ''] = wanted;
  switch (prefix) {
    case '!':
      return !wanted.includes(value);
    case '<':
      return compare(value, first) < 0;
    case '<=':
      return compare(value, first) <= 0;
    case '>':
      return compare(value, first) > 0;
    case '>=':
      return compare(value, first) >= 0;
    default:
      return wanted.includes(value);
  }
}

/** By the first field that is known, then by the next; what is not known is dropped. */
function orderOf(order: unknown, fields: readonly string[], fallback: Listing['order']): readonly Listing['order'][] {
  const asked = Object.entries({ ...(typeof order === 'object' ? order : null) }).flatMap(([field, direction]) =>
    fields.includes(field) ? [[field, textOf(direction).toUpperCase() === 'DESC' ? 'DESC' : 'ASC'] as const] : [],
  );
  return asked.length > 0 ? asked : [fallback];
}

function comparing(orders: readonly Listing['order'][]): (one: JsonObject, other: JsonObject) => number {
  return (one, other) => {
    for (const [field, direction] of orders) {
      const found = compare(asText(one[field]), asText(other[field]));
      if (found !== 0) return direction === 'ASC' ? found : -found;
    }
    return 0;
  };
}

const asText = (value: Json | undefined): string => textOf(value);

function compare(one: string, other: string): number {
  const numbers = /^\d+$/.test(one) && /^\d+$/.test(other);
  const moments = /^\d{4}-\d{2}-\d{2}T/.test(one) && /^\d{4}-\d{2}-\d{2}/.test(other);
  if (numbers) return Number(one) - Number(other);
  if (moments) return Date.parse(one) - Date.parse(other);
  return one < other ? -1 : Number(one > other);
}
