import { z } from 'zod';
import { InDoubt, Refused } from '../platform.errors.js';
import type { Call } from '../platform.js';
import type { NativeRun, NativeRunPage, NativeRunQuery } from '../native-run.js';
import { readTogether, type Command, type Outcome } from './batch.js';
import type { Bitrix24Client } from './bitrix24.client.js';
import { documentOf, runFields, runOf, RunRow } from './native-run-row.js';
import { newestRuns, placeIn, placeOf, placeText, type ReadRuns, type RunPlace } from './run-places.js';
import { signing } from './signing.js';
import { isSameDocument, tripleOf } from './subjects.js';

const method = 'bizproc.workflow.instances';
const rowsPerPage = 50;
/** Each condition takes two commands of a batch; with more of them only the comparison here is left. */
const mostConditions = 24;

/** What every row of one list must have; `null`: anything. */
interface Condition {
  readonly template: string | null;
  readonly module: string | null;
  readonly entity: string | null;
  readonly document: string | null;
}

const anything: Condition = { template: null, module: null, entity: null, document: null };

/**
 * The workflows that run at a portal, newest first, in one request.
 *
 * Offset pages shift while runs leave, so a page goes on from the second and the id of the last run. What comes back is
 * compared with what was asked, since the portal drops conditions that it does not know without a word.
 *
 * @throws Refused('capability')  only documents for signature are asked for, of which the portal has no list
 * @throws InDoubt  the list cannot be read, or is not as it was asked for
 * @see b24restdocs api-reference/bizproc/bizproc-workflow-instances.md
 */
export async function listRuns(client: Bitrix24Client, query: NativeRunQuery, call: Call): Promise<NativeRunPage> {
  if (query.definitions?.every((one) => one === signing)) throw new Refused('capability', unlisted);
  const place = query.after === null ? null : placeIn(query.after);
  const conditions = conditionsOf(query);
  if (conditions.length === 0) return { runs: [], next: null };
  const reads = conditions.flatMap((condition) => readsOf(condition, place));
  const { outcomes, clockAheadMs } = await readTogether(client, reads, call);
  const perList = reads.length / conditions.length;
  const toRun = (row: RunRow): NativeRun => runOf(row, clockAheadMs ?? 0);
  const lists = conditions.map((condition, index) => {
    const list = readIn(outcomes.slice(index * perList, (index + 1) * perList), condition, place);
    return untilTooOld(list, (row) => isTooOld(toRun(row), query));
  });
  const { rows, readTo } = newestRuns(
    lists.map(({ rows: read, readTo: to }) => ({ rows: read.filter((row) => fits(toRun(row), query)), readTo: to })),
    query.limit,
  );
  return { runs: rows.map(toRun), next: readTo && placeText(readTo) };
}

const unlisted =
  'Bitrix24 has no list of documents for signature; name one by its uid, as the answer to its sending told it.';

/** One list for each of what is asked for: whether a list of values means "one of" in a filter is not sure. */
function conditionsOf({ definitions, subjectTypes, subjectIds }: NativeRunQuery): readonly Condition[] {
  const templates = definitions?.filter((one) => one !== signing) ?? [null];
  const documents = subjectTypes?.flatMap((type) => documentsOf(type, subjectIds)) ?? [anything];
  const conditions = templates.flatMap((template) => documents.map((document) => ({ ...document, template })));
  if (conditions.length <= mostConditions) return conditions;
  return templates.length <= mostConditions ? templates.map((template) => ({ ...anything, template })) : [anything];
}

function documentsOf(type: string, ids: readonly string[] | null): readonly Condition[] {
  return (ids ?? [null]).flatMap((id): Condition[] => {
    const triple = tripleOf({ type, id: id ?? '1' });
    if (!triple) return [];
    const [module, entity, document] = triple;
    return [{ template: null, module, entity, document: id === null ? null : document }];
  });
}

