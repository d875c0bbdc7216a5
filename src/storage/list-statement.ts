import type { Index } from './list-branches.js';
import { asking, type Asking, type Bind, type Sql } from './list-sql.js';
import { isStarting } from './starting.sql.js';

/** What a process has to be to stand in a list. */
export interface Condition {
  /** The filter that asks for it. */
  readonly of: string;
  readonly sql: Sql;
  /** The ids that are asked for say it already, but for a moment at their ends. */
  readonly isOfIds?: boolean;
}

/** A way to the processes of a list: ranges of an index, each of them in the order of the list. */
export interface Way {
  readonly index: Index;
  /** A query whose rows are the values of the index' columns: a range each. */
  readonly branches: Sql;
  /** The filters that the ranges say. */
  readonly covers: readonly string[];
  /** Those that they say but for a few rows. */
  readonly nearlyCovers?: readonly string[];
  /** The lowest id that it knows everything of; none: it knows of all. */
  readonly floor?: string;
  /** Of the ways that a list can go: the lower, the sooner it is tried. */
  readonly rank: number;
  /** How many ranges can have the same process. */
  readonly copies?: number;
  /** So few that nothing else has to lead. */
  readonly isNarrow?: boolean;
}

/** A list, before a way is chosen. */
export interface Question {
  /** What it is of, e.g. `processes` as `p`. */
  readonly table: string;
  readonly alias: string;
  readonly conditions: readonly Condition[];
  /** Ids that all are at or above, and ids that all are below. */
  readonly lower: readonly Sql[];
  readonly upper: readonly Sql[];
  /** Whether processes that are starting may be among them. */
  readonly hasStarting: boolean;
}

const lowest = '00000000-0000-0000-0000-000000000000';
const highest = `'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid`;

/** Whether each row of the ranges is one of the list. */
export function isExact({ covers, nearlyCovers = [], isNarrow }: Way, { conditions }: Question): boolean {
  const said = [...covers, ...nearlyCovers];
  return isNarrow === true || conditions.every(({ of, isOfIds }) => isOfIds === true || said.includes(of));
}

/**
 * The first rows of each range, and of them the first. For ways that are exact.
 *
 * A range is asked for as rows, `(state, id)`, in that order, and not as `state = …` in the order of ids: the latter can be
 * had from the primary key too, and the planner, which takes every value to be spread evenly, would read millions of
 * processes for a value that only old ones have.
 */
export function wholly(question: Question, way: Way, rows: number): Asking {
  return asking((bind) => {
    const { where, order, conditions } = partsOf(question, way, bind);
    const limit = bind(rows, 'int');
    const { table, alias } = question;
    return `select ${alias}.*
      from (
        select ${(way.copies ?? 1) > 1 ? 'distinct ' : ''}found.id
        from (${way.branches(bind)}) branch,
        lateral (
          select ${way.index.id} as id
          from ${conditions.length > 0 ? sourceOf(question, way.index) : way.index.table}
          where ${[where, ...conditions].join('\n            and ')}
          order by ${order}
          limit ${limit}
        ) found
        ${besides(question, way, (from) => `select p.id ${from(bind)}`)}
        order by id desc
        limit ${limit}
      ) first
      join ${table} ${alias} on ${alias}.id = first.id
      order by ${alias}.id desc`;
  });
}

/** How far ranges may be read. */
export interface Reach {
  /** Of the list. */
  readonly rows: number;
  /** Of the index, by all ranges together. */
  readonly budget: number;
}

/** However many ranges there are, some rows of each. */
const fewest = 60;

/**
 * The same where rows have to be looked at one by one: so many and no more. `fits`: it is one of the list. `is_end`: its
 * range was read up to here, and not beyond.
 */
export function within(question: Question, way: Way, { rows, budget }: Reach): Asking {
  return asking((bind) => {
    const { where, order, conditions } = partsOf(question, way, bind);
    const share = `(select greatest(${fewest}, ${bind(budget, 'bigint')} / greatest(count(*), 1)) from branch)`;
    const limit = bind(rows, 'int');
    return `with branch as materialized (${way.branches(bind)})
      select read.*
      from branch,
      lateral (
        select *
        from (
          select ${question.alias}.*,
            ${['true', ...conditions].join(' and ')} as fits,
            row_number() over (order by ${order}) = ${share} as is_end
          from ${sourceOf(question, way.index)}
          where ${where}
          order by ${order}
          limit ${share}
        ) reached
        where reached.fits or reached.is_end
        limit ${limit}
      ) read
      ${besides(question, way, (from) => `select p.*, true, false ${from(bind)}`)}
      order by id desc
      limit ${limit} * ${way.copies ?? 1}`;
  });
}

/** What the index omits, in the same statement: between two a process could pass from the one to the other. */
function besides(
  { conditions, lower, upper, hasStarting }: Question,
  { index }: Way,
  select: (from: Sql) => string,
): string {
  if (!hasStarting || !index.omitsStarting) return '';
  return `union all
      ${select((bind) => {
        const fitting = [
          `p.${isStarting('p.id')}`,
          ...conditions.map(({ sql }) => sql(bind)),
          ...lower.map((id) => `p.id >= ${id(bind)}`),
          ...upper.map((id) => `p.id < ${id(bind)}`),
        ];
        return `from processes p where ${fitting.join('\n        and ')}`;
      })}`;
}

function sourceOf({ table, alias }: Question, index: Index): string {
  return index.isOther ? `${index.table} join ${table} ${alias} on ${alias}.id = ${index.id}` : index.table;
}

function partsOf(
  { conditions, lower, upper }: Question,
  { index, covers, floor = lowest }: Way,
  bind: Bind,
): { readonly where: string; readonly order: string; readonly conditions: readonly string[] } {
  const columns = [...index.columns, index.id];
  const values = index.columns.map((_, number) => `branch.value_${number}`);
  const low = `greatest(${[`'${floor}'::uuid`, ...lower.map((id) => id(bind))].join(', ')})`;
  const high = `least(${[highest, ...upper.map((id) => id(bind))].join(', ')})`;
  return {
    where: `(${columns.join(', ')}) >= (${[...values, low].join(', ')})
            and (${columns.join(', ')}) < (${[...values, high].join(', ')})
            and ${index.where ?? 'true'}`,
    order: columns.map((column) => `${column} desc`).join(', '),
    conditions: conditions.filter(({ of }) => !covers.includes(of)).map(({ sql }) => sql(bind)),
  };
}
