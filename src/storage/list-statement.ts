/** A statement with its parameters. */
export interface Asking {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** An index in the order of the list for each value of its columns. */
export interface Way {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** For each column, the values of the branches; all lists are of one length. */
  readonly values: readonly (readonly unknown[])[];
  /** For each branch, before when its processes were created; `null`: whenever. */
  readonly until?: readonly (Date | null)[];
  /** Of the ways that a list can go: the one that most likely has the fewest. */
  readonly rank: number;
  /** The index of another table, and its column of ids. */
  readonly through?: { readonly source: string; readonly id: string };
}

/** More branches than this cost more than they save. */
const mostBranches = 500;

const lowest = `'00000000-0000-0000-0000-000000000000'::uuid`;
const highest = `'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid`;

/**
 * Writes the statement of a page of processes. One filter leads, in a branch for each of its values; the others are
 * conditions.
 *
 * A branch is asked for as a range of rows, `(state, id)`, in that order, and not as `state = …` in the order of ids: the
 * latter can be had from the primary key too, and the planner, which takes every value to be spread evenly, would read
 * millions of processes for a value that only old ones have.
 */
export class ListStatement {
  readonly #values: unknown[] = [];
  readonly #conditions: string[] = [];
  readonly #lower: string[] = [];
  readonly #upper: string[] = [];
  readonly #ways: Way[] = [];
  #isNarrow = false;

  /** A condition that holds no value of a caller's. */
  add(condition: string): void {
    this.#conditions.push(condition);
  }

  /** A condition on one parameter. */
  with(condition: (parameter: string) => string, value: unknown, type?: string): void {
    const parameter = this.#parameter(value);
    this.add(condition(type === undefined ? parameter : `${parameter}::${type}`));
  }

  /** That a column has one of the values; `null`: whichever. */
  any(column: string, list: readonly string[] | null | undefined): void {
    if (list) this.with((values) => `${column} = any (${values}::text[])`, list);
  }

  /** The same, where an index leads to each of them. */
  values(column: string, list: readonly string[] | null | undefined, rank: number): void {
    if (!list) return;
    this.any(column, list);
    // As the predicates of the indexes say.
    this.add(`p.${column} is not null`);
    this.way({ columns: [{ name: `p.${column}`, type: 'text' }], values: [[...new Set(list)]], rank });
  }

  way(way: Way): void {
    this.#ways.push(way);
  }

  /** What is asked for is rare, and found by an index of its own: nothing else has to lead. */
  narrow(): void {
    this.#isNarrow = true;
  }

  /** An id that all are above, or the lowest of them. */
  above(id: (parameter: string) => string, value: unknown, type: string): void {
    this.#lower.push(id(`${this.#parameter(value)}::${type}`));
  }

  /** An id that all are below. */
  below(id: (parameter: string) => string, value: unknown, type: string): void {
    this.#upper.push(id(`${this.#parameter(value)}::${type}`));
  }

  asking(limit: number): Asking {
    const page = this.#parameter(limit);
    const [way] = this.#isNarrow ? [] : this.#ways.filter(isShort).toSorted((one, other) => one.rank - other.rank);
    const text = way ? this.#branches(way, page) : this.#plain(page);
    return { text, values: this.#values };
  }

  #plain(limit: string): string {
    const bounds = [...this.#lower.map((id) => `p.id >= ${id}`), ...this.#upper.map((id) => `p.id < ${id}`)];
    return `select p.*
    from processes p
    where ${[...bounds, ...this.#conditions, 'true'].join('\n      and ')}
    order by p.id desc
    limit ${limit}`;
  }

  #branches({ columns, values, until, through }: Way, limit: string): string {
    const id = through?.id ?? 'p.id';
    const names = columns.map(({ name }) => name);
    const given = columns.map((_, number) => `branch.value_${number}`);
    const lists = columns.map(({ type }, number) => `${this.#parameter(values[number])}::${type}[]`);
    if (until) lists.push(`${this.#parameter(until)}::timestamptz[]`);
    const fields = until ? [...given, 'branch.until'] : given;
    const lower = `greatest(${[lowest, ...this.#lower].join(', ')})`;
    const upper = `least(${[highest, ...this.#upper, ...(until ? ['first_id_of(branch.until)'] : [])].join(', ')})`;
    // Only tags have a process in several branches.
    return `select ${through ? 'distinct on (p.id) ' : ''}p.*
    from unnest(${lists.join(', ')}) as branch (${fields.map((field) => field.slice('branch.'.length)).join(', ')}),
    lateral (
      select p.*
      from ${through?.source ?? 'processes p'}
      where (${[...names, id].join(', ')}) >= (${[...given, lower].join(', ')})
        and (${[...names, id].join(', ')}) < (${[...given, upper].join(', ')})
        and ${[...this.#conditions, 'true'].join('\n        and ')}
      order by ${[...names, id].map((name) => `${name} desc`).join(', ')}
      limit ${limit}
    ) p
    order by p.id desc
    limit ${limit}`;
  }

  #parameter(value: unknown): string {
    this.#values.push(value);
    return `$${this.#values.length}`;
  }
}

function isShort({ values }: Way): boolean {
  return (values[0]?.length ?? 0) <= mostBranches;
}