/** The rest of the second where the last page ended, and what is older. */
function readsOf(condition: Condition, place: RunPlace | null): readonly Command[] {
  const filter = {
    ...(condition.template === null ? {} : { TEMPLATE_ID: condition.template }),
    ...(condition.module === null ? {} : { MODULE_ID: condition.module }),
    ...(condition.entity === null ? {} : { ENTITY: condition.entity }),
    ...(condition.document === null ? {} : { DOCUMENT_ID: condition.document }),
  };
  // Counting costs the portal a query; -1 leaves it out.
  const read = (more: Readonly<Record<string, string>>, order: Readonly<Record<string, string>>): Command => ({
    method,
    params: { SELECT: runFields, FILTER: { ...filter, ...more }, ORDER: order, start: -1 },
  });
  if (!place) return [read({}, { STARTED: 'DESC' })];
  const { started, id } = place;
  const ofTheSecond = { '>=STARTED': started, '<=STARTED': started, ...(id === null ? {} : { '<ID': id }) };
  return [read(ofTheSecond, { ID: 'DESC' }), read({ '<STARTED': started }, { STARTED: 'DESC' })];
}

function readIn(outcomes: readonly Outcome[], condition: Condition, place: RunPlace | null): ReadRuns {
  const pages = outcomes.map((outcome) => rowsIn(outcome, condition));
  if (!place) return olderIn(pages[0] ?? []);
  const [rest = [], older = []] = pages;
  const second = Date.parse(place.started);
  const isAsAsked =
    rest.every(({ STARTED, ID }) => Date.parse(STARTED) === second && ID !== place.id) &&
    older.every(({ STARTED }) => Date.parse(STARTED) < second);
  if (!isAsAsked) throw ignored();
  const last = rest.at(-1);
  if (rest.length >= rowsPerPage && last) return { rows: rest, readTo: placeOf(last) };
  const read = olderIn(older);
  return { rows: [...rest, ...read.rows], readTo: read.readTo };
}

/** Of a full page the oldest second may be cut in two, so it is left for the next one. */
function olderIn(rows: readonly RunRow[]): ReadRuns {
  const seconds = rows.map(({ STARTED }) => Date.parse(STARTED));
  if (!seconds.every((second, index) => second <= (seconds[index - 1] ?? second))) throw ignored();
  const last = rows.at(-1);
  if (rows.length < rowsPerPage || !last) return { rows, readTo: null };
  const whole = rows.filter((_, index) => seconds[index] !== seconds.at(-1));
  return { rows: whole, readTo: { started: last.STARTED, id: null } };
}

function rowsIn(outcome: Outcome, condition: Condition): readonly RunRow[] {
  if ('error' in outcome) throw outcome.error;
  const rows = z.array(RunRow).safeParse(outcome.result);
  if (!rows.success) throw new InDoubt('The list of runs cannot be read.', null, { cause: rows.error });
  if (!rows.data.every((row) => meets(row, condition))) throw ignored();
  return rows.data;
}

function meets(row: RunRow, { template, module, entity, document }: Condition): boolean {
  const [ownModule, ownEntity, ownDocument] = documentOf(row);
  return (
    (template === null || row.TEMPLATE_ID === template) &&
    isSameDocument(
      [ownModule, ownEntity, ownDocument],
      [module ?? ownModule, entity ?? ownEntity, document ?? ownDocument],
    )
  );
}

function ignored(): InDoubt {
  return new InDoubt('The portal ignored the filter or the order of its list of runs.');
}

/** Newest first: from the first run that began too early on, all are. */
function untilTooOld({ rows, readTo }: ReadRuns, tooOld: (row: RunRow) => boolean): ReadRuns {
  const young = rows.filter((row) => !tooOld(row));
  return young.length < rows.length ? { rows: young, readTo: null } : { rows, readTo };
}

function isTooOld({ startedAt }: NativeRun, { startedAfter }: NativeRunQuery): boolean {
  return startedAfter !== null && startedAt !== null && startedAt <= startedAfter;
}

function fits({ definition, subject }: NativeRun, { definitions, subjectTypes, subjectIds }: NativeRunQuery): boolean {
  const { type, id } = subject && 'type' in subject ? subject : { type: null, id: null };
  return (
    (definitions === null || (definition !== null && definitions.includes(definition))) &&
    (subjectTypes === null || (type !== null && subjectTypes.includes(type))) &&
    (subjectIds === null || (id !== null && subjectIds.includes(id)))
  );
}
