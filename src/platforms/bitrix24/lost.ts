import { z } from 'zod';
import { InDoubt, Refused } from '../platform.errors.js';
import type { Call } from '../platform.js';
import type { Candidate, LostLook, LostSpan, StartOrder } from '../run.js';
import { readTogether, type Outcome } from './batch.js';
import type { Bitrix24Client, PortalCall } from './bitrix24.client.js';
import { InstanceFullRow, Profile, TaskRow, type LostRow } from './bitrix24.wire.js';
import { isSameDocument, tripleOf, type Triple } from './subjects.js';
import { running } from './workflows.js';

/** What STARTED loses by its whole seconds, and the two clocks by being compared, in milliseconds. */
const toleranceMs = 2000;

const rowsPerPage = 50;
/** Pages that one look reads of each list. What is newest comes first, so older runs do not count. */
const pages = 2;

/** What a look for one start compares. */
export interface LostStart {
  readonly order: StartOrder;
  readonly span: LostSpan;
  /** The id that we chose for the run; `null`: none was sent. */
  readonly chosenId: string | null;
  /** The user whose webhook this is; `null`: an application, whose user is asked for. */
  readonly userId: string | null;
}

/**
 * The runs of a template on a document that our user started in a span: those that are listed as running, and those that
 * a task still tells of, which in the cloud is so for about a day after the run has ended. One request.
 *
 * @throws InDoubt  a list cannot be read, or has more runs than one look reads: whether one is alone cannot be told
 * @see b24restdocs api-reference/bizproc/bizproc-workflow-instances.md, bizproc-task/bizproc-task-list.md
 */
export async function findLostWorkflow(client: Bitrix24Client, lost: LostStart, call: Call): Promise<LostLook> {
  const { order, userId } = lost;
  const triple = order.subject ? tripleOf(order.subject) : null;
  if (!triple) return { candidates: [], clockAheadMs: null };
  const reads = [...listing(order.definition, triple), ...(userId === null ? [{ method: 'profile', params: {} }] : [])];
  const { outcomes, clockAheadMs } = await readTogether(client, reads, call);
  const user = userId ?? userIn(outcomes[2 * pages]);
  const since = lost.span.from.getTime() - toleranceMs + (clockAheadMs ?? 0);
  const listed = rowsIn(outcomes.slice(0, pages), InstanceFullRow, since);
  const tasks = rowsIn(unlessForbidden(outcomes.slice(pages, 2 * pages)), TaskRow, since);
  const seen = new Map([...tasks, ...listed].map((row) => [row.nativeId, row]));
  const isRunning = new Set(listed.map(({ nativeId }) => nativeId));
  const candidates = [...seen.values()]
    .filter((row) => row.templateId === order.definition && isSameDocument(row.document, triple))
    .flatMap((row) => candidateOf(row, { ...lost, userId: user }, clockAheadMs ?? 0))
    .map((one) => (isRunning.has(one.nativeId) ? { ...one, run: running } : one));
  return { candidates: candidates.toSorted(byLikelihood(lost)), clockAheadMs };
}

function listing(templateId: string, [module, entity, id]: Triple): Omit<PortalCall, 'asked'>[] {
  const document = { MODULE_ID: module, ENTITY: entity, DOCUMENT_ID: id };
  const starts = Array.from({ length: pages }, (_, page) => page * rowsPerPage);
  return [
    ...starts.map((start) => ({
      method: 'bizproc.workflow.instances',
      params: {
        SELECT: ['ID', 'MODULE_ID', 'ENTITY', 'DOCUMENT_ID', 'STARTED', 'STARTED_BY', 'TEMPLATE_ID'],
        FILTER: { TEMPLATE_ID: templateId, ...document },
        ORDER: { STARTED: 'DESC' },
        start,
      },
    })),
    ...starts.map((start) => ({
      method: 'bizproc.task.list',
      params: {
        SELECT: [
          'ID',
          'WORKFLOW_ID',
          'MODULE_ID',
          'ENTITY',
          'DOCUMENT_ID',
          'WORKFLOW_STARTED',
          'WORKFLOW_STARTED_BY',
          'WORKFLOW_TEMPLATE_ID',
        ],
        FILTER: { WORKFLOW_TEMPLATE_ID: templateId, ...document },
        ORDER: { WORKFLOW_STARTED: 'DESC' },
        start,
      },
    })),
  ];
}

// Tasks only add to what the list of runs tells, and a user may be refused them alone.
function unlessForbidden(outcomes: readonly Outcome[]): readonly Outcome[] {
  const forbidden = outcomes.every((outcome) => 'error' in outcome && outcome.error instanceof Refused);
  return forbidden ? [] : outcomes;
}

/** The rows of one list's pages. @throws what stood in the way of a page, or InDoubt where the pages do not reach back to `since` */
function rowsIn(outcomes: readonly Outcome[], schema: z.ZodType<LostRow>, sinceMs: number): readonly LostRow[] {
  const read: LostRow[] = [];
  for (const outcome of outcomes) {
    if ('error' in outcome) throw outcome.error;
    const rows = z.array(schema).safeParse(outcome.result);
    if (!rows.success) throw new InDoubt('The list of runs cannot be read.', null, { cause: rows.error });
    read.push(...rows.data);
    if (rows.data.length < rowsPerPage) return read;
  }
  // Full to the last page: whatever is not read must be older, which holds only where the order asked for was kept.
  const isOrdered = read.every(
    ({ startedAtMs }, index) => startedAtMs <= (read[index - 1]?.startedAtMs ?? startedAtMs),
  );
  const reachesBack = (read.at(-1)?.startedAtMs ?? 0) < sinceMs;
  if (outcomes.length > 0 && !(isOrdered && reachesBack)) {
    throw new InDoubt('The portal lists more runs than one look can tell apart.');
  }
  return read;
}

function userIn(outcome: Outcome | undefined): string {
  if (outcome && 'error' in outcome) throw outcome.error;
  const profile = Profile.safeParse(outcome?.result);
  if (!profile.success) throw new InDoubt('The profile cannot be read.', null, { cause: profile.error });
  return profile.data.ID;
}

function candidateOf(row: LostRow, { span, chosenId, userId }: LostStart, aheadMs: number): Candidate[] {
  const startedAtMs = row.startedAtMs - aheadMs;
  const isOurs = row.nativeId === chosenId;
  const isInside = startedAtMs >= span.from.getTime() - toleranceMs && startedAtMs <= span.to.getTime() + toleranceMs;
  if (!isOurs && (row.startedBy !== userId || !isInside)) return [];
  const seconds = Math.round((startedAtMs - span.from.getTime()) / 1000);
  const reasons = [
    ...(isOurs ? ['its id is the one that we chose'] : []),
    'same template and document',
    ...(row.startedBy === userId ? [`started by our user, ${userId}`] : []),
    seconds < 0 ? `started ${-seconds} s before the request` : `started ${seconds} s after the request`,
    ...(row.fromTask ? ['known by a task in it'] : []),
  ];
  return [{ nativeId: row.nativeId, startedAt: new Date(startedAtMs), reasons, run: null }];
}

function byLikelihood(lost: LostStart): (one: Candidate, other: Candidate) => number {
  return (one, other) => distanceOf(one, lost) - distanceOf(other, lost);
}

/** How far a run began from the request; below zero where its id is the one that we chose. */
function distanceOf({ nativeId, startedAt }: Candidate, { chosenId, span }: LostStart): number {
  return nativeId === chosenId ? -1 : Math.abs((startedAt?.getTime() ?? 0) - span.from.getTime());
}
