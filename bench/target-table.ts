import { Closing } from '../src/lib/closing.js';
import { PinoLog } from '../src/observability/pino-log.js';
import { durableServer } from './bench-postgres.js';
import { shown } from './figures.js';
import { listFigures } from './lists-kept.js';
import type { Plan } from './plan.js';
import { coldStartFigures, limitedPortalFigures, sessionFigures } from './portal-figures.js';
import { acceptedFigures, backlogFigures, bulkFigures } from './queue-figures.js';
import { acceptedRound, backlogRound, bulkRound } from './queue-rounds.js';
import { queuedLine, type Queued } from './queued.js';
import { conditions, disturbance, line, report } from './report.js';
import { startFigures } from './start-figures.js';
import { startRounds, warmUp } from './start-rounds.js';
import { residentMiB } from './usage.js';
import { wantedReport } from './wanted-report.js';
import type { Figures } from './wanted.js';
import { openWorkbench, targetOf, type Extras, type Workbench } from './workbench.js';

type Say = (text: string) => void;

/** Measured for itself: where it fails, its other rows say that nothing was measured, and those of the others stand. */
interface Part {
  readonly name: string;
  readonly figures: AsyncIterable<Figures>;
}

/** The run as a whole. */
interface Run {
  readonly plan: Plan;
  readonly say: Say;
  /** Told what must be closed where the run is stopped. */
  readonly opened: (bench: Workbench) => void;
  /** Then no other part begins. */
  readonly stopped: AbortSignal;
}

/**
 * Everything that has a target, in one go and in one table.
 *
 * @returns false: a part failed
 */
export async function measureTable(run: Run): Promise<boolean> {
  const { plan, say } = run;
  const beganMs = performance.now();
  const parts: readonly Part[] = [
    { name: 'starts', figures: onWorkbench(run, starts, { nodeRed: plan.nodeRed }) },
    { name: '202', figures: onWorkbench(run, accepted) },
    { name: 'bulk and backlog', figures: onWorkbench(run, atOnce) },
    { name: 'portals and cold starts', figures: onServer(say) },
    { name: 'lists', figures: only(listFigures) },
  ];
  const all: Figures = {};
  const failed: string[] = [];
  for (const { name, figures } of parts) {
    if (run.stopped.aborted) break;
    try {
      for await (const some of figures) Object.assign(all, some);
    } catch (error) {
      failed.push(`${name}: ${String(error)}`);
    }
  }
  say(`\n${wantedReport(all)}\n`);
  for (const one of failed) say(`FAILED, with what was to come after it in that part: ${one}`);
  const minutes = shown((performance.now() - beganMs) / 60_000, 1);
  say(`In ${minutes} minutes; ${plan.rounds} rounds of ${plan.seconds} s.`);
  return failed.length === 0;
}

/** Each part has a workbench of its own, so that none finds what another left behind. */
async function* onWorkbench(
  run: Run,
  measure: (bench: Workbench, run: Run) => AsyncGenerator<Figures>,
  extras: Extras = {},
): AsyncGenerator<Figures> {
  const bench = await openWorkbench(extras);
  run.opened(bench);
  try {
    yield* measure(bench, run);
  } finally {
    await bench.close();
  }
}

async function* starts(bench: Workbench, { plan, say }: Run): AsyncGenerator<Figures> {
  say(`${conditions(bench)}\n`);
  const gateway = targetOf(bench, 'gateway');
  const others = bench.targets.filter((target) => target !== gateway);
  await warmUp(bench, others, plan);
  const idle = gateway.stores && (await residentMiB(gateway.stores.pid));
  yield { idleMemory: { figure: idle, told: `${shown(idle, 0)} MiB` } };
  await warmUp(bench, [gateway], plan);
  const rounds = await startRounds(bench, plan, say);
  say(`\n${report(rounds)}\n\n${disturbance(rounds)}\n`);
  yield startFigures(rounds);
}

async function* accepted(bench: Workbench, { plan, say }: Run): AsyncGenerator<Figures> {
  await warmUp(bench, [targetOf(bench, 'limit'), targetOf(bench, 'gateway')], plan);
  const rounds: (readonly [Queued, Queued])[] = [];
  for (let number = 0; number < plan.rounds; number += 1) {
    const round = await acceptedRound(bench, plan, number);
    for (const one of round) say(queuedLine(one));
    rounds.push(round);
  }
  yield acceptedFigures(rounds);
}

async function* atOnce(bench: Workbench, { plan, say }: Run): AsyncGenerator<Figures> {
  await warmUp(bench, [targetOf(bench, 'gateway')], plan);
  const bulks: Queued[] = [];
  for (let number = 0; number < plan.rounds; number += 1) {
    const bulk = await bulkRound(bench, plan);
    say(queuedLine(bulk));
    bulks.push(bulk);
  }
  yield bulkFigures(bulks);
  const drained = await backlogRound(bench, plan);
  say(`${line(drained.own)}\n${queuedLine(drained.backlog)}`);
  yield backlogFigures(drained);
}

async function* onServer(say: Say): AsyncGenerator<Figures> {
  const closing = new Closing(new PinoLog('warn'));
  try {
    const { url } = await durableServer(closing);
    say('Now a limited portal, sessions and cold starts, about a minute.');
    yield await limitedPortalFigures(url);
    yield await sessionFigures(url);
    yield await coldStartFigures(url);
  } finally {
    await closing.closeAll();
  }
}

async function* only(measure: () => Promise<Figures>): AsyncGenerator<Figures> {
  yield await measure();
}
