import { Body, Controller, Get, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiExtension,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { JsonObject } from '../lib/json.js';
import { CompleteElement } from '../processes/complete-element.js';
import { LogElement } from '../processes/log-element.js';
import { ListElements } from '../dispatch/list-elements.js';
import type { Caller } from '../security/caller.js';
import { Commands, CurrentCaller, Scopes, Waits } from './access.js';
import { clientOf } from './client-of.js';
import { Delivers } from './delivery.decorator.js';
import { ElementLoggedView, ElementView, LogElementBody, elementView } from './element.dto.js';
import { Problems } from './problems.decorator.js';
import { CompleteElementBody, ElementCompletedView } from './process-commands.dto.js';
import { ProcessDesk } from './process-desk.js';
import { ProcessView } from './process.dto.js';
import { UuidId } from './uuid-id.js';

const idParam = { name: 'id', type: String, format: 'uuid' } as const;

@ApiTags('Processes')
@ApiExtraModels(ElementView)
@Controller('v1/processes/:id/elements')
export class ElementsController {
  constructor(
    @Inject(ListElements) private readonly elements: ListElements,
    @Inject(CompleteElement) private readonly completions: CompleteElement,
    @Inject(LogElement) private readonly logs: LogElement,
    @Inject(ProcessDesk) private readonly desk: ProcessDesk,
  ) {}

  @Get()
  @Scopes('processes:read')
  @Delivers('elements')
  @ApiParam(idParam)
  @ApiOperation({ operationId: 'listElements', summary: 'The elements of a run, read from the platform or told by it' })
  @ApiOkResponse({
    schema: {
      type: 'object',
      required: ['items', 'nextCursor'],
      additionalProperties: false,
      properties: {
        items: { type: 'array', items: { $ref: getSchemaPath(ElementView) } },
        nextCursor: { type: 'string', nullable: true, description: 'Always null: they come all at once.' },
      },
    },
  })
  @Problems(
    'not-found',
    'process-indeterminate',
    'capability-not-supported',
    'platform-bad-response',
    'platform-unavailable',
  )
  async list(
    @Param('id', UuidId) id: string,
    @CurrentCaller() caller: Caller,
  ): Promise<{ items: ElementView[]; nextCursor: null }> {
    const listed = await this.elements.of(await this.desk.visible(id, caller));
    return { items: listed.map(elementView), nextCursor: null };
  }

  @Post(':elementId/complete')
  @HttpCode(200)
  @Commands('processes:terminate')
  @Waits()
  @Delivers('complete_element')
  @ApiParam(idParam)
  @ApiBody({ type: CompleteElementBody, required: false })
  @ApiParam({ name: 'elementId', type: String, format: 'uuid', description: 'As the list of elements gives it.' })
  @ApiOperation({ operationId: 'completeElement', summary: 'Complete an element that waits inside a run' })
  @ApiOkResponse({ type: ElementCompletedView, description: 'Done.' })
  @ApiAcceptedResponse({ type: ProcessView, description: 'Under way.' })
  @Problems(
    'idempotency-key-missing',
    'idempotency-key-invalid',
    'idempotency-key-reused',
    'not-found',
    'process-indeterminate',
    'process-closed',
    'capability-not-supported',
    'platform-rejected',
    'platform-permission-denied',
    'plan-restricted',
  )
  async complete(
    @Param('id', UuidId) processId: string,
    @Param('elementId', UuidId) elementId: string,
    @Body() { variables }: CompleteElementBody,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const key = this.desk.keyOf(request);
    const by = clientOf(caller);
    const command = { processId, elementId, variables: variables ?? null, by, key, traceId: request.traceId };
    const commanded = await this.desk.command(caller, () => this.completions.complete(command));
    return this.desk.answer('complete_element', commanded, request, reply);
  }

  @Post(':elementId/log')
  @HttpCode(200)
  @Commands('processes:terminate')
  @ApiExtension('x-delivery-guarantee', 'at_most_once')
  @ApiParam(idParam)
  @ApiParam({ name: 'elementId', type: String, format: 'uuid', description: 'As the list of elements gives it.' })
  @ApiOperation({
    operationId: 'logElement',
    summary: 'Write a line into the log of an element',
    description: 'Sent at once and never repeated. Under the same key no second line is written.',
  })
  @ApiOkResponse({ type: ElementLoggedView })
  @Problems(
    'idempotency-key-missing',
    'idempotency-key-invalid',
    'idempotency-key-reused',
    'idempotency-in-progress',
    'not-found',
    'process-indeterminate',
    'connection-reauthorization-required',
    'process-closed',
    'capability-not-supported',
    'platform-rejected',
    'platform-permission-denied',
    'plan-restricted',
    'platform-outcome-unknown',
    'platform-unavailable',
  )
  async log(
    @Param('id', UuidId) processId: string,
    @Param('elementId', UuidId) elementId: string,
    @Body() { message }: LogElementBody,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ElementLoggedView> {
    const key = this.desk.keyOf(request);
    const command = { processId, elementId, message, by: clientOf(caller), key, traceId: request.traceId };
    const logged = await this.desk.command(caller, () => this.logs.log(command));
    if (logged === 'replayed') void reply.header('idempotent-replayed', 'true');
    return { executed: true };
  }
}
