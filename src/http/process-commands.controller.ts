import { Body, Controller, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { valueFault } from '../lib/fault.js';
import type { JsonObject } from '../lib/json.js';
import { Invalid } from '../processes/process.errors.js';
import { RetryProcess } from '../processes/retry-process.js';
import { StopProcess } from '../processes/stop-process.js';
import type { Caller } from '../security/caller.js';
import { Commands, CurrentCaller, Waits } from './access.js';
import { clientOf } from './client-of.js';
import { Delivers } from './delivery.decorator.js';
import { ApiNoFields, NoFields } from './no-fields.js';
import { Problems } from './problems.decorator.js';
import { KillBody, TerminateBody } from './process-commands.dto.js';
import { ProcessDesk } from './process-desk.js';
import { ProcessView } from './process.dto.js';
import { UuidId } from './uuid-id.js';

const idParam = { name: 'id', type: String, format: 'uuid' } as const;
const operationHeader = { headers: { 'Operation-Id': { schema: { type: 'string' as const, format: 'uuid' } } } };

/** Terminate and kill refuse for the same reasons. */
const stopProblems = Problems(
  'idempotency-key-missing',
  'idempotency-key-invalid',
  'idempotency-key-reused',
  'not-found',
  'process-indeterminate',
  'invalid-state',
  'process-closed',
  'capability-not-supported',
  'platform-rejected',
  'platform-permission-denied',
  'plan-restricted',
);

@ApiTags('Processes')
@Controller('v1/processes/:id')
export class ProcessCommandsController {
  constructor(
    @Inject(StopProcess) private readonly stops: StopProcess,
    @Inject(RetryProcess) private readonly retries: RetryProcess,
    @Inject(ProcessDesk) private readonly desk: ProcessDesk,
  ) {}

  @Post('terminate')
  @HttpCode(200)
  @Commands('processes:terminate')
  @Waits()
  @Delivers('terminate')
  @ApiParam(idParam)
  @ApiBody({ type: TerminateBody, required: false })
  @ApiOperation({
    operationId: 'terminateProcess',
    summary: 'Stop a run and keep its data',
    description: 'An unsent start is withdrawn. 200: stopped. 202: under way, or remembered until the run is known.',
  })
  @ApiOkResponse({ type: ProcessView, description: 'Stopped, or withdrawn.', ...operationHeader })
  @ApiAcceptedResponse({ type: ProcessView, description: 'Under way.', ...operationHeader })
  @stopProblems
  terminate(
    @Param('id', UuidId) id: string,
    @Body() body: TerminateBody,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    return this.#stop('terminate', id, body, caller, { request, reply });
  }

  @Post('kill')
  @HttpCode(200)
  @Commands('processes:kill')
  @Waits()
  @Delivers('kill')
  @ApiParam(idParam)
  @ApiOperation({
    operationId: 'killProcess',
    summary: 'Stop a run and delete its data',
    description: 'Irreversible. `confirm` repeats the id. An unsent start is withdrawn.',
  })
  @ApiOkResponse({ type: ProcessView, description: 'Stopped and deleted, or withdrawn.', ...operationHeader })
  @ApiAcceptedResponse({ type: ProcessView, description: 'Under way.', ...operationHeader })
  @stopProblems
  kill(
    @Param('id', UuidId) id: string,
    @Body() body: KillBody,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    if (body.confirm.toLowerCase() !== id) {
      throw new Invalid([valueFault('/confirm', 'not-confirmed', `Repeat the id of the process to kill: ${id}.`)]);
    }
    return this.#stop('kill', id, body, caller, { request, reply });
  }

  @Post('retry')
  @HttpCode(201)
  @Commands('processes:start', 'processes:sign')
  @Waits()
  @Delivers('start')
  @ApiParam(idParam)
  @ApiNoFields()
  @ApiOperation({
    operationId: 'retryProcess',
    summary: 'Start a new process with the same input',
    description:
      'From rejected, failed, terminated, expired or withdrawn. The new process names the old one in `retryOf`.',
  })
  @ApiCreatedResponse({ type: ProcessView, description: 'The new run exists.' })
  @ApiAcceptedResponse({ type: ProcessView, description: 'Accepted; the outcome is open.' })
  @ApiOkResponse({ type: ProcessView, description: 'The new start was withdrawn or expired.' })
  @Problems(
    'idempotency-key-missing',
    'idempotency-key-invalid',
    'idempotency-key-reused',
    'not-found',
    'definition-not-found',
    'invalid-state',
    'connection-reauthorization-required',
    'capability-not-supported',
    'validation-failed',
    'platform-rejected',
  )
  async retry(
    @Param('id', UuidId) processId: string,
    @Body() _body: NoFields,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const key = this.desk.keyOf(request);
    const command = { processId, by: clientOf(caller), key, traceId: request.traceId };
    return this.desk.answer('start', await this.retries.retry(command), request, reply);
  }

  async #stop(
    kind: 'terminate' | 'kill',
    processId: string,
    { reason, whenFound }: TerminateBody,
    caller: Caller,
    { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  ): Promise<JsonObject> {
    const command = {
      processId,
      kind,
      reason: reason ?? null,
      whenFound: whenFound ?? false,
      by: clientOf(caller),
      key: this.desk.keyOf(request),
      traceId: request.traceId,
    };
    const stopped = await this.desk.command(caller, () => this.stops.stop(command));
    if (stopped.is !== 'joined') return this.desk.answer(kind, stopped, request, reply);
    void reply.code(202).header('retry-after', '1');
    return this.desk.located(stopped.process, caller, reply);
  }
}
