/** Gives the parameter of a value, e.g. `$3::text[]`. */
export type Bind = (value: unknown, type: string) => string;

/** A piece of a statement. */
export type Sql = (bind: Bind) => string;

/** A statement with its parameters. */
export interface Asking {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A statement of its pieces; only what it says has a parameter. */
export function asking(statement: Sql): Asking {
  const values: unknown[] = [];
  const text = statement((value, type) => {
    values.push(value);
    return `$${values.length}::${type}`;
  });
  return { text, values };
}
