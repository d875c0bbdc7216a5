/** One creator: the name at the time of the start, and the client. */
export interface Creator {
  readonly created_by: string;
  readonly client_id: string;
}

/** A connection of which a platform's processes can be; `until`: those after it are of another platform. */
export interface PlatformKey {
  readonly connection: string;
  readonly until: Date | null;
}

/** A statement with its parameters. */
export interface Asking {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** More branches than this cost more than they save; the filter is a mere condition then. */
const mostBranches = 500;

/** Writes the statement of a page of processes: conditions, and branches in which an index gives the order. */
export class ListStatement {
  readonly #values: unknown[] = [];
  readonly #branches: string[] = [];
  readonly #conditions: string[] = [];
  #branched = 1;
  #source = 'processes p';
  #order = 'p.id';
  #mayRepeat = false;

  constructor(private readonly limit: number) {}

  /** A condition that holds no value of a caller's. */
  add(condition: string): void {
    this.#conditions.push(condition);
  }

  /** A condition on one parameter. */
  with(condition: (parameter: string) => string, value: unknown, type?: string): void {
    const parameter = this.#parameter(value);
    this.add(condition(type === undefined ? parameter : `${parameter}::${type}`));
  }

  /** A condition on the ids of processes, also where the order is that of another table. */
  ids(condition: (id: string, parameter: string) => string, value: unknown, type: string): void {
    const parameter = `${this.#parameter(value)}::${type}`;
    this.add(condition('p.id', parameter));
    if (this.#order !== 'p.id') this.add(condition(this.#order, parameter));
  }

  /** That a column has one of the values; `null`: whichever. */
  any(column: string, list: readonly string[] | null | undefined): void {
    if (list) this.with((values) => `${column} = any (${values}::text[])`, list);
  }

  /** The same, with a branch for each value. */
  values(column: string, list: readonly string[] | null | undefined): void {
    if (!list) return;
    const distinct = [...new Set(list)];
    const [first] = distinct;
    if (distinct.length === 1) this.with((value) => `${column} = ${value}::text`, first);
    else if (this.#hasRoom(distinct.length)) {
      const values = this.#parameter(distinct);
      this.#branches.push(`unnest(${values}::text[]) as by_${column} (value)`);
      this.add(`${column} = by_${column}.value`);
    } else this.any(column, distinct);
  }

  /** Whoever has several of the tags comes once. */
  tags(list: readonly string[] | undefined): void {
    if (!list) return;
    const distinct = [...new Set(list)];
    this.#source = 'process_tags t join processes p on p.id = t.process_id';
    this.#order = 't.process_id';
    this.#mayRepeat = distinct.length > 1;
    this.#branched *= distinct.length;
    this.#branches.push(`unnest(${this.#parameter(distinct)}::text[]) as by_tag (value)`);
    this.add('t.tag = by_tag.value');
  }

  creators(list: readonly Creator[] | null): void {
    if (!list) return;
    const names = this.#parameter(list.map((one) => one.created_by));
    const clients = this.#parameter(list.map((one) => one.client_id));
    if (!this.#hasRoom(list.length)) {
      this.add(`created_by = any (${names}::text[]) and client_id = any (${clients}::uuid[])`);
      return;
    }
    this.#branches.push(`unnest(${names}::text[], ${clients}::uuid[]) as creator (name, client)`);
    this.add('created_by = creator.name and client_id = creator.client');
  }

  keys(list: readonly PlatformKey[] | null): void {
    if (!list) return;
    const keys = this.#parameter(list.map(({ connection }) => connection));
    const ends = this.#parameter(list.map(({ until }) => until));
    this.#branched *= list.length;
    this.#branches.push(`unnest(${keys}::text[], ${ends}::timestamptz[]) as key (connection, until)`);
    this.add('connection = key.connection and (key.until is null or id < first_id_of(key.until))');
  }

  asking(): Asking {
    const limit = this.#parameter(this.limit);
    const page = `select p.*
      from ${this.#source}
      where ${this.#conditions.length === 0 ? 'true' : this.#conditions.join('\n        and ')}
      order by ${this.#order} desc
      limit ${limit}`;
    if (this.#branches.length === 0) return { text: page, values: this.#values };
    const text = `select ${this.#mayRepeat ? 'distinct on (p.id) ' : ''}p.*
    from ${this.#branches.join(', ')},
    lateral (
      ${page}
    ) p
    order by p.id desc
    limit ${limit}`;
    return { text, values: this.#values };
  }

  #hasRoom(branches: number): boolean {
    if (this.#branched * branches > mostBranches) return false;
    this.#branched *= branches;
    return true;
  }

  #parameter(value: unknown): string {
    this.#values.push(value);
    return `$${this.#values.length}`;
  }
}
