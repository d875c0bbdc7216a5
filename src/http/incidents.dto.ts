import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsIn, IsString, IsUUID, Length } from 'class-validator';
import { incidentActions, incidentKinds, type IncidentAction } from '../incidents/actions.js';
import { valueFault, type Fault } from '../lib/fault.js';
import { closedAs, type ClosedAs } from '../processes/persons-word.js';
import { ListQuery } from './list-query.js';
import { Optional } from './optional.js';
import { QueryTexts, QueryWords } from './query-field.js';

const shownReason = { type: String, minLength: 1, maxLength: 255, description: 'Kept for ever, in the history too.' };

/** The filters of the list of incidents. */
@ApiSchema({ name: 'IncidentQuery' })
export class IncidentQuery extends ListQuery {
  @QueryWords(['open', 'resolved'], 'States.')
  readonly state?: string[];

  @QueryTexts('Keys of connections.')
  readonly connection?: string[];

  @QueryWords(incidentKinds, 'Kinds.')
  readonly kind?: string[];
}

/** What a person decides about an incident. */
@ApiSchema({ name: 'ResolveIncident' })
export class ResolveIncidentBody {
  @ApiProperty({ enum: [...incidentActions] })
  @IsIn(incidentActions)
  @IsString()
  readonly action!: IncidentAction;

  @ApiPropertyOptional({
    type: String,
    minLength: 1,
    maxLength: 255,
    description: 'The run at the platform, for adopt.',
    example: '66e81a641752f8.56521481',
  })
  @Optional()
  @IsString()
  @Length(1, 255)
  readonly nativeId?: string;

  @ApiPropertyOptional({
    type: String,
    format: 'uuid',
    description: 'The process whose held start has run, for adopt after a database was restored.',
  })
  @Optional()
  @IsString()
  @IsUUID()
  readonly processId?: string;

  @ApiProperty({ ...shownReason, example: 'The document shows the run' })
  @IsString()
  @Length(1, 255)
  readonly reason!: string;

  static faultsIn({ action, nativeId }: Readonly<Record<string, unknown>>): readonly Fault[] {
    if (action !== 'adopt' || nativeId !== undefined) return [];
    return [valueFault('/nativeId', 'required', 'Name the run at the platform that is to be adopted.')];
  }
}

/** An operator's word on how a process ended. */
@ApiSchema({ name: 'Close' })
export class CloseBody {
  @ApiProperty({ enum: [...closedAs] })
  @IsIn(closedAs)
  @IsString()
  readonly as!: ClosedAs;

  @ApiProperty({ ...shownReason, example: 'The portal is gone for good' })
  @IsString()
  @Length(1, 255)
  readonly reason!: string;
}
