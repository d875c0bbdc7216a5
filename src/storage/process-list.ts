import { categoryOf, conclusionOf, processStates } from '../processes/process-state.js';
import type { ProcessFilter } from '../processes/process.store.js';
import { ListStatement, type Asking } from './list-statement.js';

/** One creator: the name at the time of the start, and the client. */
export interface Creator {
  readonly created_by: string;
  readonly client_id: string;
}

/** A connection of which a platform's processes can be; `until`: those after it are of another platform. */
export interface PlatformKey {
  readonly connection: string;
  readonly until: Date | null;
}

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
const isStarting = `p.id in (select process_id from operations where state = 'sending' and kind = 'start')`;

/** Found where it was claimed. */
const claimed = (names: string): string =>
  `p.id in (select process_id from native_ids where native_id = any (${names}::text[]))`;

/** Of these there may be millions, also among the newest. */
const common: readonly string[] = ['running', 'completed', 'ended'];

/** The statement of one page; `starting` is asked for alone. */
export function listStatement({ filter, states, creators, keys, before, limit }: ListTerms): Asking {
  const { connections, definitions, clientId } = filter.visible;
  const statement = new ListStatement();
  statement.values('business_key', filter.businessKey, 0);
  statement.values('subject_id', filter.subjectId, 1);
  addTags(statement, filter.tag);
  addStates(statement, states);
  addCreators(statement, creators);
  statement.values('definition', both(filter.definition, definitions), 5);
  statement.values('connection', both(filter.connection, connections), 6);
  statement.values('subject_type', filter.subjectType, 7);
  statement.any('platform', filter.platform);
  if (keys) {
    const columns = [{ name: 'p.connection', type: 'text' }];
    const values = [keys.map(({ connection }) => connection)];
    statement.way({ columns, values, until: keys.map(({ until }) => until), rank: 9 });
  }
  if (filter.nativeId) {
    statement.any('native_id', filter.nativeId);
    statement.with(claimed, [...filter.nativeId]);
  }
  if (filter.hasIncident !== undefined) statement.add(filter.hasIncident ? 'has_incident' : 'not has_incident');
  if (filter.nativeId || filter.hasIncident) statement.narrow();
  if (clientId !== null) statement.with((client) => `client_id = ${client}::uuid`, clientId);
  addTimes(statement, filter);
  if (before !== null) statement.below((id) => id, before, 'uuid');
  return statement.asking(limit);
}

function addStates(statement: ListStatement, states: readonly string[] | null): void {
  if (!states) return;
  statement.values('state', states, states.some((state) => common.includes(state)) ? 8 : 3);
  if (!states.includes('starting')) return statement.add(`state <> 'starting'`);
  statement.add(isStarting);
  statement.narrow();
}

function addTags(statement: ListStatement, tags: readonly string[] | undefined): void {
  if (!tags) return;
  statement.with((list) => `p.tags && ${list}::text[]`, tags);
  const through = { source: 'process_tags t join processes p on p.id = t.process_id', id: 't.process_id' };
  statement.way({ columns: [{ name: 't.tag', type: 'text' }], values: [[...new Set(tags)]], rank: 2, through });
}

function addCreators(statement: ListStatement, creators: readonly Creator[] | null): void {
  if (!creators) return;
  const names = creators.map((one) => one.created_by);
  const clients = creators.map((one) => one.client_id);
  statement.any('created_by', names);
  statement.with((list) => `client_id = any (${list}::uuid[])`, clients);
  const columns = [
    { name: 'p.created_by', type: 'text' },
    { name: 'p.client_id', type: 'uuid' },
  ];
  statement.way({ columns, values: [names, clients], rank: 4 });
}

/** Ids hold no time before 1970: one would come out above them all. */
const idAt = (time: string): string => `first_id_of(greatest(${time}, 'epoch'))`;

/** Ids hold the time, and nothing is closed before it is created; a minute for clocks of replicas that differ. */
function addTimes(
  statement: ListStatement,
  { createdAfter, createdBefore, closedAfter, closedBefore }: ProcessFilter,
): void {
  const slack = `interval '1 minute'`;
  if (createdAfter) {
    statement.with((at) => `created_at > ${at}`, createdAfter, 'timestamptz');
    statement.above((at) => idAt(`${at} - ${slack}`), createdAfter, 'timestamptz');
  }
  if (createdBefore) statement.with((at) => `created_at < ${at}`, createdBefore, 'timestamptz');
  if (closedAfter) statement.with((at) => `closed_at > ${at}`, closedAfter, 'timestamptz');
  if (closedBefore) statement.with((at) => `closed_at < ${at}`, closedBefore, 'timestamptz');
  for (const end of [createdBefore, closedBefore]) {
    if (end) statement.below((at) => idAt(`${at} + ${slack}`), end, 'timestamptz');
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
