import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsObject, IsString, Length } from 'class-validator';
import type { JsonObject } from '../lib/json.js';
import { Optional } from './optional.js';

/** A call of the platform's own. */
@ApiSchema({ name: 'NativeCallRequest' })
export class NativeCallBody {
  @ApiProperty({
    type: String,
    minLength: 1,
    maxLength: 255,
    example: 'user.current',
    description: 'As the platform documents it; the note of the capability `call` says which there are.',
  })
  @IsString()
  @Length(1, 255)
  readonly method!: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    example: {},
    description: "The method's parameters as JSON; of rows the options of OData.",
  })
  @Optional()
  @IsObject()
  readonly params?: JsonObject;
}
