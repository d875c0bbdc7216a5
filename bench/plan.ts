import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** start: of callers that wait for their run; accepted: of those that wait for nothing; bulk and backlog: many at once; table: all that has a target. */
const measures = ['start', 'accepted', 'bulk', 'backlog', 'table'] as const;

/** What is measured, and how long. */
export interface Plan {
  readonly measures: (typeof measures)[number];
  /** Of a bulk, and of a backlog. */
  readonly starts: { readonly bulk: number; readonly backlog: number };
  readonly rounds: number;
  readonly seconds: number;
  readonly callers: readonly number[];
  /** Cores that other programs may take during a measurement before it is repeated. */
  readonly quiet: number;
  /** Starts that each target has behind it before anything counts, and how long that may take. */
  readonly warmUp: { readonly starts: number; readonly seconds: number };
  readonly profile: boolean;
  /** Where Node-RED is installed; `null`: starts are not sent to it. */
  readonly nodeRed: string | null;
}

/** @throws Error  where a word is not known */
export function planOf(args: string[]): Plan {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      short: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      callers: { type: 'string' },
      quiet: { type: 'string', default: 'Infinity' },
      starts: { type: 'string' },
      profile: { type: 'boolean', default: false },
      'node-red': { type: 'string' },
    },
  });
  const measured = measures.find((one) => one === (positionals[0] ?? 'start'));
  if (!measured) throw new Error(`What is measured: ${measures.join(', ')}, replicas, lists`);
  const isTable = measured === 'table';
  const long = { rounds: isTable ? 3 : 5, seconds: 6, backlog: 100_000 };
  const { rounds, seconds, backlog } = values.short ? { rounds: 1, seconds: 3, backlog: 10_000 } : long;
  return {
    measures: measured,
    starts: { bulk: Number(values.starts ?? 10_000), backlog: Number(values.starts ?? backlog) },
    rounds: Number(values.rounds ?? rounds),
    seconds: Number(values.seconds ?? seconds),
    callers: (values.callers ?? (isTable ? '1,16,64,256' : '1,16,64')).split(',').map(Number),
    quiet: Number(values.quiet),
    warmUp: values.short ? { starts: 1000, seconds: 10 } : { starts: 5000, seconds: 60 },
    profile: values.profile,
    nodeRed: values['node-red'] === undefined ? null : resolve(values['node-red']),
  };
}
