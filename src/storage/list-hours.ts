import type { ProcessFilter } from '../processes/process.reader.js';
import type { Index } from './list-branches.js';
import type { Sql } from './list-sql.js';
import type { Way } from './list-statement.js';
import { keys } from './process-ways.js';

const hourMs = 3_600_000;

/** Most processes end within the first; more than the last cost more than they save. */
const mostHours = [48, 1000];

/** An end may be told by a clock that goes before ours. */
const slackMs = 2 * hourMs;

/** Ends in the hours in which they were told; in each the newest process first. */
const byHour: Index = {
  table: 'processes p',
  columns: [`date_bin('1 hour', p.closed_at, 'epoch')`],
  where: 'p.closed_at is not null',
  id: 'p.id',
};

/**
 * The ways by the hours in which processes ended, for lists that ask for their ends. Of a longer time than is worth while
 * they have the last hours, and so every process that is as new as those: nothing ends before it begins.
 */
export function hoursOf(filter: ProcessFilter): readonly Way[] {
  const { state, category, conclusion, closedAfter, closedBefore } = filter;
  if (!closedAfter && !closedBefore) return [];
  const untilMs = Math.min(closedBefore?.getTime() ?? Infinity, Date.now() + slackMs);
  const fromMs = closedAfter?.getTime() ?? -Infinity;
  const wholeAt = mostHours.findIndex((hours) => fromMs >= untilMs - hours * hourMs);
  return mostHours.slice(0, wholeAt === -1 ? mostHours.length : wholeAt + 1).map((hours) => {
    const cutMs = untilMs - hours * hourMs;
    const way: Way = {
      index: byHour,
      branches: everyHour(new Date(Math.max(fromMs, cutMs)), new Date(untilMs)),
      covers: [],
      nearlyCovers: state || category || conclusion ? ['closed'] : ['closed', 'state'],
      rank: keys.length - 0.5,
    };
    return fromMs >= cutMs ? way : { ...way, floor: idOf(cutMs + slackMs) };
  });
}

function everyHour(from: Date, until: Date): Sql {
  return (bind) => `
      select hour as value_0
      from generate_series(
        date_bin('1 hour', ${bind(from, 'timestamptz')}, 'epoch'), ${bind(until, 'timestamptz')}, interval '1 hour') hour`;
}

/** The lowest id of a moment. */
function idOf(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
