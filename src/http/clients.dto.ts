import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsString,
  Length,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { scopes, type Scope } from '../security/caller.js';
import { IsCidr, IsTime } from './setting-rules.js';
import { Optional, OptionalOrNull } from './optional.js';

const nameRule = /^(?!jwt:)[^\p{Cc}]+$/u;
const nameMessage = {
  message: 'name must not hold control characters, nor begin with "jwt:" as those of clients with a token',
};
const shownName = {
  type: String,
  minLength: 1,
  maxLength: 255,
  pattern: '^(?!jwt:)',
  example: 'erp',
  description: 'Unique; `jwt:` is before the names of clients that come with a token.',
};
const shownScopes = { enum: scopes, isArray: true, uniqueItems: true, example: ['processes:read', 'processes:start'] };

/** What both a new client and a change may hold. */
class ClientFields {
  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    maxItems: 1000,
    example: ['sales-portal'],
    description: 'Keys of the connections that it may use; null: all.',
  })
  @OptionalOrNull()
  @IsArray()
  @ArrayMaxSize(1000)
  @IsString({ each: true })
  @Length(1, 255, { each: true })
  readonly connections?: string[] | null;

  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    maxItems: 1000,
    example: null,
    description: 'Definitions that it may start and see; null: all.',
  })
  @OptionalOrNull()
  @IsArray()
  @ArrayMaxSize(1000)
  @IsString({ each: true })
  @Length(1, 255, { each: true })
  readonly definitions?: string[] | null;

  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    maxItems: 100,
    example: ['10.0.0.0/8'],
    description: 'Addresses and CIDRs that it may call from; null: any.',
  })
  @OptionalOrNull()
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @IsCidr({ each: true })
  readonly addresses?: string[] | null;

  @ApiPropertyOptional({
    type: String,
    enum: ['own', 'connection'],
    description:
      'Only processes that it started itself, or all of the connections that it may use. New clients: connection.',
  })
  @Optional()
  @IsIn(['own', 'connection'])
  readonly sees?: 'own' | 'connection';

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 1_000_000, nullable: true, example: 600 })
  @OptionalOrNull()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  readonly requestsPerMinute?: number | null;

  @ApiPropertyOptional({
    type: Boolean,
    description: 'Whether commands without Idempotency-Key are refused. New clients: true.',
  })
  @Optional()
  @IsBoolean()
  readonly requireIdempotencyKey?: boolean;

  @ApiPropertyOptional({ type: String, format: 'date-time', nullable: true, description: 'null: never.' })
  @OptionalOrNull()
  @IsString()
  @IsTime()
  readonly expiresAt?: string | null;
}

/** What may be changed of a client; a field that is missing stays as it is. */
export class ClientPatch extends ClientFields {
  @ApiPropertyOptional(shownName)
  @Optional()
  @IsString()
  @Length(1, 255)
  @Matches(nameRule, nameMessage)
  readonly name?: string;

  @ApiPropertyOptional(shownScopes)
  @Optional()
  @IsArray()
  @ArrayUnique()
  @IsIn(scopes, { each: true })
  readonly scopes?: Scope[];
}

/** A client that is to be. */
export class ClientCreate extends ClientFields {
  @ApiProperty(shownName)
  @IsString()
  @Length(1, 255)
  @Matches(nameRule, nameMessage)
  readonly name!: string;

  @ApiProperty(shownScopes)
  @IsArray()
  @ArrayUnique()
  @IsIn(scopes, { each: true })
  readonly scopes!: Scope[];
}
