import { storableText } from '../lib/storable-text.js';
import { uuidv7 } from '../lib/uuid.js';
import { categoryOf } from '../processes/process-state.js';
import type { Process } from '../processes/process.js';
import type { Acceptance } from '../processes/process.store.js';
import { columnsOf, valuesOf, type ArrayColumn } from './array-columns.js';
import { columnOf } from './columns.js';
import { json } from './process-json.js';
import { jsons, plain } from './row-arrays.js';

/** A start that is to be written. */
export interface NewStart {
  readonly acceptance: Acceptance;
  /** Those of its process as JSON, since there is no telling how long they are before. */
  readonly variables: string;
}

const { uuid, text, int, float, bool, time, jsonb, jsonText, list, sparseList, sparseObject, bytea } =
  columnsOf<NewStart>();

type Columns<Field extends string = string> = Readonly<Record<Field, ArrayColumn<NewStart>>>;

/** Where the distinct definitions of a statement stand: the same one in each row would be read as often. */
const specs = (): string => `($${Object.keys(startArrays).length + 1}::jsonb[])`;

const ofProcess: Columns<Exclude<keyof Process, 'subject'>> = {
  id: uuid(({ acceptance: { process } }) => process.id),
  connection: text(({ acceptance: { process } }) => process.connection),
  portal: text(({ acceptance: { process } }) => process.portal),
  platform: text(({ acceptance: { process } }) => process.platform),
  definition: text(({ acceptance: { process } }) => process.definition),
  definitionName: text(({ acceptance: { process } }) => process.definitionName),
  variables: jsonText(({ variables }) => variables),
  sensitive: list(({ acceptance: { process } }) => process.sensitive ?? null),
  sealedVariables: text(({ acceptance: { process } }) => process.sealedVariables ?? null),
  results: sparseList(({ acceptance: { process } }) => process.results),
  options: sparseObject(({ acceptance: { process } }) => process.options),
  spec: { type: 'int', of: specNumbers, written: (number) => `${specs()}[${number}]` },
  businessKey: text(({ acceptance: { process } }) => process.businessKey),
  tags: sparseList(({ acceptance: { process } }) => process.tags),
  metadata: sparseObject(({ acceptance: { process } }) => process.metadata),
  startBefore: time(({ acceptance: { process } }) => process.startBefore),
  startWithinSeconds: int(({ acceptance: { process } }) => process.startWithinSeconds),
  onIndeterminate: text(({ acceptance: { process } }) => process.onIndeterminate),
  lane: text(({ acceptance: { process } }) => process.lane),
  runId: text(({ acceptance: { process } }) => process.runId),
  clientId: uuid(({ acceptance: { process } }) => process.clientId),
  createdBy: text(({ acceptance: { process } }) => process.createdBy),
  retryOf: uuid(({ acceptance: { process } }) => process.retryOf),
  createdAt: time(({ acceptance: { process } }) => process.createdAt),
  state: text(({ acceptance: { process } }) => process.state),
  nativeId: text(({ acceptance: { process } }) => process.nativeId),
  nativeState: text(({ acceptance: { process } }) => process.nativeState),
  result: jsonb(({ acceptance: { process } }) => process.result),
  waitingFor: jsonb(({ acceptance: { process } }) => process.waitingFor),
  conclusion: text(({ acceptance: { process } }) => process.conclusion),
  evidence: text(({ acceptance: { process } }) => process.evidence),
  adoption: text(({ acceptance: { process } }) => process.adoption),
  failure: jsonb(({ acceptance: { process } }) => process.failure),
  openIncidents: sparseList(({ acceptance: { process } }) => process.openIncidents),
  attempts: int(({ acceptance: { process } }) => process.attempts),
  revision: int(({ acceptance: { process } }) => process.revision),
  lastSequence: int(({ acceptance: { process } }) => process.lastSequence),
  startedAt: time(({ acceptance: { process } }) => process.startedAt),
  closedAt: time(({ acceptance: { process } }) => process.closedAt),
  observedAt: time(({ acceptance: { process } }) => process.observedAt),
  absentSince: time(({ acceptance: { process } }) => process.absentSince),
};

