import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { isJsonObject, type JsonObject } from '../lib/json.js';
import { inputSchemaOf, type Definition } from '../platforms/definition.js';

/** One value that a run gives back. */
@ApiSchema({ name: 'DefinitionOutput' })
export class OutputView {
  @ApiProperty({ type: String, example: 'ResultCode', description: 'To be named in `results` of a start.' })
  readonly name!: string;

  @ApiProperty({ type: String, description: 'As people see it in the portal.' })
  readonly title!: string;

  @ApiProperty({ type: String, example: 'text' })
  readonly type!: string;
}

/** Something startable in a portal. */
@ApiSchema({ name: 'Definition' })
export class DefinitionView {
  @ApiProperty({ type: String, example: '1', description: 'What a start names.' })
  readonly definition!: string;

  @ApiProperty({ type: String, example: 'Contract approval' })
  readonly name!: string;

  @ApiProperty({
    type: [String],
    example: ['crm.lead'],
    description: 'Types of subject that it takes; empty: none is needed.',
  })
  readonly subjectTypes!: readonly string[];

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'JSON Schema 2020-12 of `variables`; open in lists of platforms that list names alone.',
  })
  readonly inputSchema!: JsonObject;

  @ApiProperty({ type: [OutputView] })
  readonly outputs!: readonly OutputView[];

  @ApiProperty({ type: [String], description: 'Variables that are redacted everywhere.' })
  readonly sensitive!: readonly string[];
}

/** @param sensitive  names of what is shown to nobody */
export function definitionView(definition: Definition, sensitive: readonly string[]): DefinitionView {
  return {
    definition: definition.definition,
    name: definition.name,
    subjectTypes: definition.subjectTypes,
    // A list may tell names alone; then any input may be right.
    inputSchema: definition.outline ? { type: 'object' } : withoutDefaults(inputSchemaOf(definition), sensitive),
    outputs: definition.outputs.map(({ name, title, type }) => ({ name, title, type })),
    sensitive,
  };
}

/** The default of a variable is one of its values. */
function withoutDefaults(schema: JsonObject, names: readonly string[]): JsonObject {
  const { properties } = schema;
  if (names.length === 0 || !isJsonObject(properties)) return schema;
  const shown = Object.entries(properties).map(([name, property]) => {
    if (!names.includes(name) || !isJsonObject(property)) return [name, property] as const;
    const { default: _, ...rest } = property;
    return [name, rest] as const;
  });
  return { ...schema, properties: Object.fromEntries(shown) };
}
