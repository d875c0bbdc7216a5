import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProperty, ApiSchema, ApiTags } from '@nestjs/swagger';
import { statusOf } from './command-answers.js';
import { KeyUnknown } from '../processes/outcome.errors.js';
import { categoryOf } from '../processes/process-state.js';
import type { Caller } from '../security/caller.js';
import { CurrentCaller, Scopes } from './access.js';
import { Problems } from './problems.decorator.js';
import { ProcessDesk } from './process-desk.js';
import { QueryText } from './query-field.js';

/** What is stored under an idempotency key. */
@ApiSchema({ name: 'IdempotencyKey' })
class IdempotencyKeyView {
  @ApiProperty({ type: String })
  readonly key!: string;

  @ApiProperty({ type: String, format: 'uuid' })
  readonly operationId!: string;

  @ApiProperty({ type: String, format: 'uuid' })
  readonly processId!: string;

  @ApiProperty({ enum: ['in_progress', 'done'], description: 'done: a final answer stands.' })
  readonly state!: 'in_progress' | 'done';

  @ApiProperty({ type: 'integer', nullable: true, description: 'Of the final answer.' })
  readonly httpStatus!: number | null;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly createdAt!: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'null until the process leaves pending.',
  })
  readonly expiresAt!: string | null;
}

/** A key whose characters do not fit into a path. */
class KeyQuery {
  @QueryText('The key; the same as in the path.', { required: true })
  readonly key!: string;
}

const dayMs = 86_400_000;

@ApiTags('Processes')
@Controller('v1/idempotency-keys')
export class IdempotencyKeysController {
  constructor(@Inject(ProcessDesk) private readonly desk: ProcessDesk) {}

  @Get()
  @Scopes('processes:read')
  @ApiOperation({ operationId: 'findIdempotencyKey', summary: 'Look up a key by query' })
  @ApiOkResponse({ type: IdempotencyKeyView })
  @Problems('not-found')
  byQuery(@Query() { key }: KeyQuery, @CurrentCaller() caller: Caller): Promise<IdempotencyKeyView> {
    return this.#look(key, caller);
  }

  @Get(':key')
  @Scopes('processes:read')
  @ApiParam({ name: 'key', type: String })
  @ApiOperation({
    operationId: 'getIdempotencyKey',
    summary: 'Look up what a key was used for',
    description: '404 proves nothing: repeat the command with the same key, never with another.',
  })
  @ApiOkResponse({ type: IdempotencyKeyView })
  @Problems('not-found')
  byPath(@Param('key') key: string, @CurrentCaller() caller: Caller): Promise<IdempotencyKeyView> {
    return this.#look(key, caller);
  }

  async #look(key: string, caller: Caller): Promise<IdempotencyKeyView> {
    const { reader, idempotencyDays } = this.desk;
    const remembered = await reader.remembered(caller.clientId, key);
    const [operation, process] = remembered
      ? await Promise.all([reader.operation(remembered.operationId), reader.find(remembered.processId)])
      : [null, null];
    if (!remembered || !operation || !process) throw new KeyUnknown(key);
    const { operationId, processId, answer, createdAt } = remembered;
    const leftPendingAt = categoryOf[process.state] === 'pending' ? null : (process.startedAt ?? process.closedAt);
    return {
      key,
      operationId,
      processId,
      state: answer ? 'done' : 'in_progress',
      httpStatus: answer && statusOf(operation.kind, answer),
      createdAt: createdAt.toISOString(),
      expiresAt: leftPendingAt && new Date(leftPendingAt.getTime() + idempotencyDays * dayMs).toISOString(),
    };
  }
}
