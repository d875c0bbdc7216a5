import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProperty, ApiSchema, ApiTags } from '@nestjs/swagger';
import type { JsonObject } from '../lib/json.js';
import { NotFound } from '../processes/process.errors.js';
import type { Caller } from '../security/caller.js';
import { CurrentCaller, Scopes } from './access.js';
import { Problems } from './problems.decorator.js';
import { ProcessDesk } from './process-desk.js';
import { operationView } from './process-view.js';
import { UuidId } from './uuid-id.js';

/** One command of a client. */
@ApiSchema({ name: 'Operation' })
class OperationView {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ type: String, format: 'uuid' })
  readonly processId!: string;

  @ApiProperty({ enum: ['start', 'terminate', 'kill', 'complete_element', 'complete_task', 'delegate_task'] })
  readonly kind!: string;

  @ApiProperty({ enum: ['queued', 'sending', 'done', 'refused', 'unknown'] })
  readonly state!: string;

  @ApiProperty({ type: 'integer', description: 'Physical requests made for it.' })
  readonly attempts!: number;
}

@ApiTags('Processes')
@Controller('v1/operations')
export class OperationsController {
  constructor(@Inject(ProcessDesk) private readonly desk: ProcessDesk) {}

  @Get(':id')
  @Scopes('processes:read')
  @ApiParam({ name: 'id', type: String, format: 'uuid' })
  @ApiOperation({ operationId: 'getOperation', summary: 'Show how a command stands' })
  @ApiOkResponse({ type: OperationView })
  @Problems('not-found')
  async get(@Param('id', UuidId) id: string, @CurrentCaller() caller: Caller): Promise<JsonObject> {
    const operation = await this.desk.reader.operation(id);
    const process = operation && (await this.desk.seen(operation.processId, caller));
    // Of both the same words, so that nobody learns of an operation that is not for these eyes.
    if (!operation || !process) throw new NotFound(`operation ${id}`);
    return operationView(operation);
  }
}
