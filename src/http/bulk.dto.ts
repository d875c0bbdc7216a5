import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsString, Matches } from 'class-validator';
import type { Problem } from './problem.js';
import { ProblemView } from './problem.dto.js';
import { StartBody } from './start.dto.js';

/** One start of many. */
@ApiSchema({ name: 'BulkStart' })
export class BulkStartBody extends StartBody {
  @ApiProperty({
    type: String,
    minLength: 1,
    maxLength: 255,
    pattern: '^[\\x21-\\x7e]{1,255}$',
    example: 'PO-2026-0017',
    description: 'As the header Idempotency-Key of a single start: with the same key that is the same start.',
  })
  @IsString()
  @Matches(/^[\x21-\x7e]{1,255}$/, { message: 'idempotencyKey must be 1 to 255 visible ASCII characters' })
  readonly idempotencyKey!: string;
}

/** What became of one start of many. */
@ApiSchema({ name: 'BulkItem' })
export class BulkItemView {
  @ApiProperty({ type: 'integer', minimum: 0, description: 'Its place among the starts, from 0.' })
  readonly index!: number;

  @ApiProperty({
    type: 'integer',
    example: 202,
    description:
      'As of the same start alone that waits for nothing: 202 accepted, 201 or 200 where it was accepted before, else the ' +
      'status of `problem`.',
  })
  readonly status!: number;

  @ApiProperty({ type: String, format: 'uuid', required: false })
  readonly processId?: string;

  @ApiProperty({ type: () => ProblemView, required: false })
  readonly problem?: Problem;
}

/** What became of all of them, in their order. */
@ApiSchema({ name: 'Bulk' })
export class BulkView {
  @ApiProperty({ type: [BulkItemView] })
  readonly items!: readonly BulkItemView[];
}
