import type { Call } from '../platform.js';
import type { Observation, Run, RunRef, Started } from '../run.js';
import type { LogRow, ProcessLog } from './process-log.js';
import { statusById } from './status.js';

/** How runs stand by the process log, one request for all while none is missing; see `Platform.observe`. */
export async function observeRuns(
  log: ProcessLog,
  runs: readonly RunRef[],
  call: Call,
): Promise<ReadonlyMap<string, Observation>> {
  const ids = runs.map(({ nativeId }) => nativeId);
  const rows = await log.find(ids, call);
  return new Map(ids.map((id) => [id, observationOf(rows.get(id.toLowerCase()))]));
}

function observationOf(row: LogRow | undefined): Observation {
  return row ? { seen: true, ...runOf(row) } : { seen: false };
}

/** How a run stands by its row of the log. */
export function runOf(row: LogRow): Run {
  const status = statusById(row.StatusId);
  const state = status?.run ?? 'running';
  return {
    state,
    nativeState: status?.name ?? null,
    // The log keeps no parameter values.
    result: null,
    failure:
      state === 'failed' ? { code: 'Error', message: reasonIn(row) || 'The process ended with an error.' } : null,
  };
}

/**
 * A start that failed at once, with the reason from its row of the log: the answer itself has a general sentence.
 *
 * Source: clio, "runprocess-hides-an-element-exception-behind-a-generic-message", measured (the row is there by then).
 */
export async function withReason(started: Started, log: ProcessLog, call: Call): Promise<Started> {
  const { nativeId, failure } = started;
  if (nativeId === null || failure === null) return started;
  try {
    const row = (await log.glance([nativeId], call)).get(nativeId.toLowerCase());
    const reason = row && reasonIn(row);
    return reason ? { ...started, failure: { ...failure, message: reason } } : started;
  } catch {
    // It ran and failed: nothing that a read meets changes that.
    return started;
  }
}

/** The first line of what the log says of a failure; the others are a stack trace. */
function reasonIn({ ErrorDescription }: LogRow): string {
  return (ErrorDescription?.trim().split(/\r?\n/)[0] ?? '').slice(0, 500);
}
