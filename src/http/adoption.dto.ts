import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsDefined, IsString, Length } from 'class-validator';
import { Optional } from './optional.js';
import { identifierFaults } from './start-faults.js';
import type { Fault } from '../lib/fault.js';

/** Which run to bring under management. */
@ApiSchema({ name: 'Adopt' })
export class AdoptBody {
  /** What the decorators cannot say; asked by the door together with them. */
  static faultsIn({ definition }: Readonly<Record<string, unknown>>): Fault[] {
    return definition === undefined ? [] : identifierFaults(definition, '/definition');
  }

  @ApiProperty({ type: String, example: 'sandbox-connection', description: 'Key of the connection.' })
  @IsString()
  @Length(1, 63)
  readonly connection!: string;

  @ApiProperty({
    type: String,
    maxLength: 255,
    example: '66e81a641752f8.56521481',
    description: 'As the platform names it.',
  })
  @IsString()
  @Length(1, 255)
  readonly nativeId!: string;

  @ApiPropertyOptional({
    oneOf: [{ type: 'string', minLength: 1, maxLength: 255 }, { type: 'integer' }],
    example: '1',
    description:
      'What it is a run of. Needed only where the platform does not tell; where it does, it must be the same.',
  })
  @Optional()
  @IsDefined()
  readonly definition?: string | number;
}
