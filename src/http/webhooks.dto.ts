import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsString, Length } from 'class-validator';
import { askedTypes } from '../webhooks/event-types.js';
import { unprefixed } from '../webhooks/webhook.js';
import { valueFault, type Fault } from '../lib/fault.js';
import { Optional, OptionalOrNull } from './optional.js';
import { IsTime } from './setting-rules.js';

const shownUrl = {
  type: String,
  format: 'uri',
  maxLength: 2048,
  example: 'https://erp.example.com/bpm-events',
} as const;

/** What both a new webhook and a change may hold. */
class WebhookFields {
  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    minItems: 1,
    maxItems: 100,
    example: ['process.*', 'incident.opened'],
    description: 'Types of events, with the prefix `bpmgw.v1.` or without; `process.*` is all of processes. null: all.',
  })
  @OptionalOrNull()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @IsString({ each: true })
  readonly types?: string[] | null;

  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    minItems: 1,
    maxItems: 1000,
    example: ['sales-portal'],
    description: 'Keys of connections. null: all that the client may see.',
  })
  @OptionalOrNull()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @IsString({ each: true })
  @Length(1, 255, { each: true })
  readonly connections?: string[] | null;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 255, example: 'The ERP' })
  @OptionalOrNull()
  @IsString()
  @Length(0, 255)
  readonly description?: string | null;

  /** Types that there are not. */
  static faultsIn({ types }: Readonly<Record<string, unknown>>): readonly Fault[] {
    if (!Array.isArray(types)) return [];
    return types.flatMap((type: unknown, at) =>
      typeof type === 'string' && !askedTypes.includes(unprefixed(type))
        ? [valueFault(`/types/${at}`, 'unknown-type', `There is no such event; there are ${askedTypes.join(', ')}.`)]
        : [],
    );
  }
}

/** A webhook that is to be. */
export class WebhookCreate extends WebhookFields {
  @ApiProperty(shownUrl)
  @IsString()
  @Length(1, 2048)
  readonly url!: string;
}

/** What may be changed of a webhook; a field that is missing stays as it is. */
export class WebhookPatch extends WebhookFields {
  @ApiPropertyOptional(shownUrl)
  @Optional()
  @IsString()
  @Length(1, 2048)
  readonly url?: string;
}

/** From when on everything is told again. */
@ApiSchema({ name: 'WebhookReplay' })
export class WebhookReplay {
  @ApiProperty({ type: String, format: 'date-time', example: '2026-11-21T09:30:00Z' })
  @IsString()
  @IsTime()
  readonly from!: string;
}
