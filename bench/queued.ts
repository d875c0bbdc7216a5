import { setTimeout as passed } from 'node:timers/promises';
import type { StoredRuns } from './bench-postgres.js';
import { shown } from './figures.js';
import type { ProfileWindow } from './profile.js';
import { difference, RoundDisagrees, used, type Used } from './round.js';
import { startOf } from './start.js';
import type { Target, Workbench } from './workbench.js';

const lookEveryMs = 20;
const mostStillMs = 60_000;
/** Starts of a bulk and of a backlog have numbers, and so keys, of their own. */
const firstNumber = 1_000_000_000;
const mostInOne = 10_000;

let next = firstNumber;

/** Starts that wait for nothing, as they were accepted and as they were finished. */
export interface Queued {
  readonly target: Target['name'];
  readonly starts: number;
  readonly acceptedPerSecond: number;
  /** From the first that may go to the last verdict. */
  readonly finishedPerSecond: number;
  readonly accepting: Used;
  readonly finishing: Used;
  /** When they were accepted, and when they were finished, for a look into a profile. */
  readonly accept: ProfileWindow;
  readonly drain: ProfileWindow;
}

/** Callers that ask for 202, and then whatever of it is still to be done. */
export async function accepted(
  bench: Workbench,
  target: Target,
  load: { readonly callers: number; readonly seconds: number },
): Promise<Queued> {
  return queued(bench, target, { isHeld: false }, async () => {
    const driven = await bench.drive({ url: target.url, speaks: 'accepts', ...load });
    if (driven.others > 0) throw new RoundDisagrees(`${target.name}: ${driven.firstOther}`);
    return driven.started;
  });
}

/** Many starts in one request at a time; with `isHeld` nothing of them goes out before the last is accepted. */
export async function bulks(
  bench: Workbench,
  target: Target,
  { starts, isHeld }: { readonly starts: number; readonly isHeld: boolean },
): Promise<Queued> {
  const bodies = Array.from({ length: Math.ceil(starts / mostInOne) }, (_, index) =>
    linesOf(Math.min(mostInOne, starts - index * mostInOne)),
  );
  return queued(bench, target, { isHeld }, async () => {
    for (const body of bodies) await bulk(target, body);
    return starts;
  });
}

async function queued(
  bench: Workbench,
  target: Target,
  { isHeld }: { readonly isHeld: boolean },
  accept: () => Promise<number>,
): Promise<Queued> {
  await bench.settle();
  await bench.executed();
  const before = await target.stores?.runs();
  if (isHeld) await command(target, 'pause');
  const [began, fromMs] = [await used(bench, target), nowMs()];
  const starts = await accept();
  const [between, acceptedMs] = [await used(bench, target), nowMs()];
  if (isHeld) await command(target, 'resume');
  const stored = await finished(bench, target, starts);
  const [after, doneMs] = [await used(bench, target), nowMs()];
  agree(target, starts, { ...(await bench.executed()), before, stored });
  return {
    target: target.name,
    starts,
    acceptedPerSecond: (starts / (acceptedMs - fromMs)) * 1000,
    finishedPerSecond: (starts / (doneMs - (isHeld ? acceptedMs : fromMs))) * 1000,
    accepting: difference(began, between),
    finishing: difference(between, after),
    accept: { fromMs, toMs: acceptedMs, starts },
    drain: { fromMs: acceptedMs, toMs: doneMs, starts },
  };
}

/**
 * Waits until the platform has executed them all and the target has stored that they run.
 *
 * @throws RoundDisagrees  where nothing more happens for a minute
 */
async function finished(bench: Workbench, target: Target, starts: number): Promise<StoredRuns | undefined> {
  let [seen, sinceMs] = [0, nowMs()];
  for (;;) {
    const { runs } = await bench.seen();
    const stored = runs < starts ? undefined : await target.stores?.runs();
    const done = runs + (stored?.running ?? 0);
    if (runs >= starts && (!target.stores || stored?.running === stored?.all)) return stored;
    if (done > seen) [seen, sinceMs] = [done, nowMs()];
    if (nowMs() - sinceMs > mostStillMs) {
      throw new RoundDisagrees(`${target.name}: of ${starts} ${runs} executed and ${stored?.running} running, no more`);
    }
    await passed(lookEveryMs);
  }
}

/** One round in a line. */
export function queuedLine(one: Queued): string {
  const cpu = ({ target, postgres }: Used): string =>
    `${perThousand(target, one.starts)} + ${perThousand(postgres, one.starts)}`;
  return [
    one.target.padEnd(13),
    `${shown(one.starts, 0).padStart(7)} starts`,
    `accepted ${shown(one.acceptedPerSecond, 0).padStart(6)}/s (CPU s / 1,000: ${cpu(one.accepting)})`,
    `finished ${shown(one.finishedPerSecond, 0).padStart(6)}/s (afterwards ${cpu(one.finishing)})`,
    `others took ${shown((((one.accepting.others ?? 0) + (one.finishing.others ?? 0)) / ((one.drain.toMs ?? 0) - one.accept.fromMs)) * 1000, 2)} cores`,
  ].join('  ');
}

function perThousand(seconds: number | null, starts: number): string {
  return shown(seconds === null ? null : (seconds / starts) * 1000, 2);
}

function agree(
  { name }: Target,
  starts: number,
  seen: { runs: number; repeated: number; before: StoredRuns | undefined; stored: StoredRuns | undefined },
): void {
  const { runs, repeated, before, stored } = seen;
  const all = (stored?.all ?? 0) - (before?.all ?? 0);
  if (runs === starts && repeated === 0 && all === starts) return;
  throw new RoundDisagrees(`${name}: accepted ${starts}, executed ${runs} (${repeated} of them twice), stored ${all}`);
}

function linesOf(starts: number): string {
  return Array.from({ length: starts }, () => {
    next += 1;
    return `${JSON.stringify({ idempotencyKey: `bench-${next}`, ...startOf(next) })}\n`;
  }).join('');
}

async function bulk({ name, url }: Target, body: string): Promise<void> {
  const headers = { 'content-type': 'application/x-ndjson' };
  const answer = await fetch(`${url}/v1/processes/bulk`, { method: 'POST', headers, body });
  const text = await answer.text();
  const accepted = text.split('"status":202').length - 1;
  const sent = body.split('\n').length - 1;
  if (answer.status !== 202 || accepted !== sent) {
    throw new RoundDisagrees(`${name}: ${accepted} of ${sent} accepted, ${answer.status} ${text.slice(0, 300)}`);
  }
}

async function command({ url }: Target, word: 'pause' | 'resume'): Promise<void> {
  const answer = await fetch(`${url}/v1/connections/bench/${word}`, { method: 'POST' });
  if (!answer.ok) throw new Error(`${word} answered ${answer.status}: ${await answer.text()}`);
}

function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
