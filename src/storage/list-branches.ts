import type { Sql } from './list-sql.js';

/** An index that has rows in the order of a list for each value of its columns. */
export interface Index {
  /** What it is of, e.g. `processes p`. */
  readonly table: string;
  /** It is not the table of the list, but has the ids of that. */
  readonly isOther?: boolean;
  /** Its columns in their order, the id's aside, e.g. `p.definition`. */
  readonly columns: readonly string[];
  /** Which rows it has; none: all. */
  readonly where?: string;
  /** The id, its last column. */
  readonly id: string;
  /** Whether those that are starting are missing in it. */
  readonly omitsStarting?: boolean;
}

/** Values of a column; `null`: whichever the index has. */
export type Step = { readonly type: string; readonly values: readonly string[] } | null;

/**
 * A query whose rows are the values that the columns of an index can have together, as `value_0` and so on. What is not
 * given is read from the index, a look-up for each value.
 */
export function branchesOf(index: Index, steps: readonly Step[]): Sql {
  return (bind) => {
    const values: string[] = [];
    const from = steps.map((step, number) => {
      const rows = step ? `unnest(${bind(step.values, `${step.type}[]`)})` : `lateral (${everyValue(index, values)})`;
      values.push(`step_${number}.value`);
      return `${rows} as step_${number} (value)`;
    });
    return `select ${values.map((value, number) => `${value} as value_${number}`).join(', ')}\n      from ${from.join(', ')}`;
  };
}

/**
 * Every value of the next column beside those before it. Rows are compared as wholes, in the order of the index: no other
 * index has that order, so a planner cannot take one in which it would have to search.
 */
function everyValue({ table, columns, where = 'true' }: Index, before: readonly string[]): string {
  const next = columns[before.length] ?? '';
  const fixed = columns.slice(0, before.length);
  const isThere = before.length > 0 ? `(${fixed.join(', ')}) = (${before.join(', ')})` : 'true';
  const from = before.length > 0 ? `(${fixed.join(', ')}) >= (${before.join(', ')})` : 'true';
  const order = [...fixed, next].join(', ');
  return `
        with recursive found (value, is_there) as (
          (select ${next}, ${isThere} from ${table} where ${from} and ${where} order by ${order} limit 1)
          union all
          select following.value, following.is_there
          from found,
          lateral (
            select ${next} as value, ${isThere} as is_there
            from ${table}
            where (${order}) > (${[...before, 'found.value'].join(', ')}) and ${where}
            order by ${order}
            limit 1
          ) following
          where found.is_there
        )
        select value from found where is_there`;
}
