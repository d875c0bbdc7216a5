import { categoryOf } from '../processes/process-state.js';
import type { Change } from '../processes/change.js';
import { columnsOf, parametersOf, rowsOfParameters, valuesOf, writtenOf, type ArrayColumn } from './array-columns.js';
import { besideOf, eventRows, termsOf, type ChangeTerms, type Delays, type EventRow } from './change-rows.js';
import { consequencesOf } from './change.sql.js';
import { json } from './process-json.js';
import { progressColumns } from './progress-rows.js';

/** A numbered change with what is worked out of it once. */
export interface ReadyChange {
  readonly change: Change;
  readonly terms: ChangeTerms;
  readonly events: readonly EventRow[];
  /** What it does to native ids and incidents, as JSON. */
  readonly beside: string;
}

export function readyChange(change: Change, delays: Delays): ReadyChange {
  return { change, terms: termsOf(change, delays), events: eventRows(change), beside: json(besideOf(change)) };
}

const { text, word, int, float, bool, time, jsonText, jsonb, list } = columnsOf<ReadyChange>();

const ofProgress = {
  state: word(({ change }) => change.process.state),
  category: word(({ change }) => categoryOf[change.process.state]),
  native_id: text(({ change }) => change.process.nativeId),
  native_state: text(({ change }) => change.process.nativeState),
  result: jsonb(({ change }) => change.process.result),
  waiting_for: jsonb(({ change }) => change.process.waitingFor),
  conclusion: word(({ change }) => change.process.conclusion),
  evidence: word(({ change }) => change.process.evidence),
  adoption: word(({ change }) => change.process.adoption),
  failure: jsonb(({ change }) => change.process.failure),
  attempts: int(({ change }) => change.process.attempts),
  revision: int(({ change }) => change.process.revision),
  last_sequence: int(({ change }) => change.process.lastSequence),
  started_at: time(({ change }) => change.process.startedAt),
  closed_at: time(({ change }) => change.process.closedAt),
  observed_at: time(({ change }) => change.process.observedAt),
  absent_since: time(({ change }) => change.process.absentSince),
  start_before: time(({ change }) => change.process.startBefore),
  open_incidents: list(({ change }) => change.process.openIncidents),
  has_incident: bool(({ change }) => change.process.openIncidents.length > 0),
} satisfies Record<keyof typeof progressColumns, unknown>;

// Beside others a column of the process could be taken for one of theirs.
const newly = (column: string): string => `new_${column}`;

/** A change, by the names that `consequencesOfColumns` reads; its events are rows of their own. */
export const changeArrays = {
  from_revision: int(({ change }) => change.fromRevision),
  beside: jsonText(({ beside }) => beside),
  looks: word(({ terms }) => terms.looks),
  look_in_ms: float(({ terms }) => terms.lookInMs),
  lane: word(({ terms }) => terms.lane),
  lane_ms: float(({ terms }) => terms.laneMs),
  ...Object.fromEntries(Object.entries(ofProgress).map(([name, column]) => [newly(name), column])),
};

const event = columnsOf<EventRow>();

const eventArrays = {
  process_id: event.uuid((row) => row.process_id),
  sequence: event.int((row) => row.sequence),
  id: event.uuid((row) => row.id),
  type: event.word((row) => row.type),
  data: event.jsonb((row) => row.data),
};

type Arrays<Row> = Readonly<Record<string, ArrayColumn<Row>>>;

/** Rows with their changes as parameters: an array for each column, then one for each of their events'. */
export function valuesOfChanges<Row extends ReadyChange>(arrays: Arrays<Row>, rows: readonly Row[]): unknown[] {
  const events = rows.flatMap((row) => row.events);
  return [...valuesOf(arrays, rows), ...valuesOf(eventArrays, events)];
}

/**
 * The CTE `given` that holds these parameters: out of the planner's sight, since by arrays that it can count it would plan
 * the statement anew each time.
 */
export function givenChanges<Row extends ReadyChange>(arrays: Arrays<Row>): string {
  return `given as materialized (
    select ${parametersOf(arrays, 1)}, ${parametersOf(eventArrays, firstOfEvents(arrays))}
  )`;
}

function firstOfEvents(arrays: object): number {
  return Object.keys(arrays).length + 1;
}

/** `consequences` of changes that stand in `held` by the names of `changeArrays`. */
export const consequencesOfColumns = <Row extends ReadyChange>(arrays: Arrays<Row>): string =>
  consequencesOf({
    held: 'held',
    beside: '',
    progress: (column) => writtenOf(changeArrays, newly(column), `held.${newly(column)}`),
    looks: 'held.looks',
    lookInMs: 'held.look_in_ms',
    lane: 'held.lane',
    laneMs: 'held.lane_ms',
    events: `
    select row.process_id, row.sequence, row.id, row.type, row.data
    from given, ${rowsOfParameters(eventArrays, firstOfEvents(arrays), 'row')}
    -- looked up in a hash of the ids; a join would compare each with each
    where (row.process_id in (select process_id from held)) is true`,
    rest: 'held.beside',
  });
