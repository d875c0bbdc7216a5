import { Body, Controller, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { JsonObject } from '../lib/json.js';
import { GiveWord } from '../processes/give-word.js';
import type { Caller } from '../security/caller.js';
import { Commands, CurrentCaller } from './access.js';
import { clientOf } from './client-of.js';
import { CloseBody } from './incidents.dto.js';
import { Problems } from './problems.decorator.js';
import { ProcessDesk } from './process-desk.js';
import { ProcessView } from './process.dto.js';
import { UuidId } from './uuid-id.js';

const locationHeader = { Location: { description: 'Of the process.', schema: { type: 'string' } } } as const;

@ApiTags('Processes')
@Controller('v1/processes/:id')
export class CloseProcessController {
  constructor(
    @Inject(GiveWord) private readonly words: GiveWord,
    @Inject(ProcessDesk) private readonly desk: ProcessDesk,
  ) {}

  @Post('close')
  @HttpCode(200)
  @Commands('incidents:resolve')
  @ApiParam({ name: 'id', type: String, format: 'uuid' })
  @ApiOperation({
    operationId: 'closeProcess',
    summary: 'Say how a run ended that nobody can ask any more',
    description:
      'From indeterminate (once no request of it can be running any more), running, terminating or ended. Nothing is sent ' +
      'to the platform. It resolves the open incidents of the process; a better word that comes later revises it.',
  })
  @ApiOkResponse({ type: ProcessView, headers: locationHeader })
  @Problems(
    'idempotency-key-missing',
    'idempotency-key-invalid',
    'idempotency-key-reused',
    'idempotency-in-progress',
    'not-found',
    'invalid-state',
    'process-closed',
  )
  async close(
    @Param('id', UuidId) processId: string,
    @Body() { as, reason }: CloseBody,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const given = await this.desk.command(caller, () =>
      this.words.give({
        processId,
        by: clientOf(caller),
        key: this.desk.keyOf(request),
        reason,
        wording: { does: 'close', as },
        word: async () => ({ does: 'close', as }),
        incident: async () => null,
        kept: null,
      }),
    );
    if (given.is === 'given') return this.desk.located(given.process, caller, reply);
    void reply.header('idempotent-replayed', 'true');
    const process = await this.desk.visible(processId, caller);
    return this.desk.located({ ...process, ...given.remembered.answer?.progress }, caller, reply);
  }
}
