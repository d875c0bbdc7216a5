import type { Json, JsonObject } from '../lib/json.js';

/** What a value must be; the types that the contract's table of variables names. */
export type ParameterType =
  | 'text'
  | 'number'
  | 'integer'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'time'
  | 'money'
  | 'user'
  | 'select'
  | 'guid'
  | 'file'
  | 'collection'
  | 'object'
  | 'other';

/** One input of a definition. */
export interface Parameter {
  readonly name: string;
  /** As people see it in the portal. */
  readonly title: string;
  readonly description: string | null;
  readonly type: ParameterType;
  /** The platform's own word for the type. */
  readonly nativeType: string;
  /** Required, and without a default that would serve. */
  readonly required: boolean;
  readonly multiple: boolean;
  /** Keys that may be chosen; `null`: no list. */
  readonly options: readonly string[] | null;
  /** What is taken where nothing is sent, as a caller would send it. Absent: nothing, or nobody can say. */
  readonly default?: Json;
}

/** Something startable in a portal. */
export interface Definition {
  /** The identifier that callers send, e.g. `"1"` or `"UsrApproval"`. */
  readonly definition: string;
  readonly name: string;
  /** Subject types that it takes; empty: none is needed. */
  readonly subjectTypes: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly outputs: readonly { readonly name: string; readonly title: string; readonly type: ParameterType }[];
  /** JSON Schema 2020-12 where the input is more than named parameters; `null`: made from the parameters. */
  readonly inputSchema: JsonObject | null;
  /** What only the platform's own folder reads of it. */
  readonly native: JsonObject;
  /** Only its name is known: parameters and outputs were not read, so no start can be checked against it. Absent: all is. */
  readonly outline?: true;
}

const jsonTypeOf: Readonly<Record<ParameterType, JsonObject>> = {
  text: { type: 'string' },
  number: { type: 'number' },
  integer: { type: 'integer' },
  boolean: { type: 'boolean' },
  date: { type: 'string', format: 'date' },
  datetime: { type: 'string', format: 'date-time' },
  // Without a zone, which the format of this name demands.
  time: { type: 'string', pattern: '^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$' },
  money: {
    type: 'object',
    properties: {
      amount: { type: 'string', pattern: '^-?[0-9]{1,18}([.][0-9]{1,6})?$', examples: ['100.50'] },
      currency: { type: 'string', pattern: '^[A-Z]{3}$', examples: ['RUB'] },
    },
    required: ['amount', 'currency'],
    additionalProperties: false,
  },
  user: { type: 'string', pattern: '^(user|group)_[A-Za-z0-9_]+$', examples: ['user_14'] },
  select: { type: 'string' },
  guid: { type: 'string', format: 'uuid' },
  file: { type: ['string', 'integer'] },
  collection: { type: 'array', items: { type: 'object' } },
  object: { type: 'object' },
  other: {},
};

/** The input of a definition as JSON Schema 2020-12, closed: what is not named is refused. */
export function inputSchemaOf(definition: Definition): JsonObject {
  if (definition.inputSchema) return definition.inputSchema;
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(definition.parameters.map((parameter) => [parameter.name, schemaOf(parameter)])),
    required: definition.parameters.filter(({ required }) => required).map(({ name }) => name),
  };
}

function schemaOf(parameter: Parameter): JsonObject {
  const { type, title, description, options, multiple, required, nativeType } = parameter;
  const one: JsonObject = { ...jsonTypeOf[type], ...(options ? { enum: options } : {}) };
  const about: JsonObject = {
    title,
    ...(description ? { description } : {}),
    ...(parameter.default === undefined ? {} : { default: parameter.default }),
    'x-native-type': nativeType,
  };
  if (!multiple) return { ...about, ...one };
  return { ...about, type: 'array', items: one, ...(required ? { minItems: 1 } : {}) };
}
