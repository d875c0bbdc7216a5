import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Plan } from './plan.js';
import { profileReport, type ProfileWindow } from './profile.js';
import { queueRound } from './queue-rounds.js';
import { line, statementsReport } from './report.js';
import { measure } from './round.js';
import { warmUp } from './start-rounds.js';
import { openWorkbench, targetOf, type Workbench } from './workbench.js';

type Say = (text: string) => void;

/** Says what the gateway spends its time with under the largest number of callers, and what Postgres does. */
export async function profile(plan: Plan, opened: (bench: Workbench) => void, say: Say): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'bpm-gateway-profile-'));
  try {
    const bench = await openWorkbench({ gatewayNodeOptions: ['--cpu-prof', `--cpu-prof-dir=${directory}`] });
    opened(bench);
    let windows: readonly ProfileWindow[];
    try {
      windows = await profiled(bench, plan, say);
    } finally {
      // The profile is written when the gateway ends.
      await bench.close();
    }
    for (const window of windows) say(await profileReport(directory, window));
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function profiled(bench: Workbench, plan: Plan, say: Say): Promise<readonly ProfileWindow[]> {
  const gateway = targetOf(bench, 'gateway');
  await warmUp(bench, [targetOf(bench, 'limit'), gateway], plan);
  await bench.statements();
  if (plan.measures !== 'start') {
    const one = await queueRound(bench, plan, { number: 0, say });
    say(`\n${statementsReport(await bench.statements(), one.starts)}\n`);
    return plan.measures === 'backlog' ? [one.accept, one.drain] : [one.accept];
  }
  const fromMs = Number(process.hrtime.bigint()) / 1e6;
  const one = await measure(bench, gateway, { callers: Math.max(...plan.callers), seconds: plan.seconds });
  say(`${line(one)}\n\n${statementsReport(await bench.statements(), one.starts)}\n`);
  return [{ fromMs, starts: one.starts }];
}
