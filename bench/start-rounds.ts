import type { Plan } from './plan.js';
import { line } from './report.js';
import { measure, type Round } from './round.js';
import type { Target, Workbench } from './workbench.js';

/** How often a measurement is repeated for want of quiet; then the least disturbed one counts. */
const mostTries = 6;

/** Every target with every number of callers, so many rounds. */
export async function startRounds(
  bench: Workbench,
  plan: Plan,
  say: (text: string) => void,
): Promise<readonly (readonly Round[])[]> {
  const rounds: (readonly Round[])[] = [];
  for (let number = 0; number < plan.rounds; number += 1) {
    // In the other order each second time: what comes later finds a busier disk.
    const targets = number % 2 === 0 ? bench.targets : bench.targets.toReversed();
    const measured: Round[] = [];
    for (const callers of plan.callers) {
      for (const target of targets) {
        const one = await quietly(plan.quiet, () => measure(bench, target, { callers, seconds: plan.seconds }));
        say(line(one));
        measured.push(one);
      }
    }
    rounds.push(measured);
  }
  return rounds;
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
export async function warmUp(
  bench: Workbench,
  targets: readonly Target[],
  { warmUp: { starts, seconds } }: Plan,
): Promise<void> {
  const sliceSeconds = 2;
  for (const target of targets) {
    let done = 0;
    for (let spent = 0; done < starts && spent < seconds; spent += sliceSeconds) {
      done += (await measure(bench, target, { callers: 32, seconds: sliceSeconds })).starts;
    }
  }
}
