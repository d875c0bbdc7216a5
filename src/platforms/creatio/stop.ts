import { Busy, Refused } from '../platform.errors.js';
import type { Call } from '../platform.js';
import type { RunRef, RunState } from '../run.js';
import { processEngine, type CreatioClient } from './creatio.client.js';
import { doubtOf, nativeFault, unreadable } from './creatio.refusals.js';
import { OperationAnswer, parsed } from './creatio.wire.js';
import { isGuid } from './encoders.js';
import { runOf } from './observe.js';
import type { ProcessLog } from './process-log.js';

/**
 * Orders a run to stop. The answer says nothing of the run, an unknown or finished one looks the same, so its row of the
 * log is read before and after: what has ended is not stopped, and what has stopped at once is told so.
 *
 * @throws Refused('not_found')  it had ended before
 * @throws Refused               a parsed refusal
 * @throws InDoubt               no verdict
 * Source: the vendor's browser scripts (CancelExecution); the empty answer is inferred.
 */
export async function cancelRun(
  { client, log }: { readonly client: CreatioClient; readonly log: ProcessLog },
  { nativeId }: RunRef,
  call: Call,
): Promise<'terminated' | 'terminating'> {
  if (!isGuid(nativeId)) throw new Refused('not_found', 'This is no id of a run');
  const before = await stateBefore(log, nativeId, call);
  if (before === 'ended') throw new Refused('not_found', 'The run has ended already');
  const body = JSON.stringify({ processDataIds: nativeId });
  const path = `${processEngine}/CancelExecution`;
  const answer = await client.send({ purpose: 'command', method: 'POST', path, body }, call);
  const verdict = parsed(OperationAnswer, answer.body);
  if (verdict?.success === false) {
    const doubt = doubtOf(verdict.errorInfo, answer);
    if (doubt) throw doubt;
    const { errorCode = null, message = null } = verdict.errorInfo ?? {};
    throw new Refused('rejected', 'The instance does not stop this run', nativeFault(answer, errorCode, message));
  }
  const isVoid = answer.body.trim() === '' || verdict?.success === true;
  if (answer.status < 200 || answer.status > 299 || !isVoid) throw unreadable('The stop', answer);
  return stateAfter(log, nativeId, call);
}

/** A row that is missing, or cannot be read now, proves nothing: the stop is sent then. @throws Busy  sign in first */
async function stateBefore(log: ProcessLog, nativeId: string, call: Call): Promise<'ended' | 'may-run'> {
  try {
    const state = await stateIn(log, nativeId, call);
    return state === null || state === 'running' || state === 'terminating' ? 'may-run' : 'ended';
  } catch (error) {
    if (error instanceof Busy && error.because !== 'portal_closed') throw error;
    return 'may-run';
  }
}

/** The stop is accepted by now; whatever this look meets, the next one tells more. */
async function stateAfter(log: ProcessLog, nativeId: string, call: Call): Promise<'terminated' | 'terminating'> {
  try {
    return (await stateIn(log, nativeId, call)) === 'terminated' ? 'terminated' : 'terminating';
  } catch {
    return 'terminating';
  }
}

async function stateIn(log: ProcessLog, nativeId: string, call: Call): Promise<RunState | null> {
  const row = (await log.glance([nativeId], call)).get(nativeId.toLowerCase());
  return row ? runOf(row).state : null;
}
