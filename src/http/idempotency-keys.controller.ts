import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProperty, ApiSchema, ApiTags } from '@nestjs/swagger';
import { statusOf, statusOfWord } from './command-answers.js';
import { KeyUnknown } from '../processes/outcome.errors.js';
import type { Process } from '../processes/process.js';
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

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: "null: a person's word (a resolution, a close, an adoption), which no operation carries out.",
  })
  readonly operationId!: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'null: it was about no process.' })
  readonly processId!: string | null;

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
    if (!remembered) throw new KeyUnknown(key);
    const { operationId, processId, answer, createdAt } = remembered;
    const [operation, process] = await Promise.all([
      operationId === null ? null : reader.operation(operationId),
      processId === null ? null : reader.find(processId),
    ]);
    const isGone = (operationId !== null && !operation) || (processId !== null && !process);
    if (isGone) throw new KeyUnknown(key);
    const from = process ? keptFrom(process, createdAt) : createdAt;
    return {
      key,
      operationId,
      processId,
      state: answer ? 'done' : 'in_progress',
      httpStatus: answer && (operation ? statusOf(operation.kind, answer) : statusOfWord(answer)),
      createdAt: createdAt.toISOString(),
      expiresAt: from && new Date(from.getTime() + idempotencyDays * dayMs).toISOString(),
    };
  }
}

/** When the process left pending, but not before the key came: the run of an adopted one may be old. `null`: it is pending. */
function keptFrom({ state, startedAt, closedAt }: Process, keyAt: Date): Date | null {
  if (categoryOf[state] === 'pending') return null;
  const left = startedAt ?? closedAt;
  return left && left > keyAt ? left : keyAt;
}
