import { ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayUnique, IsArray, IsString, Length } from 'class-validator';
import { OptionalOrNull } from './optional.js';

@ApiSchema({ name: 'DefinitionPatch' })
export class DefinitionPatch {
  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'string', minLength: 1, maxLength: 255 },
    nullable: true,
    maxItems: 1000,
    uniqueItems: true,
    example: ['Salary'],
    description:
      'Names of variables and outputs; the whole list. From now on their values are encrypted at rest and "[redacted]" ' +
      'everywhere; what was stored of them before is sealed by this request. null: none. Values that were sealed stay so.',
  })
  @OptionalOrNull()
  @IsArray()
  @ArrayMaxSize(1000)
  @ArrayUnique()
  @IsString({ each: true })
  @Length(1, 255, { each: true })
  readonly sensitive?: string[] | null;
}
