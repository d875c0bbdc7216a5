import { categoryOf, conclusionOf, processStates } from '../processes/process-state.js';
import type { ProcessFilter } from '../processes/process.store.js';
import { ListStatement, type Asking, type Creator, type PlatformKey } from './list-statement.js';

/** A list whose filters are known, before it is a statement. */
export interface ListTerms {
  readonly filter: ProcessFilter;
  /** Of the filter, that of its category and that of its conclusion; `null`: every state. */
  readonly states: readonly string[] | null;
  /** Given where a list asks for creators. */
  readonly creators: readonly Creator[] | null;
  /** Given where a list asks for platforms and nothing rarer. */
  readonly keys: readonly PlatformKey[] | null;
  /** Only processes older than this one; `null`: from the newest. */
  readonly before: string | null;
  readonly limit: number;
}

/** Those of the index of states are without it, so that no start pays for it twice. */
const isStarting = `id in (select process_id from operations where state = 'sending' and kind = 'start')`;

/**
 * The statement of one page; `starting` is asked for alone. Each filter with an index in the order of the list is a branch of its own for every value, so
 * that nothing is sorted but what the branches give: at most a page each, however many rows there are.
 */
export function listStatement({ filter, states, creators, keys, before, limit }: ListTerms): Asking {
  const { connections, definitions, clientId } = filter.visible;
  const statement = new ListStatement(limit);
  statement.tags(filter.tag);
  statement.creators(creators);
  statement.keys(keys);
  statement.values('connection', both(filter.connection, connections));
  statement.values('definition', both(filter.definition, definitions));
  statement.values('state', states);
  if (states) statement.add(states.includes('starting') ? isStarting : `state <> 'starting'`);
  statement.values('subject_type', filter.subjectType);
  statement.values('subject_id', filter.subjectId);
  statement.values('business_key', filter.businessKey);
  statement.any('platform', filter.platform);
  if (filter.nativeId) {
    statement.any('native_id', filter.nativeId);
    statement.with(
      (names) => `id in (select process_id from native_ids where native_id = any (${names}::text[]))`,
      [...filter.nativeId],
    );
  }
  if (filter.hasIncident !== undefined) statement.add(filter.hasIncident ? 'has_incident' : 'not has_incident');
  if (clientId !== null) statement.with((client) => `client_id = ${client}::uuid`, clientId);
  addTimes(statement, filter);
  if (before !== null) statement.ids((id, other) => `${id} < ${other}`, before, 'uuid');
  return statement.asking();
}

/** Ids hold the time, and nothing is closed before it is created; a minute for clocks of replicas that differ. */
function addTimes(
  statement: ListStatement,
  { createdAfter, createdBefore, closedAfter, closedBefore }: ProcessFilter,
): void {
  const slack = `interval '1 minute'`;
  if (createdAfter) {
    statement.with((at) => `created_at > ${at}`, createdAfter, 'timestamptz');
    statement.ids((id, at) => `${id} >= first_id_of(${at} - ${slack})`, createdAfter, 'timestamptz');
  }
  if (createdBefore) statement.with((at) => `created_at < ${at}`, createdBefore, 'timestamptz');
  if (closedAfter) statement.with((at) => `closed_at > ${at}`, closedAfter, 'timestamptz');
  if (closedBefore) statement.with((at) => `closed_at < ${at}`, closedBefore, 'timestamptz');
  for (const end of [createdBefore, closedBefore]) {
    if (end) statement.ids((id, at) => `${id} < first_id_of(${at} + ${slack})`, end, 'timestamptz');
  }
}

/** The states that a filter leaves; `null`: every one. A category and a conclusion are nothing but states. */
export function statesOf({ state, category, conclusion }: ProcessFilter): readonly string[] | null {
  if (!state && !category && !conclusion) return null;
  return processStates.filter(
    (one) =>
      (state?.includes(one) ?? true) &&
      (category?.includes(categoryOf[one]) ?? true) &&
      (conclusion?.includes(conclusionOf[one] ?? '') ?? true),
  );
}

/** What both lists have; a list that is not given has everything. */
function both(one: readonly string[] | undefined, other: readonly string[] | null): readonly string[] | null {
  if (!one) return other;
  return other ? one.filter((value) => other.includes(value)) : one;
}
