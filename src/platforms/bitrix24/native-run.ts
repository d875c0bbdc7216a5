import { z } from 'zod';
import { InDoubt, Refused, type PlatformError } from '../platform.errors.js';
import type { Call } from '../platform.js';
import type { NativeRunName, NativeRunSight } from '../native-run.js';
import { readTogether, type Outcome } from './batch.js';
import type { Bitrix24Client } from './bitrix24.client.js';
import { runFields, runOf, RunRow } from './native-run-row.js';
import { documentRead, signing, signingRunOf } from './signing.js';
import { running } from './workflows.js';

/** Found, not there (`null`), or nobody can tell. */
type Look = NativeRunSight | PlatformError | null;

/**
 * One run by its name, in one request: a workflow that runs now, or a document for signature. A workflow that has ended is
 * not shown any more.
 *
 * @param signs  whether this connection may read documents for signature
 * @throws PlatformError  what stood in the way, where neither is found
 */
export async function readRun(
  client: Bitrix24Client,
  { nativeId, definition, signs }: NativeRunName & { readonly signs: boolean },
  call: Call,
): Promise<NativeRunSight | null> {
  const asWorkflow = definition !== signing;
  const asDocument = signs && (definition === null || definition === signing);
  const listed = {
    method: 'bizproc.workflow.instances',
    params: { SELECT: runFields, FILTER: { ID: nativeId }, start: -1 },
  };
  const reads = [...(asWorkflow ? [listed] : []), ...(asDocument ? [documentRead(nativeId)] : [])];
  if (reads.length === 0) return null;
  const { outcomes, clockAheadMs } = await readTogether(client, reads, call);
  const looks: readonly Look[] = [
    ...(asWorkflow ? [workflowIn(outcomes[0], nativeId, clockAheadMs)] : []),
    ...(asDocument ? [documentIn(outcomes.at(-1), nativeId, asWorkflow)] : []),
  ];
  const found = looks.find((look) => look !== null && !(look instanceof Error));
  if (found && !(found instanceof Error)) return found;
  const error = looks.find((look) => look instanceof Error);
  if (error) throw error;
  return null;
}

function workflowIn(outcome: Outcome | undefined, nativeId: string, aheadMs: number | null): Look {
  if (!outcome) return unsaid();
  if ('error' in outcome) return outcome.error;
  const rows = z.array(RunRow).safeParse(outcome.result);
  if (!rows.success) return new InDoubt('The list of runs cannot be read.', null, { cause: rows.error });
  const row = rows.data.find(({ ID }) => isSameName(ID, nativeId));
  // By a clock that nobody could compare it began at no time that is known.
  const untimed = aheadMs === null ? { startedAt: null } : {};
  if (row) return { run: { ...runOf(row, aheadMs ?? 0), ...untimed }, standing: running };
  return rows.data.length > 0 ? new InDoubt('The portal ignored the filter of its list of runs.') : null;
}

/**
 * Of a document that it does not know the portal says so without a code; with a uid given, its other codeless failure is that
 * the module is not there. Source: the error table of api-reference/sign/b2e/sign-b2e-document-get.md
 */
function documentIn(outcome: Outcome | undefined, uid: string, mayBeWorkflow: boolean): Look {
  if (!outcome) return unsaid();
  if ('error' in outcome) {
    const { error } = outcome;
    const isUnknown = error instanceof InDoubt && error.native?.code === '';
    // An application that may not sign can have workflows all the same.
    return isUnknown || (mayBeWorkflow && error instanceof Refused) ? null : error;
  }
  const told = signingRunOf(outcome.result);
  if (!told || !isSameName(told.uid, uid)) {
    return new InDoubt('The portal answers with another document than the one asked for.');
  }
  const run = { nativeId: told.uid, definition: signing, subject: null, startedAt: null, startedBy: null };
  return { run, standing: told.run };
}

/** Databases of portals compare texts without regard to letters and to spaces at the end; the portal's own spelling counts. */
function isSameName(told: string, asked: string): boolean {
  return told.toLowerCase() === asked.trimEnd().toLowerCase();
}

function unsaid(): InDoubt {
  return new InDoubt('The portal says nothing of this run.');
}
