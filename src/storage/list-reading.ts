import type { DataSource } from 'typeorm';
import type { Row } from './columns.js';
import type { Asking } from './list-sql.js';
import { isExact, wholly, within, type Question, type Way } from './list-statement.js';

/** What is asked, and the ways to it, the likeliest first. */
export interface Asked {
  readonly question: Question;
  readonly ways: readonly Way[];
}

/** The rows of a page. */
export interface RowsRead {
  readonly rows: readonly Row[];
  /** The id down to which was read, where the page was not found full within what one may cost; `null`: it is what there is. */
  readonly readTo: string | null;
}

/**
 * Rows of an index that are read: to see whether hardly any is left out, where an index that says all of it comes next, or
 * whether there are no more of them; and how many at last for one page.
 */
const budgets = { glance: 400, trial: 2000, last: 20_000 };

/** The way to one page. */
export class Reading {
  constructor(
    private readonly database: Pick<DataSource, 'query'>,
    private readonly asked: Asked,
    private readonly rows: number,
    /** What is shown of a page that a statement gives. */
    private readonly shown: (page: string) => string,
  ) {}

  /**
   * Where no index says all that is asked for, rows are read along one that says a part of it, and that is tried first where
   * most lists find their page at once. Where hardly any row of it is one of the list, an index that says all of it, if there
   * is one, then whichever is read to its end within as many rows; and at last as much as one page may cost.
   */
  async page(): Promise<RowsRead> {
    const { ways, question } = this.asked;
    const [first, ...others] = ways;
    if (!first) throw new Error('A list has no way');
    const exact = ways.filter((way) => isExact(way, question));
    if (exact.includes(first)) return this.#whole(first);
    let best = await this.#within(first, exact.length > 0 ? budgets.glance : budgets.trial);
    const rest = others.filter((way) => !exact.includes(way));
    const tries = [
      ...exact.map((way) => () => this.#whole(way)),
      ...rest.map((way) => () => this.#within(way, budgets.trial)),
      () => this.#within(first, budgets.last),
    ];
    for (const next of tries) {
      if (best.readTo === null) break;
      best = further(best, await next());
    }
    return best;
  }

  async #whole(way: Way): Promise<RowsRead> {
    const found = await this.#read(wholly(this.asked.question, way, this.rows));
    return this.#page(found, way.floor);
  }

  async #within(way: Way, budget: number): Promise<RowsRead> {
    const found = await this.#read(within(this.asked.question, way, { rows: this.rows, budget }));
    const end = found.findIndex((row) => row['is_end'] === true);
    const certain = end === -1 ? found : found.slice(0, end + 1);
    const fitting = new Map(certain.filter((row) => row['fits'] === true).map((row) => [row['id'], row]));
    return this.#page([...fitting.values()], end === -1 ? way.floor : String(found[end]?.['id']));
  }

  #page(rows: readonly Row[], readTo: string | undefined): RowsRead {
    return { rows: rows.slice(0, this.rows), readTo: rows.length < this.rows ? (readTo ?? null) : null };
  }

  #read({ text, values }: Asking): Promise<Row[]> {
    return this.database.query<Row[]>(this.shown(text), [...values]);
  }
}

function further(one: RowsRead, other: RowsRead): RowsRead {
  return one.readTo === null || (other.readTo !== null && one.readTo < other.readTo) ? one : other;
}
