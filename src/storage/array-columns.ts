import { json } from './process-json.js';
import { byteas, jsons, listText, plain, texts, times, type ColumnValues } from './row-arrays.js';

/** One column of rows that are written together, as an array with an element for each of them. */
export interface ArrayColumn<Row> {
  readonly type: 'uuid' | 'text' | 'jsonb' | 'timestamptz' | 'int' | 'bigint' | 'float8' | 'boolean' | 'bytea';
  /** What is written of an element, where that is not the element itself. */
  readonly written?: (element: string) => string;
  /** `null`: all of them are. */
  of(rows: readonly Row[]): ColumnValues | null;
}

/** Columns of rows of one kind, each by what is read of a row. */
export function columnsOf<Row>() {
  type Read<Value> = (row: Row) => Value;
  const column = <Value>(
    type: ArrayColumn<Row>['type'],
    arrayOf: (values: readonly Value[]) => ColumnValues,
    read: Read<Value>,
  ): ArrayColumn<Row> => ({ type, of: (rows) => arrayUnlessEmpty(rows.map(read), arrayOf) });
  return {
    uuid: (read: Read<string | null>) => column('uuid', plain, read),
    text: (read: Read<string | null>) => column('text', texts, read),
    /** One of a few words, which need no quotes. */
    word: (read: Read<string | null>) => column('text', plain, read),
    int: (read: Read<number | null>) => column('int', plain, read),
    bigint: (read: Read<bigint>) => column('bigint', (values: readonly bigint[]) => plain(values.map(String)), read),
    float: (read: Read<number | null>) => column('float8', plain, read),
    bytea: (read: Read<Buffer>) => column('bytea', byteas, read),
    bool: (read: Read<boolean>) => column('boolean', plain, read),
    time: (read: Read<Date | null>) => column('timestamptz', times, read),
    /** As JSON texts already. */
    jsonText: (read: Read<string | null>) => column('jsonb', jsons, read),
    jsonb: (read: Read<object | null>) =>
      column('jsonb', jsons, (row) => {
        const value = read(row);
        return value && json(value);
      }),
    /** Of those that are empty more often than not, which are not sent then. */
    sparseObject: (read: Read<object>): ArrayColumn<Row> => ({
      ...column('jsonb', jsons, (row) => {
        const value = read(row);
        return Object.keys(value).length > 0 ? json(value) : null;
      }),
      written: (element) => `coalesce(${element}, '{}')`,
    }),
    sparseList: (read: Read<readonly string[]>): ArrayColumn<Row> => ({
      ...column('text', texts, (row) => {
        const value = read(row);
        return value.length > 0 ? listText(value) : null;
      }),
      written: (element) => `coalesce(${element}::text[], '{}')`,
    }),
    list: (read: Read<readonly string[] | null>): ArrayColumn<Row> => ({
      ...column('text', texts, (row) => listText(read(row))),
      written: (element) => `${element}::text[]`,
    }),
  };
}

/** No array is cheaper on both sides than one of nulls, and its elements are null as well. */
function arrayUnlessEmpty<Value>(
  values: readonly Value[],
  arrayOf: (values: readonly Value[]) => ColumnValues,
): ColumnValues | null {
  return values.every((value) => value === null) ? null : arrayOf(values);
}

type Types = Readonly<Record<string, { readonly type: string }>>;

/** Columns as the arrays of parameters that begin with `first`: `$1::uuid[] as p1, …`. */
export function parametersOf(columns: Types, first: number): string {
  return Object.values(columns)
    .map(({ type }, index) => `$${first + index}::${type}[] as p${first + index}`)
    .join(', ');
}

/** What gives the element `at` of the parameter of a column, by the column's name: `($1::uuid[])[at]`. */
export function elementsOf(columns: Types, first: number, at: string): (name: string) => string {
  const elements = new Map(
    Object.entries(columns).map(([name, { type }], index) => [name, `($${first + index}::${type}[])[${at}]`]),
  );
  return (name) => elements.get(name) ?? name;
}

/** The same parameters, of `given`, as rows: `unnest(given.p1, …) as rows (id, …)`. */
export function rowsOfParameters(columns: Types, first: number, rows: string): string {
  const names = Object.keys(columns);
  return `unnest(${names.map((_, index) => `given.p${first + index}`).join(', ')}) as ${rows} (${names.join(', ')})`;
}

/** The values of such parameters. */
export function valuesOf<Row>(columns: Readonly<Record<string, ArrayColumn<Row>>>, rows: readonly Row[]): unknown[] {
  return Object.values(columns).map((column) => column.of(rows));
}

/** What is written of the element of a column. */
export function writtenOf<Row>(
  columns: Readonly<Record<string, ArrayColumn<Row>>>,
  name: string,
  element: string = name,
): string {
  return columns[name]?.written?.(element) ?? element;
}
