/** A row of an entity, by the paths that a query may name. */
export type Row = Readonly<Record<string, string | number | boolean>>;

/** The filter names a column that the entity does not have under that path. */
export class UnknownColumn extends Error {
  override readonly name = 'UnknownColumn';
}

type Test = (row: Row) => boolean;

const comparisons: Readonly<Record<string, (order: number) => boolean>> = {
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
};

/**
 * Reads an OData 4 filter of comparisons joined by `and`, `or` and parentheses, e.g.
 * `SysSchema/Name eq 'UsrApproval' and (Status/Id eq ed2ae277-… or StartDate ge 2026-01-15T10:00:00Z)`.
 *
 * @throws UnknownColumn  when a row lacks a column; SyntaxError where it is no such filter
 */
export function filterOf(text: string): Test {
  const words = text.match(/'(?:[^']|'')*'|[()]|[^\s()]+/g) ?? [];
  let at = 0;

  const either = (): Test => {
    const one = both();
    if (words[at] !== 'or') return one;
    at += 1;
    const other = either();
    return (row) => one(row) || other(row);
  };
  const both = (): Test => {
    const one = single();
    if (words[at] !== 'and') return one;
    at += 1;
    const other = both();
    return (row) => one(row) && other(row);
  };
  const single = (): Test => {
    if (words[at] !== '(') return comparison(words[at++], words[at++], words[at++]);
    at += 1;
    const inner = either();
    at += 1;
    return inner;
  };

  const test = either();
  if (at < words.length) throw new SyntaxError(`The filter is not understood at "${words[at]}"`);
  return test;
}

function comparison(column: string | undefined, operator: string | undefined, literal: string | undefined): Test {
  const holds = comparisons[operator ?? ''];
  if (column === undefined || literal === undefined || !holds) throw new SyntaxError('The filter is not understood');
  const orderTo = orderOf(literalOf(literal));
  return (row) => {
    const value = row[column];
    if (value === undefined) throw new UnknownColumn(`Column by path ${column} not found in schema`);
    return holds(orderTo(value));
  };
}

function literalOf(text: string): string | number | boolean {
  if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'");
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

const dateTime = /^\d{4}-\d\d-\d\dT/;

/** How a value lies to the literal: below zero, zero or above. Texts are compared without regard to case. */
function orderOf(literal: string | number | boolean): (value: string | number | boolean) => number {
  if (typeof literal !== 'string') return (value) => Number(value) - Number(literal);
  if (dateTime.test(literal)) return (value) => Date.parse(String(value)) - Date.parse(literal);
  const text = literal.toLowerCase();
  return (value) => {
    const lower = String(value).toLowerCase();
    return lower === text ? 0 : lower < text ? -1 : 1;
  };
}
