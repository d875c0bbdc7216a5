import type { Sql } from './list-sql.js';
import type { Condition } from './list-statement.js';

/** Ids hold no time before 1970: one would come out above them all. */
const idAt = (time: string): string => `first_id_of(greatest(${time}, 'epoch'))`;

/** For clocks of replicas that differ: an id has the time of the one, a column that of the database or of another. */
const slack = `interval '1 minute'`;

/** The ids of what came after each of the times. */
export function idsAfter(...times: readonly (Date | undefined)[]): readonly Sql[] {
  return given(times).map((at) => (bind) => idAt(`${bind(at, 'timestamptz')} - ${slack}`));
}

/** The ids of what came before each of the times, and before the last one that was shown. */
export function idsBefore(last: string | null, ...times: readonly (Date | undefined)[]): readonly Sql[] {
  const ends = given(times).map(
    (at): Sql =>
      (bind) =>
        idAt(`${bind(at, 'timestamptz')} + ${slack}`),
  );
  return last === null ? ends : [...ends, (bind) => bind(last, 'uuid')];
}

/** That a column is after a time and before another. */
export function between(
  of: string,
  column: string,
  { after, before }: { readonly after: Date | undefined; readonly before: Date | undefined },
): Condition[] {
  const one = (sign: string, at: Date | undefined): Condition[] =>
    at ? [{ of, sql: (bind) => `${column} ${sign} ${bind(at, 'timestamptz')}` }] : [];
  return [...one('>', after), ...one('<', before)];
}

function given(times: readonly (Date | undefined)[]): readonly Date[] {
  return times.flatMap((at) => (at ? [at] : []));
}
