import { uuidv7 } from '../lib/uuid.js';
import { categoryOf } from '../processes/process-state.js';
import type { Process } from '../processes/process.js';
import type { Acceptance } from '../processes/process.store.js';
import { columnOf } from './columns.js';
import { json } from './process-json.js';
import { byteas, jsons, listText, plain, texts, times, type ColumnValues } from './row-arrays.js';

/** A start that is to be written. */
export interface NewStart {
  readonly acceptance: Acceptance;
  /** Those of its process as JSON, since there is no telling how long they are before. */
  readonly variables: string;
}

/** One column of the starts that are written together, as an array with an element for each of them. */
export interface StartColumn {
  readonly name: string;
  readonly type: 'uuid' | 'text' | 'jsonb' | 'bytea' | 'timestamptz' | 'int' | 'float8' | 'boolean';
  /** What is written, where that is not the element itself. */
  readonly written?: string;
  of(starts: readonly NewStart[]): ColumnValues;
}

type Column = Omit<StartColumn, 'name'>;
type Read<Value> = (acceptance: Acceptance) => Value;

function column<Value>(
  type: StartColumn['type'],
  arrayOf: (values: readonly Value[]) => ColumnValues,
  read: Read<Value>,
): Column {
  return { type, of: (starts) => arrayOf(starts.map(({ acceptance }) => read(acceptance))) };
}

const uuid = (read: Read<string | null>): Column => column('uuid', plain, read);
const text = (read: Read<string | null>): Column => column('text', texts, read);
const int = (read: Read<number | null>): Column => column('int', plain, read);
const float = (read: Read<number | null>): Column => column('float8', plain, read);
const bool = (read: Read<boolean>): Column => column('boolean', plain, read);
const time = (read: Read<Date | null>): Column => column('timestamptz', times, read);
const jsonb = (read: Read<object | null>): Column =>
  column('jsonb', jsons, (acceptance) => {
    const value = read(acceptance);
    return value && json(value);
  });
const list = (name: string, read: Read<readonly string[] | null>): Column => ({
  ...column('text', texts, (acceptance) => listText(read(acceptance))),
  written: `${name}::text[]`,
});

/** Where the distinct definitions of a statement stand: the same one in each row would be read as often. */
export const specs = 'specs';

const ofProcess: Readonly<Record<Exclude<keyof Process, 'subject'>, Column>> = {
  id: uuid(({ process }) => process.id),
  connection: text(({ process }) => process.connection),
  portal: text(({ process }) => process.portal),
  platform: text(({ process }) => process.platform),
  definition: text(({ process }) => process.definition),
  definitionName: text(({ process }) => process.definitionName),
  variables: { type: 'jsonb', of: (starts) => jsons(starts.map(({ variables }) => variables)) },
  sensitive: list('sensitive', ({ process }) => process.sensitive ?? null),
  sealedVariables: text(({ process }) => process.sealedVariables ?? null),
  results: list('results', ({ process }) => process.results),
  options: jsonb(({ process }) => process.options),
  spec: { type: 'int', written: `${specs}[spec]`, of: specNumbers },
  businessKey: text(({ process }) => process.businessKey),
  tags: list('tags', ({ process }) => process.tags),
  metadata: jsonb(({ process }) => process.metadata),
  startBefore: time(({ process }) => process.startBefore),
  startWithinSeconds: int(({ process }) => process.startWithinSeconds),
  onIndeterminate: text(({ process }) => process.onIndeterminate),
  lane: text(({ process }) => process.lane),
  runId: text(({ process }) => process.runId),
  clientId: uuid(({ process }) => process.clientId),
  createdBy: text(({ process }) => process.createdBy),
  retryOf: uuid(({ process }) => process.retryOf),
  createdAt: time(({ process }) => process.createdAt),
  state: text(({ process }) => process.state),
  nativeId: text(({ process }) => process.nativeId),
  nativeState: text(({ process }) => process.nativeState),
  result: jsonb(({ process }) => process.result),
  waitingFor: jsonb(({ process }) => process.waitingFor),
  conclusion: text(({ process }) => process.conclusion),
  evidence: text(({ process }) => process.evidence),
  adoption: text(({ process }) => process.adoption),
  failure: jsonb(({ process }) => process.failure),
  openIncidents: list('open_incidents', ({ process }) => process.openIncidents),
  attempts: int(({ process }) => process.attempts),
  revision: int(({ process }) => process.revision),
  lastSequence: int(({ process }) => process.lastSequence),
  startedAt: time(({ process }) => process.startedAt),
  closedAt: time(({ process }) => process.closedAt),
  observedAt: time(({ process }) => process.observedAt),
  absentSince: time(({ process }) => process.absentSince),
};

/** What follows from a process, or is told beside it. */
const besideProcess: Readonly<Record<string, Column>> = {
  category: text(({ process }) => categoryOf[process.state]),
  hasIncident: bool(({ process }) => process.openIncidents.length > 0),
  subjectType: text(({ process: { subject } }) => (subject && 'type' in subject ? subject.type : null)),
  subjectId: text(({ process: { subject } }) => (subject && 'type' in subject ? subject.id : null)),
  subjectNative: list('subject_native', ({ process: { subject } }) =>
    subject && 'native' in subject ? subject.native : null,
  ),
  closedVariables: jsonb(({ closedVariables }) => closedVariables),
};

/** Of the other rows of a start. */
const besideRow: Readonly<Record<string, Column>> = {
  eventId: uuid(() => uuidv7()),
  news: jsonb(({ news }) => news),
  keyClientId: uuid(({ key }) => key.clientId),
  key: text(({ key }) => key.key),
  fingerprint: column('bytea', byteas, ({ key }) => key.fingerprint),
  operationId: uuid(({ operation }) => operation.id),
  operationKind: text(({ operation }) => operation.kind),
  operationState: text(({ operation }) => operation.state),
  operationInput: jsonb(({ operation }) => operation.input),
  traceId: text(({ operation }) => operation.traceId),
  token: int(({ intent }) => (intent ? 1 : 0)),
  attemptId: uuid(({ intent }) => intent && intent.attempt.id),
  attemptKind: text(({ intent }) => intent && intent.attempt.kind),
  chosenId: text(({ intent }) => intent && intent.attempt.chosenId),
  lifeSeconds: float(({ intent }) => intent && intent.attempt.lifeSeconds),
};

const named = (columns: Readonly<Record<string, Column>>): readonly StartColumn[] =>
  Object.entries(columns).map(([field, column]) => ({ name: columnOf(field), ...column }));

/** Of the row of a process. */
export const processColumns = [...named(ofProcess), ...named(besideProcess)];
/** All of them, in the order of the parameters; one more holds the definitions. */
export const startColumns = [...processColumns, ...named(besideRow)];

/** Starts as the parameters of `acceptStarts`. */
export function startValues(starts: readonly NewStart[], leaseSeconds: number): readonly unknown[] {
  const specTexts = [...numbersOfSpecs(starts).keys()];
  return [...startColumns.map((column) => column.of(starts)), jsons(specTexts), leaseSeconds];
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

function specNumbers(starts: readonly NewStart[]): string {
  const numbers = numbersOfSpecs(starts);
  return plain(
    starts.map(({ acceptance }) => {
      const text = specOf(acceptance);
      return text === null ? null : (numbers.get(text) ?? null);
    }),
  );
}
