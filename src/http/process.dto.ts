import { ApiProperty, ApiPropertyOptional, ApiSchema, getSchemaPath } from '@nestjs/swagger';
import { categories, conclusions, processStates } from '../processes/process-state.js';
import { FailureView } from './failure.dto.js';

const time = { type: String, format: 'date-time' } as const;
const timeOrNull = { ...time, nullable: true } as const;
const textOrNull = { type: String, nullable: true } as const;

/** Why a process is not going on. */
@ApiSchema({ name: 'WaitingFor' })
export class WaitingForView {
  @ApiProperty({ enum: ['lane', 'budget', 'capacity', 'paused', 'degraded', 'reauthorization', 'retry', 'restored'] })
  readonly reason!: string;

  @ApiPropertyOptional({ type: String, format: 'uuid' })
  readonly processId?: string;

  @ApiPropertyOptional(time)
  readonly until?: string;
}

/** One run as its caller sees it, as lists show it. */
@ApiSchema({ name: 'ProcessBrief' })
export class ProcessBriefView {
  @ApiProperty({ type: String, format: 'uuid', description: 'UUIDv7; exists from acceptance, before a byte is sent.' })
  readonly id!: string;

  @ApiProperty({ type: String, example: 'sales-portal' })
  readonly connection!: string;

  @ApiProperty({ type: String })
  readonly platform!: string;

  @ApiProperty({ type: String, example: '1' })
  readonly definition!: string;

  @ApiProperty({ ...textOrNull, example: 'Contract approval' })
  readonly definitionName!: string | null;

  @ApiProperty({ ...textOrNull, description: "The run's id at the platform; null while it is not known." })
  readonly nativeId!: string | null;

  @ApiProperty(textOrNull)
  readonly businessKey!: string | null;

  @ApiProperty({ type: [String] })
  readonly tags!: string[];

  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  readonly metadata!: Record<string, string>;

  @ApiProperty({
    oneOf: [{ $ref: getSchemaPath('Subject') }, { $ref: getSchemaPath('NativeSubject') }, { type: 'null' }],
  })
  readonly subject!: object | null;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'With ?include=variables.' })
  readonly variables?: object;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'With ?include=result.',
  })
  readonly result?: object | null;

  @ApiProperty({ enum: processStates })
  readonly state!: string;

  @ApiProperty({ enum: categories })
  readonly category!: string;

  @ApiProperty({ ...textOrNull, description: "The platform's own word for the state." })
  readonly nativeState!: string | null;

  @ApiProperty({ type: WaitingForView, nullable: true })
  readonly waitingFor!: WaitingForView | null;

  @ApiProperty({
    enum: [...conclusions, null],
    nullable: true,
    type: String,
    description: 'What came of it; null until it is closed.',
  })
  readonly conclusion!: string | null;

  @ApiProperty({
    enum: ['platform_reported', 'report_back', 'gateway_command', 'operator', 'inferred_absence', null],
    nullable: true,
    type: String,
    description: 'Whose word the state is.',
  })
  readonly evidence!: string | null;

  @ApiProperty({ enum: ['direct', 'reconciled_exact', 'reconciled_probable', 'operator'] })
  readonly adoption!: string;

  @ApiProperty({ type: FailureView, nullable: true })
  readonly failure!: FailureView | null;

  @ApiProperty({ type: Boolean, description: 'A condition that needs a person is open.' })
  readonly hasIncident!: boolean;

  @ApiProperty({ type: String, description: 'Name of the client that started it.' })
  readonly createdBy!: string;

  @ApiProperty({ ...textOrNull, format: 'uuid', description: 'The process that this one tries again.' })
  readonly retryOf!: string | null;

  @ApiProperty({ type: 'integer', description: 'Physical requests made to start it.' })
  readonly attempts!: number;

  @ApiProperty({ type: 'integer', description: 'Counts changes, observedAt aside.' })
  readonly revision!: number;

  @ApiProperty(time)
  readonly createdAt!: string;

  @ApiProperty(timeOrNull)
  readonly startedAt!: string | null;

  @ApiProperty(timeOrNull)
  readonly closedAt!: string | null;

  @ApiProperty({ ...timeOrNull, description: 'When the platform was last heard of it.' })
  readonly observedAt!: string | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string', format: 'uri' },
    description: 'What this caller may do with it now.',
  })
  readonly links!: Record<string, string>;
}

/** One run as its caller sees it. */
@ApiSchema({ name: 'Process' })
export class ProcessView extends ProcessBriefView {
  @ApiProperty({ type: 'object', additionalProperties: true })
  declare readonly variables: object;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true, description: 'What the run gave back.' })
  declare readonly result: object | null;
}
