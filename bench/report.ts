import { cpus, totalmem } from 'node:os';
import type { StatementUse } from './bench-postgres.js';
import { median, shown, table } from './figures.js';
import type { Round } from './round.js';
import { targetNames, type TargetName, type Workbench } from './workbench.js';

const head = [
  'callers',
  'target',
  'starts/s',
  'to limit',
  'p50 ms',
  'p99 ms',
  'CPU s / 1,000: target',
  'Postgres',
  'MiB',
];

/** The medians of all rounds as a table; `to limit` is the median of the ratios within each round. */
export function report(rounds: readonly (readonly Round[])[]): string {
  const all = rounds.flat();
  const callers = [...new Set(all.map((round) => round.callers))].toSorted((one, other) => one - other);
  const targets = targetNames.filter((name) => all.some(({ target }) => target === name));
  const rows = callers.flatMap((count) =>
    targets.map((target) => {
      const own = all.filter((round) => round.callers === count && round.target === target);
      return [
        String(count),
        target,
        middle(own, ({ startsPerSecond }) => startsPerSecond, 0),
        target === 'direct' ? '' : shown(median(rounds.flatMap((round) => ratioIn(round, count, target))), 2),
        middle(own, ({ p50Ms }) => p50Ms, 1),
        middle(own, ({ p99Ms }) => p99Ms, 1),
        target === 'direct' ? '' : middle(own, ({ targetCpu }) => targetCpu, 2),
        target === 'direct' ? '' : middle(own, ({ postgresCpu }) => postgresCpu, 2),
        target === 'direct' ? '' : middle(own, ({ residentMiB }) => residentMiB, 0),
      ];
    }),
  );
  return table(head, rows);
}

/** Where and under what the figures came to be. */
export function conditions({ serverSettings, readyMs }: Workbench): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return (
    `${cpus().length} cores (${first?.model.trim() ?? 'unknown'}), ${memory} GiB, Node ${process.versions.node}, ` +
    `PostgreSQL with ${serverSettings.join(', ')}; the gateway listened after ${shown(readyMs / 1000, 1)} s, migrations included`
  );
}

/** One round in a line, while the others are still to come. */
export function line({
  target,
  callers,
  startsPerSecond,
  p50Ms,
  p99Ms,
  targetCpu,
  postgresCpu,
  othersCpu,
}: Round): string {
  return [
    `${String(callers).padStart(3)} callers  ${target.padEnd(13)}`,
    `${shown(startsPerSecond, 0).padStart(6)}/s`,
    `p50 ${shown(p50Ms, 1)}`,
    `p99 ${shown(p99Ms, 1)}`,
    ...(target === 'direct' ? [] : [`CPU ${shown(targetCpu, 2)} + ${shown(postgresCpu, 2)}`]),
    `others took ${shown(othersCpu, 2)} cores`,
  ].join('  ');
}

/** Where Postgres spent its time. */
export function statementsReport(statements: readonly StatementUse[], starts: number): string {
  return table(
    ['statement', 'calls', 'rows', 'ms', 'µs / start'],
    statements.map(({ text, calls, rows, ms }) => [
      text,
      shown(calls, 0),
      shown(rows, 0),
      shown(ms, 0),
      shown((ms * 1000) / starts, 0),
    ]),
  );
}

/** What others took of the machine over the whole run. */
export function disturbance(rounds: readonly (readonly Round[])[]): string {
  const taken = rounds.flat().map(({ othersCpu }) => othersCpu ?? Number.NaN);
  return `Other programs took ${shown(median(taken), 2)} cores at the median, ${shown(Math.max(...taken), 2)} at most.`;
}

function middle(rounds: readonly Round[], figure: (round: Round) => number | null, digits: number): string {
  return shown(median(rounds.map((round) => figure(round) ?? Number.NaN)), digits);
}

function ratioIn(round: readonly Round[], callers: number, target: TargetName): number[] {
  const rate = (name: TargetName): number | undefined =>
    round.find((one) => one.callers === callers && one.target === name)?.startsPerSecond;
  const [own, limit] = [rate(target), rate('limit')];
  return own === undefined || limit === undefined ? [] : [own / limit];
}
