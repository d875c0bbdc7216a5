import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsBoolean, IsObject, IsString, Length } from 'class-validator';
import type { JsonObject } from '../lib/json.js';
import { Optional } from './optional.js';

const shownReason = {
  type: String,
  maxLength: 255,
  description: 'Kept in the history, and at the platform where it keeps one.',
};
const shownWhenFound = {
  type: Boolean,
  description: 'Where the run is not known yet: carry it out once it is, instead of refusing.',
};

/** How to stop a run and keep its data. */
@ApiSchema({ name: 'Terminate' })
export class TerminateBody {
  @ApiPropertyOptional({ ...shownReason, example: 'Ordered twice' })
  @Optional()
  @IsString()
  @Length(0, 255)
  readonly reason?: string;

  @ApiPropertyOptional(shownWhenFound)
  @Optional()
  @IsBoolean()
  readonly whenFound?: boolean;
}

/** How to stop a run and delete its data. */
@ApiSchema({ name: 'Kill' })
export class KillBody extends TerminateBody {
  @ApiProperty({ type: String, format: 'uuid', description: "The process's own id, so that nobody kills by a slip." })
  @IsString()
  readonly confirm!: string;
}

/** What to hand to a waiting element. */
@ApiSchema({ name: 'CompleteElement' })
export class CompleteElementBody {
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'Values for the element, where it takes some.',
  })
  @Optional()
  @IsObject()
  readonly variables?: JsonObject;
}

/** What became of an element. */
@ApiSchema({ name: 'ElementCompleted' })
export class ElementCompletedView {
  @ApiProperty({ type: Boolean, description: 'False: it had run before and was not executed again.' })
  readonly executed!: boolean;
}
