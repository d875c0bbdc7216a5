import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { problems } from './problems.js';

/** For the document alone; see `problem.ts`. */
@ApiSchema({ name: 'ProblemPlace', description: 'One place of the request that is wrong.' })
export class ProblemPlaceView {
  @ApiPropertyOptional({ type: String, description: 'RFC 6901, into the body.', example: '/variables/Parameter1' })
  readonly pointer?: string;

  @ApiPropertyOptional({ type: String, description: 'Name of a query parameter.', example: 'limit' })
  readonly parameter?: string;

  @ApiProperty({ type: String, example: 'required' })
  readonly code = '';

  @ApiProperty({ type: String, example: 'This field is required.' })
  readonly message = '';
}

@ApiSchema({ name: 'ProblemPlatform', description: 'What the platform itself said.' })
export class ProblemPlatformView {
  @ApiProperty({ type: String, nullable: true, example: 'ERROR_WRONG_WORKFLOW_ID' })
  readonly code: string | null = null;

  @ApiProperty({ type: String, nullable: true })
  readonly message: string | null = null;

  @ApiProperty({ type: 'integer', nullable: true, example: 400 })
  readonly httpStatus: number | null = null;
}

@ApiSchema({ name: 'Problem', description: 'An error, RFC 9457.' })
export class ProblemView {
  @ApiProperty({ type: String, format: 'uri', description: 'Opens a page that explains the code.' })
  readonly type = '';

  @ApiProperty({ type: String })
  readonly title = '';

  @ApiProperty({ type: 'integer', minimum: 400, maximum: 599 })
  readonly status = 0;

  @ApiProperty({ type: String, description: 'What happened this time, and what would help.' })
  readonly detail = '';

  @ApiProperty({ type: String, format: 'uri-reference' })
  readonly instance = '';

  @ApiProperty({ type: String, enum: Object.keys(problems), description: 'To branch on; never changes.' })
  readonly code = '';

  @ApiProperty({ enum: ['not_executed', 'executed', 'unknown'], description: 'Whether what was asked for happened.' })
  readonly outcome = '';

  @ApiProperty({ type: Boolean, description: 'The same request with the same key may help.' })
  readonly retryable = false;

  @ApiProperty({ type: String, pattern: '^[0-9a-f]{32}$' })
  readonly traceId = '';

  @ApiPropertyOptional({ type: String, format: 'uuid' })
  readonly processId?: string;

  @ApiPropertyOptional({ type: String, format: 'uuid' })
  readonly operationId?: string;

  @ApiPropertyOptional({ type: Object, additionalProperties: true, description: 'The stored copy, on 410 and 424.' })
  readonly process?: object;

  @ApiPropertyOptional({ type: ProblemPlatformView })
  readonly platform?: ProblemPlatformView;

  @ApiPropertyOptional({ type: [ProblemPlaceView], description: 'Every place that is wrong.' })
  readonly errors?: readonly ProblemPlaceView[];
}
