import { ApiProperty, ApiPropertyOptional, ApiSchema, getSchemaPath } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsDefined,
  IsIn,
  IsInt,
  IsObject,
  IsString,
  Length,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import type { JsonObject } from '../lib/json.js';
import { IsTime } from './setting-rules.js';
import { Optional } from './optional.js';
import { startFaults } from './start-faults.js';

/** What to start; contract §4. */
@ApiSchema({ name: 'Start' })
export class StartBody {
  /** What the decorators cannot say; asked by the door together with them. */
  static readonly faultsIn = startFaults;

  @ApiProperty({ type: String, example: 'sandbox-connection', description: 'Key of the connection.' })
  @IsString()
  @Length(1, 63)
  readonly connection!: string;

  @ApiProperty({
    oneOf: [{ type: 'string', minLength: 1, maxLength: 255 }, { type: 'integer' }],
    example: '1',
    description: 'What to start there, as GET /v1/connections/{key}/definitions lists it.',
  })
  @IsDefined()
  readonly definition!: string | number;

  @ApiPropertyOptional({
    oneOf: [{ $ref: getSchemaPath('Subject') }, { $ref: getSchemaPath('NativeSubject') }],
    description: 'The document that the run is about, where the platform needs one.',
  })
  @Optional()
  @IsObject()
  readonly subject?: { readonly type: string; readonly id: string | number } | { readonly native: readonly string[] };

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    example: {},
    description: "The input, by the names of the definition's inputSchema. `null` omits a variable.",
  })
  @Optional()
  @IsObject()
  readonly variables?: JsonObject;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    example: {},
    description: 'Call parameters outside the input, e.g. `startWith` or `language`.',
  })
  @Optional()
  @IsObject()
  readonly options?: JsonObject;

  @ApiPropertyOptional({
    type: [String],
    maxItems: 100,
    example: [],
    description: 'Output parameters to return. Asking for them may make the platform run synchronously.',
  })
  @Optional()
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @Length(1, 255, { each: true })
  readonly results?: string[];

  @ApiPropertyOptional({
    type: String,
    maxLength: 255,
    example: 'PO-2026-0017',
    description: "The caller's own name for it.",
  })
  @Optional()
  @IsString()
  @Length(1, 255)
  readonly businessKey?: string;

  @ApiPropertyOptional({
    enum: ['allow', 'reject', 'return_existing'],
    default: 'allow',
    description:
      'What a process with the same business key that is not closed means, in this connection and definition.',
  })
  @Optional()
  @IsIn(['allow', 'reject', 'return_existing'])
  readonly onBusinessKeyConflict?: 'allow' | 'reject' | 'return_existing';

  @ApiPropertyOptional({ type: [String], maxItems: 20, example: ['erp'], description: 'At most 20 of 64 characters.' })
  @Optional()
  @IsArray()
  @ArrayMaxSize(20)
  @IsString({ each: true })
  @Length(1, 64, { each: true })
  readonly tags?: string[];

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string', maxLength: 255 },
    example: { costCentre: '12' },
    description: 'At most 50 entries; values are texts of at most 255 characters.',
  })
  @Optional()
  @IsObject()
  readonly metadata?: Readonly<Record<string, string>>;

  @ApiPropertyOptional({ type: String, format: 'date-time', description: 'Unsent by then, it expires.' })
  @Optional()
  @IsString()
  @IsTime()
  @MaxLength(40)
  readonly startBefore?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: 31_536_000,
    description: 'The same, counted from acceptance.',
  })
  @Optional()
  @IsInt()
  @Min(1)
  @Max(31_536_000)
  readonly startWithinSeconds?: number;

  @ApiPropertyOptional({
    enum: ['block', 'continue'],
    default: 'block',
    description: 'Whether later starts of the same lane wait while it is not known if this one ran.',
  })
  @Optional()
  @IsIn(['block', 'continue'])
  readonly onIndeterminate?: 'block' | 'continue';
}

/** A document by a type of the contract. */
@ApiSchema({ name: 'Subject' })
export class SubjectView {
  @ApiProperty({ type: String, example: 'crm.lead' })
  readonly type!: string;

  @ApiProperty({ oneOf: [{ type: 'string' }, { type: 'integer' }], example: '1' })
  readonly id!: string;
}

/** A document as the platform itself names it. */
@ApiSchema({ name: 'NativeSubject' })
export class NativeSubjectView {
  @ApiProperty({ type: [String], minItems: 1, maxItems: 3, example: ['crm', 'CCrmDocumentLead', 'LEAD_1'] })
  readonly native!: string[];
}
