import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shown, table } from './figures.js';

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  /** Microseconds of the monotonic clock. */
  readonly startTime: number;
  /** The node that ran at each sample, and the microseconds since the one before. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

type Frame = CpuProfile['nodes'][number]['callFrame'];

/** What of a profile is looked at: milliseconds of the monotonic clock, and how many starts they hold. */
export interface ProfileWindow {
  readonly fromMs: number;
  /** Absent: to its end. */
  readonly toMs?: number;
  readonly starts: number;
}

/** Where the gateway's own time went, by place and by function: self time, without what waited. */
export async function profileReport(directory: string, window: ProfileWindow): Promise<string> {
  const name = (await readdir(directory)).find((file) => file.endsWith('.cpuprofile'));
  if (name === undefined) throw new Error(`No profile in ${directory}`);
  const profile = JSON.parse(await readFile(join(directory, name), 'utf8')) as CpuProfile;
  const spent = selfTimes(profile, window);
  const perStart = (microseconds: number): string => shown(microseconds / window.starts, 0);
  const total = [...spent.values()].reduce((sum, one) => sum + one, 0);
  const top = (nameOf: (frame: Frame) => string, rows: number): string => {
    const sums = new Map<string, number>();
    for (const [frame, one] of spent) sums.set(nameOf(frame), (sums.get(nameOf(frame)) ?? 0) + one);
    const largest = [...sums].toSorted(([, one], [, other]) => other - one).slice(0, rows);
    return table(
      ['where', 'µs / start', 'share'],
      largest.map(([where, one]) => [where, perStart(one), `${shown((one / total) * 100, 1)} %`]),
    );
  };
  return [
    `The main thread was busy for ${perStart(total)} µs a start.`,
    top(placeOf, 25),
    top(
      ({ functionName, url, lineNumber }) => `${functionName || '(anonymous)'} ${shortened(url)}:${lineNumber + 1}`,
      40,
    ),
  ].join('\n\n');
}

function selfTimes({ nodes, samples, timeDeltas, startTime }: CpuProfile, window: ProfileWindow): Map<Frame, number> {
  const { fromMs, toMs = Infinity } = window;
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const spent = new Map<Frame, number>();
  let at = startTime;
  for (const [index, id] of samples.entries()) {
    const delta = timeDeltas[index] ?? 0;
    at += delta;
    const frame = frames.get(id);
    if (!frame || at < fromMs * 1000 || at > toMs * 1000 || frame.functionName === '(idle)') continue;
    spent.set(frame, (spent.get(frame) ?? 0) + delta);
  }
  return spent;
}

/** A package, a directory of ours, a module of Node's, or what V8 names in brackets. */
function placeOf({ functionName, url }: Frame): string {
  if (url === '') return functionName.startsWith('(') ? functionName : '(native)';
  if (url.startsWith('node:')) return url;
  const short = shortened(url);
  const [, packageName] = /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(short) ?? [];
  return packageName ?? short.replace(/\/[^/]+$/, '');
}

function shortened(url: string): string {
  if (!url.startsWith('file:')) return url;
  const path = relative(process.cwd(), fileURLToPath(url));
  return path.slice(Math.max(0, path.indexOf('node_modules/')));
}
