import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { JsonObject } from '../lib/json.js';
import type { HistoryItem } from '../processes/process.reader.js';

/** One line of a process's history: an event of its life, or one physical request. */
@ApiSchema({ name: 'HistoryItem' })
export class HistoryItemView {
  @ApiProperty({ enum: ['event', 'attempt'] })
  readonly kind!: 'event' | 'attempt';

  @ApiProperty({
    type: String,
    example: 'process.started',
    description: 'An event by its type, an attempt as attempt.{class}.',
  })
  readonly type!: string;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Counts events from 1 without gaps; null on attempts.' })
  readonly sequence!: number | null;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly time!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description:
      'What belongs to the type. Attempts that shared one request have the same `batchId`; null: it went alone.',
  })
  readonly data!: JsonObject;
}

/** A history item as callers get it. */
export function historyItemView(item: HistoryItem): HistoryItemView {
  if (item.kind === 'event') {
    const { type, sequence, time, data } = item.event;
    return { kind: 'event', type, sequence, time: time.toISOString(), data };
  }
  const { attempt } = item;
  return {
    kind: 'attempt',
    type: `attempt.${attempt.class ?? 'sending'}`,
    sequence: null,
    time: attempt.sentAt.toISOString(),
    data: {
      id: attempt.id,
      operationId: attempt.operationId,
      number: attempt.number,
      batchId: attempt.batchId,
      answeredAt: attempt.answeredAt?.toISOString() ?? null,
      nativeId: attempt.nativeId,
      message: attempt.message,
      platform: attempt.nativeFault && { ...attempt.nativeFault },
    },
  };
}
