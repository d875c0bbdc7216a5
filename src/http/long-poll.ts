import type { Process } from '../processes/process.js';
import { categoryOf } from '../processes/process-state.js';
import type { ProcessWatch } from '../processes/process-watch.js';
import { longestWaitSeconds } from './prefer.js';
import type { ProcessOptions } from './process-options.js';

/** What a caller waits for: since when by the monotonic clock, and until they go away. */
export interface Wish extends Pick<ProcessOptions, 'wait' | 'revision' | 'until'> {
  readonly askedAtMs: number;
  readonly signal: AbortSignal;
}

/** The process as its caller waits for it, or as it stands when the wait is over; at once where nothing is waited for. */
export async function held(
  watch: ProcessWatch,
  process: Process,
  { wait, revision, until, askedAtMs, signal }: Wish,
): Promise<Process> {
  if (wait === undefined) return process;
  const untilMs = askedAtMs + Math.min(wait, longestWaitSeconds) * 1000;
  const isAwaited = (now: Process): boolean =>
    until === 'closed' ? categoryOf[now.state] === 'closed' : now.revision !== revision;
  return watch.until(process, isAwaited, { untilMs, signal });
}
