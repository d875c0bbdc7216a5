import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { JsonObject } from '../lib/json.js';
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

export function definitionView(definition: Definition): DefinitionView {
  return {
    definition: definition.definition,
    name: definition.name,
    subjectTypes: definition.subjectTypes,
    // A list may tell names alone; then any input may be right.
    inputSchema: definition.outline ? { type: 'object' } : inputSchemaOf(definition),
    outputs: definition.outputs.map(({ name, title, type }) => ({ name, title, type })),
    sensitive: [],
  };
}
