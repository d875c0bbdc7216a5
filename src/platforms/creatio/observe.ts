import { Refused } from '../platform.errors.js';
import type { Call } from '../platform.js';
import type { Observation, Run, RunRef } from '../run.js';
import { processEngine, type CreatioClient } from './creatio.client.js';
import { odataPath, readRows } from './odata.js';
import { doubtOf, nativeFault, unreadable } from './creatio.refusals.js';
import { statusById } from './status.js';
import { isGuid } from './encoders.js';
import { OperationAnswer, parsed, ProcessLogRow } from './creatio.wire.js';
import type { z } from 'zod';

/** Each id takes 45 characters of a URL, which IIS limits to 2,048 in the query by default. */
export const observeAtOnce = 20;

/** How runs stand by the process log, one request for all; see `Platform.observe`. */
export async function observeRuns(
  client: CreatioClient,
  runs: readonly RunRef[],
  call: Call,
): Promise<ReadonlyMap<string, Observation>> {
  // A run that was adopted by hand may have any id; one that is no key cannot be in the log.
  const ids = runs.map(({ nativeId }) => nativeId).filter(isGuid);
  const filter = ids.map((id) => `Id eq ${id}`).join(' or ');
  const path = odataPath('SysProcessLog', { select: ['Id', 'StatusId', 'ErrorDescription'], filter });
  const rows = ids.length === 0 ? [] : await readRows(client, path, ProcessLogRow, call);
  const byId = new Map(rows.map((row) => [row.Id.toLowerCase(), row]));
  return new Map(runs.map(({ nativeId }) => [nativeId, observationOf(byId.get(nativeId.toLowerCase()))]));
}

function observationOf(row: z.infer<typeof ProcessLogRow> | undefined): Observation {
  return row ? { seen: true, ...runOf(row) } : { seen: false };
}

/** How a run stands by its row of the log. */
export function runOf(row: z.infer<typeof ProcessLogRow>): Run {
  const status = statusById(row.StatusId);
  const state = status?.run ?? 'running';
  const reason = row.ErrorDescription?.trim().split(/\r?\n/)[0] ?? '';
  return {
    state,
    nativeState: status?.name ?? null,
    // The log keeps no parameter values.
    result: null,
    failure:
      state === 'failed'
        ? { code: 'Error', message: reason.slice(0, 500) || 'The process ended with an error.' }
        : null,
  };
}

/**
 * Orders a run to stop; it is cancelling then, and the log tells when it is done. The answer says nothing of the run: an
 * unknown or finished one looks the same.
 *
 * @throws Refused  a parsed refusal
 * @throws InDoubt  no verdict
 * Source: the vendor's browser scripts (CancelExecution); the empty answer is inferred.
 */
export async function cancelRun(client: CreatioClient, { nativeId }: RunRef, call: Call): Promise<'terminating'> {
  if (!isGuid(nativeId)) throw new Refused('not_found', 'This is no id of a run');
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
  return 'terminating';
}
