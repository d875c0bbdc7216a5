import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsNumber, IsObject, IsString, Length, Matches, Max, Min, ValidateNested } from 'class-validator';
import { connectionKeyPattern } from '../connections/connection-key.js';
import { ApiOpen } from './open-body.js';
import { Optional, OptionalOrNull } from './optional.js';

const nameRule = /^[^\p{Cc}]+$/u;
const nameMessage = { message: 'name must not hold control characters' };
const keyMessage = { message: 'key must be 1 to 63 lower-case letters, digits and hyphens, e.g. sales-portal' };
const longestStart = 31_536_000;

const shown = {
  name: { type: String, minLength: 1, maxLength: 255, example: 'Sales portal' },
  baseUrl: { type: String, format: 'uri', maxLength: 2048, example: 'https://portal.example' },
  requestsPerSecond: {
    type: Number,
    nullable: true,
    minimum: 0.01,
    maximum: 10_000,
    example: 2,
    description: 'null: not limited here. Connections to the same host share it.',
  },
  burst: { type: 'integer', nullable: true, minimum: 1, maximum: 100_000, example: 50 },
  maxInFlight: { type: 'integer', minimum: 1, maximum: 1000, example: 10, description: 'Per replica.' },
  queueDepth: { type: 'integer', minimum: 1, maximum: 10_000_000, example: 100_000 },
  batch: { enum: ['auto', 'off'], example: 'auto', description: 'Whether several starts may ride in one request.' },
  startTimeoutSeconds: { type: 'integer', minimum: 1, maximum: 3600, example: 65 },
  startWithinSeconds: {
    type: 'integer',
    nullable: true,
    minimum: 1,
    maximum: longestStart,
    example: null,
    description: 'Starts that are unsent by then expire; null: they wait as long as it takes.',
  },
} as const;

/** How a connection is used; what is missing or `null` is the default of its platform. */
@ApiSchema({ name: 'ConnectionLimits' })
export class LimitsBody {
  @ApiPropertyOptional(shown.requestsPerSecond)
  @OptionalOrNull()
  @IsNumber()
  @Min(0.01)
  @Max(10_000)
  readonly requestsPerSecond?: number | null;

  @ApiPropertyOptional(shown.burst)
  @OptionalOrNull()
  @IsInt()
  @Min(1)
  @Max(100_000)
  readonly burst?: number | null;

  @ApiPropertyOptional({ ...shown.maxInFlight, nullable: true })
  @OptionalOrNull()
  @IsInt()
  @Min(1)
  @Max(1000)
  readonly maxInFlight?: number | null;

  @ApiPropertyOptional({ ...shown.queueDepth, nullable: true })
  @OptionalOrNull()
  @IsInt()
  @Min(1)
  @Max(10_000_000)
  readonly queueDepth?: number | null;

  @ApiPropertyOptional({ ...shown.batch, nullable: true })
  @OptionalOrNull()
  @IsIn(['auto', 'off'])
  readonly batch?: 'auto' | 'off' | null;

  @ApiPropertyOptional({ ...shown.startTimeoutSeconds, nullable: true })
  @OptionalOrNull()
  @IsInt()
  @Min(1)
  @Max(3600)
  readonly startTimeoutSeconds?: number | null;

  @ApiPropertyOptional(shown.startWithinSeconds)
  @OptionalOrNull()
  @IsInt()
  @Min(1)
  @Max(longestStart)
  readonly startWithinSeconds?: number | null;
}

/** The fields that every platform's connections have; the platform's own ones stand beside them. */
@ApiOpen()
@ApiSchema({ name: 'NewConnection' })
export class ConnectionCreate {
  @ApiProperty({ type: String, pattern: connectionKeyPattern.source, example: 'sales-portal' })
  @IsString()
  @Matches(connectionKeyPattern, keyMessage)
  readonly key!: string;

  @ApiProperty({ type: String, minLength: 1, maxLength: 63, description: 'One of GET /v1/platforms.' })
  @IsString()
  @Length(1, 63)
  readonly platform!: string;

  @ApiPropertyOptional({ ...shown.name, description: 'Without one, the key serves.' })
  @Optional()
  @IsString()
  @Length(1, 255)
  @Matches(nameRule, nameMessage)
  readonly name?: string;

  @ApiProperty(shown.baseUrl)
  @IsString()
  @Length(1, 2048)
  readonly baseUrl!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    writeOnly: true,
    description: "The credentials; their form is in the platform's connectionSchema. Secrets are never shown again.",
  })
  @IsObject()
  readonly auth!: object;

  @ApiPropertyOptional({ type: LimitsBody })
  @Optional()
  @ValidateNested()
  @Type(() => LimitsBody)
  readonly limits?: LimitsBody;
}

/** A JSON merge patch (RFC 7396) of the fields that every platform's connections have; its own ones stand beside them. */
@ApiOpen()
@ApiSchema({ name: 'ConnectionPatch' })
export class ConnectionPatch {
  @ApiPropertyOptional({ ...shown.name, nullable: true, description: 'null: the key serves.' })
  @OptionalOrNull()
  @IsString()
  @Length(1, 255)
  @Matches(nameRule, nameMessage)
  readonly name?: string | null;

  @ApiPropertyOptional(shown.baseUrl)
  @Optional()
  @IsString()
  @Length(1, 2048)
  readonly baseUrl?: string;

  @ApiPropertyOptional({ type: LimitsBody, nullable: true, description: "null: the platform's defaults." })
  @OptionalOrNull()
  @ValidateNested()
  @Type(() => LimitsBody)
  readonly limits?: LimitsBody | null;
}

/** The names of the fields that the classes above read; every other field is the platform's own. */
export const commonFields = {
  create: ['key', 'platform', 'name', 'baseUrl', 'auth', 'limits'],
  patch: ['name', 'baseUrl', 'limits'],
} as const;
