import { z } from 'zod';
import type { NativeRun } from '../native-run.js';
import { readSubject, type Triple } from './subjects.js';

const text = z.union([z.string(), z.number()]).transform(String);

/**
 * A row of bizproc.workflow.instances as a list of runs reads it. STARTED stays as the portal wrote it, in whole seconds of
 * its own clock and zone, since the list goes on from there.
 *
 * Source: b24restdocs api-reference/bizproc/bizproc-workflow-instances.md
 */
export const RunRow = z.object({
  ID: z.string().min(1),
  MODULE_ID: z.string().nullish(),
  ENTITY: z.string().nullish(),
  DOCUMENT_ID: text.nullish(),
  STARTED: z.string().refine((moment) => !Number.isNaN(Date.parse(moment))),
  STARTED_BY: text.nullish(),
  TEMPLATE_ID: text,
});
export type RunRow = z.infer<typeof RunRow>;

/** The fields of such a row. */
export const runFields = ['ID', 'MODULE_ID', 'ENTITY', 'DOCUMENT_ID', 'STARTED', 'STARTED_BY', 'TEMPLATE_ID'];

/** The document of a row, as the portal names it. */
export function documentOf({ MODULE_ID, ENTITY, DOCUMENT_ID }: RunRow): Triple {
  return [MODULE_ID ?? '', ENTITY ?? '', DOCUMENT_ID ?? ''];
}

/**
 * The run of a row.
 *
 * @param aheadMs  how much the portal's clock is ahead of ours. Whole seconds are taken out, as the portal tells no less and
 *   the measure trembles: a run keeps its time from one answer to the next
 */
export function runOf(row: RunRow, aheadMs: number): NativeRun {
  const document = documentOf(row);
  const startedBy = row.STARTED_BY ?? '0';
  return {
    nativeId: row.ID,
    definition: row.TEMPLATE_ID,
    subject: document.every((part) => part !== '') ? readSubject({ native: document }).subject : null,
    startedAt: new Date(Date.parse(row.STARTED) - Math.round(aheadMs / 1000) * 1000),
    startedBy: startedBy === '0' || startedBy === '' ? null : startedBy,
  };
}
