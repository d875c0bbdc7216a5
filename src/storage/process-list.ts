import { categoryOf, conclusionOf, processStates } from '../processes/process-state.js';
import type { ProcessFilter } from '../processes/process.reader.js';
import { hoursOf } from './list-hours.js';
import type { Asked } from './list-reading.js';
import type { Bind, Sql } from './list-sql.js';
import type { Condition, Question } from './list-statement.js';
import { between, idsAfter, idsBefore } from './list-times.js';
import { columnsOf, everything, keys, typeOf, waysOf, type Key, type Wanted } from './process-ways.js';

/** A list whose filters are known, before it is a statement. */
export interface ListTerms {
  readonly filter: ProcessFilter;
  /** Of the filter, that of its category and that of its conclusion; `null`: every state. */
  readonly states: readonly string[] | null;
  /** Only processes older than this one; `null`: from the newest. */
  readonly before: string | null;
}

/** Found where it was claimed. */
const claimed = (names: string): string =>
  `p.native_id = any (${names}) and p.id in (select process_id from native_ids where native_id = any (${names}))`;

/** What a list asks for. */
export function askedOf(terms: ListTerms): Asked {
  const { filter, states } = terms;
  const { connections, definitions, clientId } = filter.visible;
  const wanted: Wanted = {
    ...given('businessKey', filter.businessKey),
    ...given('subjectId', filter.subjectId),
    ...given('subjectType', filter.subjectType),
    ...given('tag', filter.tag),
    ...given('definition', both(filter.definition, definitions)),
    ...given('connection', both(filter.connection, connections)),
    ...given('platform', filter.platform),
    ...given('state', states),
    ...given('createdBy', filter.createdBy),
    ...given('client', clientId === null ? null : [clientId]),
  };
  const conditions = [...byValue(wanted), ...timesOf(filter)];
  const { nativeId, hasIncident } = filter;
  if (nativeId) conditions.push({ of: 'nativeId', sql: (bind) => claimed(bind(nativeId, 'text[]')) });
  if (hasIncident !== undefined) {
    conditions.push({ of: 'hasIncident', sql: () => (hasIncident ? 'p.has_incident' : 'not p.has_incident') });
  }
  const isNarrow = nativeId !== undefined || hasIncident === true;
  return {
    question: {
      table: 'processes',
      alias: 'p',
      conditions,
      ...boundsOf(terms),
      hasStarting: states?.includes('starting') ?? true,
    },
    ways: isNarrow
      ? [{ ...everything, isNarrow }]
      : [...waysOf(wanted), ...hoursOf(filter)].toSorted((one, other) => one.rank - other.rank),
  };
}

function given(key: Key, list: readonly string[] | null | undefined): Wanted {
  return list ? { [key]: [...new Set(list)] } : {};
}

function byValue(wanted: Wanted): Condition[] {
  return keys.flatMap((key): Condition[] => {
    const values = wanted[key];
    if (!values) return [];
    const list = (bind: Bind): string => bind(values, `${typeOf(key)}[]`);
    const sql: Sql = (bind) => (key === 'tag' ? `p.tags && ${list(bind)}` : `${columnsOf[key]} = any (${list(bind)})`);
    return [{ of: key, sql }];
  });
}

/** Ids hold the time, and nothing is closed before it is created. */
function boundsOf({
  filter: { createdAfter, createdBefore, closedBefore },
  before,
}: ListTerms): Pick<Question, 'lower' | 'upper'> {
  return { lower: idsAfter(createdAfter), upper: idsBefore(before, createdBefore, closedBefore) };
}

function timesOf({ createdAfter, createdBefore, closedAfter, closedBefore }: ProcessFilter): Condition[] {
  const created = between('created', 'p.created_at', { after: createdAfter, before: createdBefore });
  const closed = between('closed', 'p.closed_at', { after: closedAfter, before: closedBefore });
  return [...created.map((one) => ({ ...one, isOfIds: true })), ...closed];
}

/** The states that a filter leaves; `null`: every one. A category and a conclusion are nothing but states, and so is an end. */
export function statesOf(filter: ProcessFilter): readonly string[] | null {
  const { state, category, conclusion, closedAfter, closedBefore } = filter;
  const hasEnd = closedAfter !== undefined || closedBefore !== undefined;
  if (!state && !category && !conclusion && !hasEnd) return null;
  return processStates.filter(
    (one) =>
      (state?.includes(one) ?? true) &&
      (category?.includes(categoryOf[one]) ?? true) &&
      (conclusion?.includes(conclusionOf[one] ?? '') ?? true) &&
      (!hasEnd || categoryOf[one] === 'closed'),
  );
}

/** What both lists have; a list that is not given has everything. */
export function both(one: readonly string[] | undefined, other: readonly string[] | null): readonly string[] | null {
  if (!one) return other;
  return other ? one.filter((value) => other.includes(value)) : one;
}
