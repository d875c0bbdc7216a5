import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import type { JsonObject } from '../lib/json.js';
import type { CloudEvent } from '../webhooks/cloud-event.js';
import { QueryText, QueryWhole } from './query-field.js';

/** What a reader of the feed asks for. */
@ApiSchema({ name: 'EventQuery' })
export class EventQuery {
  @QueryWhole(1, 200, 'How many events at most.', 50)
  readonly limit: number = 50;

  @QueryText('Where to go on: the last `nextCursor`, or `latest`. Absent: at the oldest event that is kept.')
  readonly after?: string;
}

/** Something that happened, as CloudEvents 1.0. */
@ApiSchema({ name: 'Event' })
export class EventView implements CloudEvent {
  @ApiProperty({ enum: ['1.0'] })
  readonly specversion!: '1.0';

  @ApiProperty({ type: String, format: 'uuid', description: 'The same wherever the event is told, also in webhooks.' })
  readonly id!: string;

  @ApiProperty({ type: String, format: 'uri-reference', example: '/connections/sales-portal/processes/01994f0e' })
  readonly source!: string;

  @ApiProperty({ type: String, example: 'bpmgw.v1.process.started' })
  readonly type!: string;

  @ApiPropertyOptional({ type: String, format: 'uuid', description: 'The process; absent on what is of none.' })
  readonly subject?: string;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly time!: string;

  @ApiProperty({ enum: ['application/json'] })
  readonly datacontenttype!: 'application/json';

  @ApiPropertyOptional({
    type: String,
    pattern: '^[0-9]{10}$',
    example: '0000000003',
    description: 'Counts the events of its process from 1 without gaps; who may not see all of them sees gaps.',
  })
  readonly sequence?: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description:
      '`process` as it stands when this is read, and in `changed` what the event brought; `connection` or `webhookId` ' +
      'where it is of no process. Over 20 KiB `variables` and `result` are left out, and `truncated` is true.',
  })
  readonly data!: JsonObject;
}

/** A page of the feed. */
@ApiSchema({ name: 'EventPage' })
export class EventPageView {
  @ApiProperty({ type: [EventView], description: 'Oldest first.' })
  readonly items!: readonly EventView[];

  @ApiProperty({ type: String, description: 'Where to go on, also when nothing more is there yet.' })
  readonly nextCursor!: string;
}
