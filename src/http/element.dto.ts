import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import type { ListedElement } from '../processes/told-elements.store.js';

/** A step inside a run. */
@ApiSchema({ name: 'Element' })
export class ElementView {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ type: String, example: 'Approve the contract' })
  readonly name!: string;

  @ApiProperty({ type: String, description: "The platform's word for what it is." })
  readonly type!: string;

  @ApiProperty({ enum: ['waiting', 'running', 'completed', 'failed', 'cancelled'] })
  readonly state!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly startedAt!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly completedAt!: string | null;
}

/** An element as callers get it; its native id stays inside. */
export function elementView({ id, element }: ListedElement): ElementView {
  const { name, type, state, startedAt, completedAt } = element;
  return {
    id,
    name,
    type,
    state,
    startedAt: startedAt?.toISOString() ?? null,
    completedAt: completedAt?.toISOString() ?? null,
  };
}

/** A line for the log of an element. */
@ApiSchema({ name: 'LogElement' })
export class LogElementBody {
  @ApiProperty({ type: String, minLength: 1, maxLength: 4000, example: 'Half of it is done.' })
  @IsString()
  @Length(1, 4000)
  readonly message!: string;
}

/** What became of the line. */
@ApiSchema({ name: 'ElementLogged' })
export class ElementLoggedView {
  @ApiProperty({ type: Boolean, description: 'Always true: the line is written.' })
  readonly executed!: true;
}
