import type { HttpAnswer } from '../../lib/exchange.js';
import type { Definition } from '../definition.js';
import type { Call } from '../platform.js';
import { InDoubt, Refused } from '../platform.errors.js';
import type { CreatioClient } from './creatio.client.js';
import { unreadable } from './creatio.refusals.js';
import { isGuid, typeOf } from './encoders.js';
import type { Rows } from './rows.js';
import { parsed, ProcessLibRow, ProcessSchemaAnswer, SchemaMetaData, type SchemaParameter } from './creatio.wire.js';

const entity = 'VwProcessLib';
const columns = ['Name', 'Caption', 'UId', 'IsActiveVersion'];
const isActive = { path: 'IsActiveVersion', by: 'eq', value: { is: true } } as const;

/** Where the definitions of one instance are read. */
export interface Library {
  readonly client: CreatioClient;
  readonly rows: Rows;
}

/**
 * Every process that can be started, in outline, in one request: the library holds no parameters.
 *
 * The filter is inferred from the fields of the library.
 */
export async function readLibrary({ rows }: Pick<Library, 'rows'>, call: Call): Promise<Definition[]> {
  const where = [
    { path: 'Enabled', by: 'eq', value: { is: true } } as const,
    isActive,
    { path: 'TagProperty', by: 'eq', value: { text: 'Business Process' } } as const,
  ];
  const found = await rows.read({ entity, columns, where, order: { by: 'Name' } }, ProcessLibRow, call);
  return found.map((row) => definitionOf(row, null));
}

/**
 * One process with its signature; `null`: there is none of that code.
 *
 * Two reads, one after the other: the library gives the schema's id, and only the schema has parameters. Where another
 * version is the active one a third finds it; without it the process is given in outline, since the parameters of an old
 * version would mislead.
 */
export async function readDefinition(library: Library, code: string, call: Call): Promise<Definition | null> {
  const where = [{ path: 'Name', by: 'eq', value: { text: code } } as const];
  const found = await library.rows.read({ entity, columns, where }, ProcessLibRow, call);
  // Databases compare without regard to case; the engine does not.
  const named = found.filter(({ Name }) => Name === code);
  const row = named.find(({ IsActiveVersion }) => IsActiveVersion) ?? named[0];
  if (!row) return null;
  const active = row.IsActiveVersion === false ? await activeVersionOf(library, row, call) : row;
  if (!active) return definitionOf(row, null);
  const answer = await library.client.send(
    {
      purpose: 'read',
      method: 'POST',
      path: '/DataService/json/SyncReply/ProcessSchemaRequest',
      body: JSON.stringify({ uId: active.UId, convertLocalizableStringToParameter: true }),
    },
    call,
  );
  const definition = definitionOf(row, signatureOf(answer));
  return active === row ? definition : { ...definition, native: { uId: active.UId, activeCode: active.Name } };
}

/**
 * What runs where a process is started by the code of its first version; `null`: that cannot be told.
 *
 * Source: clio, `run-process` (every version is a schema of its own, the one flagged active runs); the fields of the library.
 */
async function activeVersionOf({ rows }: Library, { UId }: ProcessLibRow, call: Call): Promise<ProcessLibRow | null> {
  if (!isGuid(UId)) return null;
  const where = [{ path: 'VersionParentUId', by: 'eq', value: { guid: UId } } as const, isActive];
  try {
    const found = await rows.read({ entity, columns, where }, ProcessLibRow, call);
    return found.length === 1 ? (found[0] ?? null) : null;
  } catch (error) {
    if (error instanceof InDoubt || error instanceof Refused) return null;
    throw error;
  }
}

interface Signature {
  readonly parameters: readonly SchemaParameter[];
  readonly captions: ReadonlyMap<string, string>;
}

/** @throws InDoubt  the answer holds no schema that we can read */
function signatureOf(answer: HttpAnswer): Signature {
  const schema = parsed(ProcessSchemaAnswer, answer.body)?.schema;
  if (!schema) throw unreadable('The signature', answer);
  const metaData = parsed(SchemaMetaData, schema.metaData);
  if (!metaData) throw new InDoubt('The metadata of the process schema is unreadable');
  const captions = Object.entries(schema.resources ?? {}).flatMap(([key, cultures]): [string, string][] => {
    const name = /^Parameters\.(.+)\.Caption$/.exec(key)?.[1];
    const caption = name === undefined ? undefined : anyCaption(cultures);
    return name !== undefined && caption !== undefined ? [[name, caption]] : [];
  });
  return { parameters: metaData.metaData.schema.parameters ?? [], captions: new Map(captions) };
}

function anyCaption(cultures: unknown): string | undefined {
  if (typeof cultures !== 'object' || cultures === null) return undefined;
  return Object.values(cultures).find((text): text is string => typeof text === 'string' && text !== '');
}

function definitionOf(row: ProcessLibRow, signature: Signature | null): Definition {
  const titleOf = ({ name }: SchemaParameter): string => signature?.captions.get(name) ?? name;
  const taking = (directions: readonly Direction[]): readonly SchemaParameter[] =>
    signature?.parameters.filter(({ direction }) => directions.includes(directionOf(direction))) ?? [];
  return {
    definition: row.Name,
    name: row.Caption || row.Name,
    subjectTypes: [],
    parameters: taking(['in', 'both']).map((parameter) => ({
      name: parameter.name,
      title: titleOf(parameter),
      description: null,
      type: typeOf(parameter.dataValueType).type,
      nativeType: typeOf(parameter.dataValueType).native,
      // The engine starts without any of them; a required one is not told apart in what we can read.
      required: false,
      multiple: false,
      options: null,
    })),
    outputs: taking(['out', 'both']).map((parameter) => ({
      name: parameter.name,
      title: titleOf(parameter),
      type: typeOf(parameter.dataValueType).type,
    })),
    // Open where the parameters are not known.
    inputSchema: signature ? null : { type: 'object' },
    native: { uId: row.UId },
    ...(signature ? {} : { outline: true }),
  };
}

type Direction = 'in' | 'out' | 'both' | 'internal';

const directions: Readonly<Record<string, Direction>> = {
  '0': 'in',
  '1': 'out',
  '2': 'both',
  '3': 'internal',
  input: 'in',
  output: 'out',
  bidirectional: 'both',
  internal: 'internal',
};

function directionOf(direction: SchemaParameter['direction']): Direction {
  return directions[String(direction ?? 0).toLowerCase()] ?? 'in';
}
