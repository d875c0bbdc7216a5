/** A row as the driver or `to_json` gives it, by column. */
export type Row = Readonly<Record<string, unknown>>;

const columns = new Map<string, string>();
const fields = new Map<string, string>();

/** `startedAt` → `started_at`. */
export function columnOf(field: string): string {
  let column = columns.get(field);
  if (column === undefined) {
    column = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    columns.set(field, column);
    fields.set(column, field);
  }
  return column;
}

function fieldOf(column: string): string {
  return fields.get(column) ?? column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Fields as columns: the names of a row are the names of the thing, in SQL's spelling. */
export function toColumns(thing: object): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(thing)) row[columnOf(field)] = value;
  return row;
}

/** The same for a row that is to be inserted: what is left out there is null. */
export function toPresentColumns(thing: object): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(thing)) if (value !== null) row[columnOf(field)] = value;
  return row;
}

/**
 * The thing of a row; a time may come as a text (from `to_json`) and leaves as a Date. This room alone writes rows, so
 * what they hold is taken by trust.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- says what the row is a row of
export function fromColumns<Thing>(row: Row, times: ReadonlySet<string>): Thing {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one `as` of the way in
  return toFields(row, times) as Thing;
}

function toFields(row: Row, times: ReadonlySet<string>): Record<string, unknown> {
  const thing: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(row)) {
    const field = fieldOf(column);
    thing[field] = times.has(field) && typeof value === 'string' ? new Date(value) : value;
  }
  return thing;
}

type Column<Field extends string> = Field extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${Column<Rest>}`
  : Field;

/** The columns of a thing, as the driver or `to_json` gives them. */
export type ColumnsOf<Thing> = {
  readonly [Field in keyof Thing & string as Column<Field>]:
    Thing[Field] | (Date extends Thing[Field] ? string : never);
};

/** A row by the names and types of its columns, taken by trust as in `fromColumns`. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- says what the row is a row of
export function asColumns<Columns>(row: Row): Columns {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- this room alone writes rows
  return row as Columns;
}

/** A time, which `to_json` gives as a text. */
export function timeOf(value: Date | string | null | undefined): Date | null {
  return typeof value === 'string' ? new Date(value) : (value ?? null);
}
