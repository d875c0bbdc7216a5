import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { lists } from './lists.js';
import { profileReport, type ProfileWindow } from './profile.js';
import { accepted, bulks, queuedLine, type Queued } from './queued.js';
import { measureReplicas } from './replicas.js';
import { conditions, disturbance, line, report, statementsReport } from './report.js';
import { measure, type Round } from './round.js';
import { openWorkbench, type Target, type TargetName, type Workbench } from './workbench.js';

/** start: of callers that wait for their run; accepted: of those that wait for nothing; bulk and backlog: many at once. */
const measures = ['start', 'accepted', 'bulk', 'backlog'] as const;

interface Plan {
  readonly measures: (typeof measures)[number];
  /** Of a bulk, and of a backlog. */
  readonly starts: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly callers: readonly number[];
  /** Cores that other programs may take during a measurement before it is repeated. */
  readonly quiet: number;
  /** Starts that each target has behind it before anything counts, and how long that may take. */
  readonly warmUp: { readonly starts: number; readonly seconds: number };
  readonly profile: boolean;
}

/** How often a measurement is repeated for want of quiet; then the least disturbed one counts. */
const mostTries = 6;

/** Measures one start: directly at the platform, through the limit and through the gateway. */
async function main(): Promise<void> {
  const [what, ...rest] = process.argv.slice(2);
  if (what === 'lists') return lists(rest);
  if (process.argv[2] === 'replicas') return measureReplicas(process.argv.slice(3), say);
  const plan = planOf(process.argv.slice(2));
  if (plan.profile) return profile(plan);
  if (plan.measures !== 'start') return queues(plan);
  const bench = await openWorkbench([]);
  stopOnSignal(bench);
  try {
    say(`${conditions(bench)}\n`);
    await warmUp(bench, plan);
    const rounds: (readonly Round[])[] = [];
    for (let number = 0; number < plan.rounds; number += 1) rounds.push(await round(bench, plan, number));
    say(`\n${report(rounds)}\n`);
    say(`Medians of ${plan.rounds} rounds of ${plan.seconds} s. ${disturbance(rounds)}`);
    say('In every round: executed by the platform = answered = stored and running.');
  } finally {
    await bench.close();
  }
}

function planOf(args: string[]): Plan {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      short: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      callers: { type: 'string', default: '1,16,64' },
      quiet: { type: 'string', default: 'Infinity' },
      starts: { type: 'string' },
      profile: { type: 'boolean', default: false },
    },
  });
  const measured = measures.find((one) => one === (positionals[0] ?? 'start'));
  if (!measured) throw new Error(`What is measured: ${measures.join(', ')}`);
  return {
    measures: measured,
    starts: Number(values.starts ?? (measured === 'backlog' && !values.short ? 100_000 : 10_000)),
    rounds: Number(values.rounds ?? (values.short ? 1 : 5)),
    seconds: Number(values.seconds ?? (values.short ? 3 : 6)),
    callers: values.callers.split(',').map(Number),
    quiet: Number(values.quiet),
    warmUp: values.short ? { starts: 1000, seconds: 10 } : { starts: 5000, seconds: 60 },
    profile: values.profile,
  };
}

/** What is accepted now and sent later: measured one kind after the other, and a backlog against its own 201 rate. */
async function queues(plan: Plan): Promise<void> {
  const bench = await openWorkbench([]);
  stopOnSignal(bench);
  try {
    say(`${conditions(bench)}\n`);
    await warmUp(bench, plan);
    for (let number = 0; number < plan.rounds; number += 1) {
      for (const one of await queueRound(bench, plan, number)) say(queuedLine(one));
    }
    say('In every round: executed by the platform = accepted = stored and running.');
  } finally {
    await bench.close();
  }
}

async function queueRound(bench: Workbench, plan: Plan, number: number): Promise<readonly Queued[]> {
  const [limit, gateway] = [targetOf(bench, 'limit'), targetOf(bench, 'gateway')];
  if (plan.measures === 'bulk') return [await bulks(bench, gateway, { starts: plan.starts, isHeld: false })];
  const load = { callers: Math.max(...plan.callers), seconds: plan.seconds };
  if (plan.measures === 'backlog') {
    say(line(await measure(bench, gateway, load)));
    return [await bulks(bench, gateway, { starts: plan.starts, isHeld: true })];
  }
  const measured: Queued[] = [];
  for (const target of number % 2 === 0 ? [limit, gateway] : [gateway, limit]) {
    measured.push(await accepted(bench, target, load));
  }
  return measured;
}

/** Every target with every number of callers, in the other order each second time. */
async function round(bench: Workbench, plan: Plan, number: number): Promise<readonly Round[]> {
  const measured: Round[] = [];
  for (const callers of plan.callers) {
    for (const target of number % 2 === 0 ? bench.targets : bench.targets.toReversed()) {
      const one = await quietly(plan.quiet, () => measure(bench, target, { callers, seconds: plan.seconds }));
      say(line(one));
      measured.push(one);
    }
  }
  return measured;
}

async function quietly(quiet: number, measureOnce: () => Promise<Round>): Promise<Round> {
  let best = await measureOnce();
  for (let tries = 1; tries < mostTries && (best.othersCpu ?? 0) > quiet; tries += 1) {
    const next = await measureOnce();
    if ((next.othersCpu ?? 0) < (best.othersCpu ?? 0)) best = next;
  }
  return best;
}

/** Compiled code and grown heaps are what a service has after its first minutes; they come by the start, not by the second. */
async function warmUp(bench: Workbench, { warmUp: { starts, seconds } }: Plan): Promise<void> {
  const sliceSeconds = 2;
  for (const target of bench.targets) {
    let done = 0;
    for (let spent = 0; done < starts && spent < seconds; spent += sliceSeconds) {
      done += (await measure(bench, target, { callers: 32, seconds: sliceSeconds })).starts;
    }
  }
}

/** Says what the gateway spends its time with under the largest number of callers. */
async function profile(plan: Plan): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'bpm-gateway-profile-'));
  try {
    const bench = await openWorkbench(['--cpu-prof', `--cpu-prof-dir=${directory}`]);
    stopOnSignal(bench);
    let windows: readonly ProfileWindow[];
    try {
      windows = await profiled(bench, plan);
    } finally {
      // The profile is written when the gateway ends.
      await bench.close();
    }
    for (const window of windows) say(await profileReport(directory, window));
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function profiled(bench: Workbench, plan: Plan): Promise<readonly ProfileWindow[]> {
  await warmUp(bench, plan);
  await bench.statements();
  const gateway = targetOf(bench, 'gateway');
  if (plan.measures !== 'start') {
    const one = (await queueRound(bench, plan, 0)).at(-1);
    if (!one) throw new Error('Nothing was measured');
    say(`${queuedLine(one)}\n\n${statementsReport(await bench.statements(), one.starts)}\n`);
    return plan.measures === 'backlog' ? [one.accept, one.drain] : [one.accept];
  }
  const fromMs = Number(process.hrtime.bigint()) / 1e6;
  const one = await measure(bench, gateway, { callers: Math.max(...plan.callers), seconds: plan.seconds });
  say(`${line(one)}\n\n${statementsReport(await bench.statements(), one.starts)}\n`);
  return [{ fromMs, starts: one.starts }];
}

function targetOf({ targets }: Workbench, wanted: TargetName): Target {
  const target = targets.find(({ name }) => name === wanted);
  if (!target) throw new Error(`There is no ${wanted} to measure`);
  return target;
}

function stopOnSignal(bench: Workbench): void {
  const stop = (): void => void bench.close().then(() => process.exit(130));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

await main();
