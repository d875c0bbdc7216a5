import { Body, Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { JsonObject } from '../lib/json.js';
import { AdoptRun } from '../processes/adopt-run.js';
import type { Caller } from '../security/caller.js';
import { Commands, CurrentCaller } from './access.js';
import { AdoptBody } from './adoption.dto.js';
import { clientOf } from './client-of.js';
import { Delivers } from './delivery.decorator.js';
import { Problems } from './problems.decorator.js';
import { ProcessDesk } from './process-desk.js';
import { ProcessView } from './process.dto.js';
import { identifierText } from './start-faults.js';
import { NotFound } from '../processes/process.errors.js';

@ApiTags('Processes')
@Controller('v1/processes/adopt')
export class AdoptionController {
  constructor(
    @Inject(AdoptRun) private readonly adoption: AdoptRun,
    @Inject(ProcessDesk) private readonly desk: ProcessDesk,
  ) {}

  @Post()
  @Commands('processes:start', 'processes:sign')
  @Delivers('native_runs')
  @ApiOperation({
    operationId: 'adoptRun',
    summary: 'Bring a run under management that the gateway did not start',
    description:
      'The run is read at its platform; nothing is sent that could run. The process has its state as the platform tells it, ' +
      '`adoption: "operator"`, no variables, and takes every later command but retry. 404: the platform does not show the run ' +
      'to this connection; not every platform shows what has ended. 409 `conflict`: the run belongs to a process already ' +
      '(`processId`), or may be that of a start whose outcome is not known: then resolve the incident of that one, or wait ' +
      'until it is open. Documents for signature are named by their uid and need the scope `processes:sign`.',
  })
  @ApiCreatedResponse({
    type: ProcessView,
    description: 'It is under management.',
    headers: { Location: { description: 'Of the process.', schema: { type: 'string' } } },
  })
  @Problems(
    'idempotency-key-missing',
    'idempotency-key-invalid',
    'idempotency-key-reused',
    'idempotency-in-progress',
    'not-found',
    'definition-not-found',
    'conflict',
    'connection-reauthorization-required',
    'capability-not-supported',
    'platform-rejected',
    'platform-permission-denied',
    'plan-restricted',
    'platform-bad-response',
    'platform-unavailable',
  )
  async adopt(
    @Body() { connection, nativeId, definition }: AdoptBody,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const given = await this.adoption.adopt({
      connection,
      nativeId,
      definition: definition === undefined ? null : identifierText(definition),
      by: clientOf(caller),
      key: this.desk.keyOf(request),
    });
    void reply.code(201);
    if (given.is === 'given') return this.desk.located(given.process, caller, reply);
    void reply.header('idempotent-replayed', 'true');
    const { processId, answer } = given.remembered;
    const process = processId === null ? null : await this.desk.reader.find(processId);
    if (!process) throw new NotFound(`process ${processId ?? 'under this key'} any more`);
    return this.desk.located({ ...process, ...answer?.progress }, caller, reply);
  }
}