/** What follows from a process, or is told beside it. */
const besideProcess: Columns = {
  category: text(({ acceptance: { process } }) => categoryOf[process.state]),
  hasIncident: bool(({ acceptance: { process } }) => process.openIncidents.length > 0),
  subjectType: text(
    ({
      acceptance: {
        process: { subject },
      },
    }) => (subject && 'type' in subject ? subject.type : null),
  ),
  subjectId: text(
    ({
      acceptance: {
        process: { subject },
      },
    }) => (subject && 'type' in subject ? subject.id : null),
  ),
  subjectNative: list(
    ({
      acceptance: {
        process: { subject },
      },
    }) => (subject && 'native' in subject ? subject.native : null),
  ),
  closedVariables: jsonb(({ acceptance: { closedVariables } }) => closedVariables),
};

/** Of the other rows of a start. */
const besideRow: Columns = {
  tagNames: list(({ acceptance: { process } }) => tagNamesOf(process)),
  eventId: uuid(() => uuidv7()),
  news: jsonb(({ acceptance: { news } }) => news),
  keyClientId: uuid(({ acceptance: { key } }) => key.clientId),
  key: text(({ acceptance: { key } }) => key.key),
  fingerprint: bytea(({ acceptance: { key } }) => key.fingerprint),
  operationId: uuid(({ acceptance: { operation } }) => operation.id),
  operationKind: text(({ acceptance: { operation } }) => operation.kind),
  operationState: text(({ acceptance: { operation } }) => operation.state),
  sealedInput: text(({ acceptance: { operation } }) => operation.sealedInput ?? null),
  operationInput: sparseObject(({ acceptance: { operation } }) => operation.input),
  traceId: text(({ acceptance: { operation } }) => operation.traceId),
  token: int(({ acceptance: { intent } }) => (intent ? 1 : 0)),
  attemptId: uuid(({ acceptance: { intent } }) => intent && intent.attempt.id),
  attemptKind: text(({ acceptance: { intent } }) => intent && intent.attempt.kind),
  chosenId: text(({ acceptance: { intent } }) => intent && intent.attempt.chosenId),
  lifeSeconds: float(({ acceptance: { intent } }) => intent && intent.attempt.lifeSeconds),
};

/** By column instead of field. */
const named = (columns: Columns): Columns =>
  Object.fromEntries(Object.entries(columns).map(([field, column]) => [columnOf(field), column]));

/** The row of a process, by its columns. */
export const processArrays = { ...named(ofProcess), ...named(besideProcess) };
/** A start, by the names that the statement has for it; one more parameter holds the definitions. */
export const startArrays = { ...processArrays, ...named(besideRow) };

/** Starts as the parameters of `acceptStarts`. */
export function startValues(starts: readonly NewStart[], leaseSeconds: number): readonly unknown[] {
  return [...valuesOf(startArrays, starts), jsons([...numbersOfSpecs(starts).keys()]), leaseSeconds];
}

/** Each once; what the database cannot tell apart is the same. */
function tagNamesOf({ tags }: Process): readonly string[] | null {
  return tags.length > 0 ? [...new Set(tags.map((tag) => storableText(tag)))] : null;
}

const knownSpecs = new WeakMap<object, string>();

function specOf({ process: { spec } }: Acceptance): string | null {
  if (spec === null) return null;
  const text = knownSpecs.get(spec) ?? json(spec);
  knownSpecs.set(spec, text);
  return text;
}

/** The distinct definitions of these starts, counted from 1. */
function numbersOfSpecs(starts: readonly NewStart[]): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const { acceptance } of starts) {
    const text = specOf(acceptance);
    if (text !== null && !numbers.has(text)) numbers.set(text, numbers.size + 1);
  }
  return numbers;
}

function specNumbers(starts: readonly NewStart[]): string | null {
  const numbers = numbersOfSpecs(starts);
  if (numbers.size === 0) return null;
  return plain(
    starts.map(({ acceptance }) => {
      const text = specOf(acceptance);
      return text === null ? null : (numbers.get(text) ?? null);
    }),
  );
}
