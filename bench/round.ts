import type { Driven } from './driver.js';
import { busySeconds, cpuSecondsOf, residentMiB } from './usage.js';
import type { Target, TargetName, Workbench } from './workbench.js';

/** What one round with one target showed. A figure that this system does not tell is `null`. */
export interface Round {
  readonly target: TargetName;
  readonly callers: number;
  readonly starts: number;
  readonly startsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU seconds for 1,000 starts. */
  readonly targetCpu: number | null;
  readonly postgresCpu: number | null;
  readonly residentMiB: number | null;
  /** CPU seconds a second that processes which are not ours took meanwhile. */
  readonly othersCpu: number | null;
}

/** Executed, answered and stored are not the same: the figures of such a round mean nothing. */
export class RoundDisagrees extends Error {
  override readonly name = 'RoundDisagrees';
}

/**
 * Loads one target with that many callers and compares three judges: the platform, the callers and the rows.
 *
 * @throws RoundDisagrees
 */
export async function measure(
  bench: Workbench,
  target: Target,
  { callers, seconds }: { readonly callers: number; readonly seconds: number },
): Promise<Round> {
  await bench.settle();
  await bench.executed();
  const [storedBefore, before] = [await target.stores?.runs(), await used(bench, target)];
  const driven = await bench.drive({ url: target.url, speaks: target.speaks, callers, seconds });
  const after = await used(bench, target);
  const memory = target.stores && (await residentMiB(target.stores.pid));
  const storedAfter = await target.stores?.runs();
  const { runs, repeated } = await bench.executed();
  const stored = storedBefore &&
    storedAfter && {
      running: storedAfter.running - storedBefore.running,
      all: storedAfter.all - storedBefore.all,
    };
  agree(target, driven, { executed: runs, repeated, running: stored?.running, all: stored?.all });
  const per1000 = (cpu: number | null): number | null => cpu && (cpu / driven.started) * 1000;
  const spent = difference(before, after);
  return {
    target: target.name,
    callers,
    starts: driven.started,
    startsPerSecond: driven.started / driven.seconds,
    p50Ms: driven.p50Ms,
    p99Ms: driven.p99Ms,
    targetCpu: per1000(spent.target),
    postgresCpu: target.stores && per1000(spent.postgres),
    residentMiB: memory,
    othersCpu: spent.others && Math.max(0, spent.others) / driven.seconds,
  };
}

function agree(
  { name }: Target,
  { started, others, firstOther }: Driven,
  seen: { executed: number; repeated: number; running: number | undefined; all: number | undefined },
): void {
  const { executed, repeated, running = started, all = started } = seen;
  if (others === 0 && repeated === 0 && executed === started && running === started && all === started) return;
  throw new RoundDisagrees(
    `${name}: executed ${executed} (${repeated} of them twice), answered ${started} (and ${others} otherwise` +
      `${firstOther === null ? '' : `, first ${firstOther}`}), stored ${all}, running ${running}`,
  );
}

export interface Used {
  readonly target: number | null;
  readonly postgres: number | null;
  /** Of everything that is not ours. */
  readonly others: number | null;
}

export async function used({ pids }: Workbench, { stores }: Target): Promise<Used> {
  const [busy, platform, driver, postgres, target] = await Promise.all([
    busySeconds(),
    cpuSecondsOf(pids.platform),
    cpuSecondsOf(pids.driver),
    pids.postgres === null ? null : cpuSecondsOf(pids.postgres, { children: true }),
    stores && cpuSecondsOf(stores.pid),
  ]);
  const ours = (platform ?? 0) + (driver ?? 0) + (postgres ?? 0) + (target ?? 0);
  return { target, postgres, others: busy && busy - ours };
}

export function difference(before: Used, after: Used): Used {
  return {
    target: minus(after.target, before.target),
    postgres: minus(after.postgres, before.postgres),
    others: minus(after.others, before.others),
  };
}

function minus(later: number | null, earlier: number | null): number | null {
  return later === null || earlier === null ? null : later - earlier;
}
