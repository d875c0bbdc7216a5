import { InDoubt, type PlatformError } from '../platform.errors.js';
import type { Call } from '../platform.js';
import type { Observation, RunRef } from '../run.js';
import { readTogether, type Outcome } from './batch.js';
import type { Bitrix24Client, PortalCall } from './bitrix24.client.js';
import { InstanceRows } from './bitrix24.wire.js';
import { documentRead, signing, signingRunOf } from './signing.js';
import { running } from './workflows.js';

/**
 * How many runs stand, in one batch. A run whose read failed is left out of the map: nothing was learnt of it, and that
 * is not its absence.
 *
 * @throws PlatformError  where nothing at all was learnt: what stood in the way of the first run
 */
export async function observeRuns(
  client: Bitrix24Client,
  runs: readonly RunRef[],
  call: Call,
): Promise<ReadonlyMap<string, Observation>> {
  if (runs.length === 0) return new Map();
  const { outcomes } = await readTogether(client, runs.map(readOf), call);
  const seen = new Map<string, Observation>();
  const failures: PlatformError[] = [];
  for (const [index, run] of runs.entries()) {
    const observation = observationOf(run, outcomes[index]);
    if (observation instanceof Error) failures.push(observation);
    else seen.set(run.nativeId, observation);
  }
  const [first] = failures;
  if (seen.size === 0 && first) throw first;
  return seen;
}

function readOf({ nativeId, definition, options }: RunRef): Omit<PortalCall, 'asked'> {
  if (definition === signing) return documentRead(nativeId, options);
  return { method: 'bizproc.workflow.instances', params: { SELECT: ['ID'], FILTER: { ID: nativeId } } };
}

function observationOf({ nativeId, definition }: RunRef, outcome: Outcome | undefined): Observation | PlatformError {
  if (!outcome) return new InDoubt('The portal says nothing of this run.');
  if ('error' in outcome) return outcome.error;
  return definition === signing ? documentSeen(nativeId, outcome.result) : workflowSeen(nativeId, outcome.result);
}

function documentSeen(uid: string, result: unknown): Observation | PlatformError {
  const told = signingRunOf(result);
  if (told?.uid !== uid) return new InDoubt('The portal answers with another document than the one asked for.');
  return { seen: true, ...told.run };
}

function workflowSeen(nativeId: string, result: unknown): Observation | PlatformError {
  const rows = InstanceRows.safeParse(result);
  if (!rows.success) return new InDoubt('The list of runs cannot be read.', null, { cause: rows.error });
  if (rows.data.some(({ ID }) => ID === nativeId)) return { seen: true, ...running };
  // A filter that the portal does not know is dropped without a word (observed): other runs are no proof of absence.
  if (rows.data.length > 0) return new InDoubt('The portal ignored the filter of its list of runs.');
  return { seen: false };
}
