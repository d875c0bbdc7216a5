import type { JsonObject } from '../../lib/json.js';
import type { Definition, Parameter, ParameterType } from '../definition.js';
import { InDoubt } from '../platform.errors.js';
import type { Call } from '../platform.js';
import { readTogether } from './batch.js';
import type { Bitrix24Client } from './bitrix24.client.js';
import { TemplateParameter, TemplateRow } from './bitrix24.wire.js';
import { utcOffsetMinutesOf } from './encoders.js';
import { defaultOf, hasDefault } from './parameter-default.js';
import { reservedNames } from './reserved-names.js';
import { subjectTypeOf, type Triple } from './subjects.js';

const method = 'bizproc.workflow.template.list';
const fields = ['ID', 'NAME', 'MODULE_ID', 'ENTITY', 'DOCUMENT_TYPE', 'PARAMETERS'];

/** A page of a list method, fixed. Source: b24restdocs settings/how-to-call-rest-api/list-methods-pecularities.md */
const rowsPerPage = 50;

/** Pages asked for in the one request of a listing; a portal with more than 1,000 templates shows its oldest 1,000. */
const pages = 20;

/** Every portal type that a parameter can have; what is not here is `other`. Source: "PARAMETERS" as observed. */
const typeOf: Readonly<Record<string, ParameterType>> = {
  string: 'text',
  text: 'text',
  int: 'integer',
  integer: 'integer',
  double: 'number',
  bool: 'boolean',
  date: 'date',
  datetime: 'datetime',
  time: 'time',
  select: 'select',
  internalselect: 'text',
  user: 'user',
  money: 'money',
  file: 'file',
};

/** The templates of a portal, oldest first, in one request. @throws Refused('permission') where the user is no administrator */
export async function listTemplates(client: Bitrix24Client, call: Call): Promise<readonly Definition[]> {
  const reads = Array.from({ length: pages }, (_, page) => ({
    method,
    params: { SELECT: fields, ORDER: { ID: 'ASC' }, start: page * rowsPerPage },
  }));
  const { outcomes, portalTime } = await readTogether(client, reads, call);
  const found = new Map<string, Definition>();
  for (const outcome of outcomes) {
    if ('error' in outcome) throw outcome.error;
    for (const definition of definitionsIn(outcome.result, portalTime)) found.set(definition.definition, definition);
  }
  return [...found.values()];
}

/** One template as it is now; `null` where the portal has none of that id. */
export async function readTemplate(client: Bitrix24Client, id: string, call: Call): Promise<Definition | null> {
  const params = { SELECT: fields, FILTER: { ID: id } };
  const { result, portalTime } = await client.call({ asked: 'read', method, params }, call);
  const listed = definitionsIn(result, portalTime);
  const found = listed.find(({ definition }) => definition === id) ?? null;
  // A filter that the portal does not know is dropped without a word, and the list is then no proof of absence.
  if (!found && listed.length > 0) throw new InDoubt('The portal ignored the filter of its list of templates.');
  return found;
}

/** The document type that a template was made for; `null` where the portal did not tell. */
export function documentTypeOf(definition: Definition): Triple | null {
  const { documentType } = definition.native;
  return Array.isArray(documentType) ? tripleIn(documentType) : null;
}

/** The portal's zone as it was told along with the template; UTC where it was not. */
export function utcOffsetMinutesIn(definition: Definition | null): number {
  const offset = definition?.native['utcOffsetMinutes'];
  return typeof offset === 'number' ? offset : 0;
}

/** Has the template a parameter for the gateway's own process id (correlation kit)? */
export function takesProcessId(definition: Definition | null): boolean {
  return definition?.native['takesProcessId'] === true;
}

function definitionsIn(result: unknown, portalTime: string | null): Definition[] {
  const rows = TemplateRow.array().safeParse(result);
  if (!rows.success) throw new InDoubt('The list of templates cannot be read.', null, { cause: rows.error });
  return rows.data.map((row) => definitionOf(row, portalTime));
}

function definitionOf(row: TemplateRow, portalTime: string | null): Definition {
  const parameters = Object.entries(row.PARAMETERS ?? {}).map(([name, told]) => parameterOf(name, told));
  const documentType = tripleIn(
    Array.isArray(row.DOCUMENT_TYPE) ? row.DOCUMENT_TYPE : [row.MODULE_ID, row.ENTITY, row.DOCUMENT_TYPE],
  );
  const subjectType = documentType ? (subjectTypeOf(documentType) ?? 'native') : null;
  const native: JsonObject = {
    documentType,
    utcOffsetMinutes: utcOffsetMinutesOf(portalTime),
    takesProcessId: parameters.some(({ name }) => name === 'gatewayProcessId'),
  };
  return {
    definition: row.ID,
    name: row.NAME ?? '',
    subjectTypes: subjectType === null ? [] : [subjectType],
    // What callers may not send is none of their business.
    parameters: parameters.filter(({ name }) => name !== 'gatewayProcessId' && !reservedNames.includes(name)),
    outputs: [],
    inputSchema: null,
    native,
  };
}

/** One declared input, of a template or of a task. */
export function parameterOf(name: string, told: unknown): Parameter {
  const read = TemplateParameter.safeParse(told);
  const { Name, Description, Type, Required, Multiple, Default, Options } = read.success ? read.data : unknownParameter;
  const type = Object.hasOwn(typeOf, Type) ? (typeOf[Type] ?? 'other') : 'other';
  const options = type === 'select' ? Object.keys(Options ?? {}) : [];
  const multiple = Multiple === true;
  const choices = options.length > 0 ? options : null;
  const standard = defaultOf(Default, { type, multiple, options: choices });
  return {
    name,
    title: Name === undefined || Name === '' ? name : Name,
    description: Description === undefined || Description === '' ? null : Description,
    type,
    nativeType: Type,
    required: Required === true && !hasDefault(Default),
    multiple,
    options: choices,
    ...(standard === undefined ? {} : { default: standard }),
  };
}

const unknownParameter: TemplateParameter = { Type: 'unknown', Options: null, Default: null };

function tripleIn(parts: readonly unknown[]): Triple | null {
  const [module, entity, type] = parts;
  return typeof module === 'string' && typeof entity === 'string' && typeof type === 'string'
    ? [module, entity, type]
    : null;
}
