import { Body, Controller, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CallNatively } from '../processes/call-natively.js';
import type { Caller } from '../security/caller.js';
import { Commands, CurrentCaller } from './access.js';
import { Delivers } from './delivery.decorator.js';
import { Forbidden } from './door.errors.js';
import { NativeCallBody } from './native-call.dto.js';
import { Problems } from './problems.decorator.js';
import { ProcessDesk } from './process-desk.js';
import { seenConnection } from './seen-connection.js';
import { keyParam } from './shown-connection.js';

@ApiTags('Connections')
@Controller('v1/connections/:key/call')
export class NativeCallController {
  constructor(
    @Inject(CallNatively) private readonly calls: CallNatively,
    @Inject(ProcessDesk) private readonly desk: ProcessDesk,
  ) {}

  @Post()
  @HttpCode(200)
  @Commands('admin')
  @Delivers('call')
  @ApiParam(keyParam)
  @ApiOperation({
    operationId: 'callNatively',
    summary: "Call one of the platform's own methods",
    description:
      'For what the gateway has no word for. Sent at once, as the user of the connection, within the budget of its portal, ' +
      'and at most once under its Idempotency-Key: the same key answers the same for ever. 502 `platform-outcome-unknown`: ' +
      'it may have been carried out; look at the platform before you use another key. A method that the platform documents as ' +
      'a read answers 502 `platform-bad-response` instead, and its key is free. What starts runs is refused (422), a ' +
      'batch that holds such a call too: POST /v1/processes sends a start at most once and follows its run. What a call ' +
      'sets off beyond that, e.g. automation of a portal or a service of a configuration that starts a process, is not ' +
      'followed and not a process here. The answer is kept with its key. A client that is limited to definitions or to its ' +
      'own processes may not call, since nothing here is limited.',
  })
  @ApiOkResponse({
    description: "The platform's answer as it came, at most 1 MiB; `null` where it is empty.",
    content: { 'application/json': { schema: {} } },
  })
  @Problems(
    'idempotency-key-missing',
    'idempotency-key-invalid',
    'idempotency-key-reused',
    'idempotency-in-progress',
    'not-found',
    'invalid-state',
    'connection-reauthorization-required',
    'capability-not-supported',
    'platform-rejected',
    'platform-permission-denied',
    'plan-restricted',
    'platform-outcome-unknown',
    'platform-bad-response',
    'platform-unavailable',
  )
  async call(
    @Param('key') key: string,
    @Body() { method, params = {} }: NativeCallBody,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const connection = seenConnection(caller, key);
    if (caller.definitions !== null || caller.sees === 'own') {
      const message =
        'A raw call sees the whole portal; this client is limited to definitions or to its own processes.';
      throw new Forbidden('insufficient-scope', message);
    }
    const { body, replayed } = await this.calls.call({
      connection,
      request: { method, params },
      by: caller.name,
      key: this.desk.keyOf(request),
      traceId: request.traceId,
    });
    if (replayed) void reply.header('idempotent-replayed', 'true');
    void reply.code(200).header('content-type', 'application/json; charset=utf-8').send(body);
  }
}
