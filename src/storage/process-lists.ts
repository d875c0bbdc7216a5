import type { DataSource } from 'typeorm';
import type { Process } from '../processes/process.js';
import type { ProcessFilter, ProcessPage } from '../processes/process.store.js';
import type { Row } from './columns.js';
import type { Asking } from './list-sql.js';
import { isExact, wholly, within, type Way } from './list-statement.js';
import { withSeenAt } from './look-rounds.sql.js';
import { askedOf, statesOf, type Asked } from './process-list.js';
import { processOf } from './process-of-row.js';

/**
 * Rows of an index that are read: to see whether hardly any is left out, where an index that says all of it comes next, or
 * whether there are no more of them; and how many at last for one page.
 */
const budgets = { glance: 400, trial: 2000, last: 20_000 };

/**
 * One page of processes, newest first.
 *
 * Where no index says all that is asked for, rows are read along one that says a part of it, and that is tried first where
 * most lists find their page at once. Where hardly any row of it is one of the list, an index that says all of it, if there is
 * one, then whichever is read to its end within as many rows; and at last as much as one page may cost.
 */
export function listProcesses(
  database: Pick<DataSource, 'query'>,
  filter: ProcessFilter,
  { before, rows }: { readonly before: string | null; readonly rows: number },
): Promise<ProcessPage> {
  const asked = askedOf({ filter, states: statesOf(filter), before });
  return new Reading(database, asked, rows).page();
}

/** The way to one page. */
class Reading {
  constructor(
    private readonly database: Pick<DataSource, 'query'>,
    private readonly asked: Asked,
    private readonly rows: number,
  ) {}

  async page(): Promise<ProcessPage> {
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

  async #whole(way: Way): Promise<ProcessPage> {
    const found = await this.#read(wholly(this.asked.question, way, this.rows));
    return pageOf(
      found.map((row) => processOf(row)),
      this.rows,
      way.floor,
    );
  }

  async #within(way: Way, budget: number): Promise<ProcessPage> {
    const found = await this.#read(within(this.asked.question, way, { rows: this.rows, budget }));
    const end = found.findIndex((row) => row['is_end'] === true);
    const certain = end === -1 ? found : found.slice(0, end + 1);
    const fitting = new Map(certain.filter((row) => row['fits'] === true).map((row) => [row['id'], row]));
    const processes = [...fitting.values()].slice(0, this.rows).map((row) => processOf(row));
    return pageOf(processes, this.rows, end === -1 ? way.floor : String(found[end]?.['id']));
  }

  #read({ text, values }: Asking): Promise<Row[]> {
    return this.database.query<Row[]>(withSeenAt(text), [...values]);
  }
}

function pageOf(processes: readonly Process[], rows: number, readTo: string | undefined): ProcessPage {
  return { processes, readTo: processes.length < rows ? (readTo ?? null) : null };
}

function further(one: ProcessPage, other: ProcessPage): ProcessPage {
  return one.readTo === null || (other.readTo !== null && one.readTo < other.readTo) ? one : other;
}
