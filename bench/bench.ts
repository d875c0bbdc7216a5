import { lists } from './lists.js';
import { planOf, type Plan } from './plan.js';
import { profile } from './profiled.js';
import { queueRound } from './queue-rounds.js';
import { measureReplicas } from './replicas.js';
import { conditions, disturbance, report } from './report.js';
import { startRounds, warmUp } from './start-rounds.js';
import { measureTable } from './target-table.js';
import { openWorkbench, targetOf, type Workbench } from './workbench.js';

/** Measures one start: directly at the platform, through the limit, as most would write it, and through the gateway. */
async function main(): Promise<void> {
  const [what, ...rest] = process.argv.slice(2);
  if (what === 'lists') return lists(rest);
  if (what === 'replicas') return measureReplicas(rest, say);
  const plan = planOf(process.argv.slice(2));
  if (plan.profile) return profile(plan, stopOnSignal, say);
  if (plan.measures === 'table') {
    process.exitCode = (await measureTable({ plan, say, opened: stopOnSignal, stopped: stopped.signal })) ? 0 : 1;
    return;
  }
  const bench = await openWorkbench(plan.measures === 'start' ? { nodeRed: plan.nodeRed } : {});
  stopOnSignal(bench);
  try {
    say(`${conditions(bench)}\n`);
    await (plan.measures === 'start' ? starts(bench, plan) : queues(bench, plan));
  } finally {
    await bench.close();
  }
}

async function starts(bench: Workbench, plan: Plan): Promise<void> {
  await warmUp(bench, bench.targets, plan);
  const rounds = await startRounds(bench, plan, say);
  say(`\n${report(rounds)}\n`);
  say(`Medians of ${plan.rounds} rounds of ${plan.seconds} s. ${disturbance(rounds)}`);
  say('In every round: executed by the platform = answered = stored and running.');
}

/** What is accepted now and sent later: measured one kind after the other, and a backlog against its own 201 rate. */
async function queues(bench: Workbench, plan: Plan): Promise<void> {
  await warmUp(bench, [targetOf(bench, 'limit'), targetOf(bench, 'gateway')], plan);
  for (let number = 0; number < plan.rounds; number += 1) await queueRound(bench, plan, { number, say });
  say('In every round: executed by the platform = accepted = stored and running.');
}

/** What is open where the run is stopped: one at a time. */
let openBench: Workbench | null = null;
const stopped = new AbortController();

function stopOnSignal(bench: Workbench): void {
  const isFirst = openBench === null;
  openBench = bench;
  const stop = (): void => {
    stopped.abort();
    void openBench?.close().then(() => process.exit(130));
  };
  if (isFirst) for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

await main();
