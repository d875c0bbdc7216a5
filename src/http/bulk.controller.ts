import { Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import type { Caller } from '../security/caller.js';
import { CurrentCaller, Streams } from './access.js';
import { formOf } from './bulk-body.js';
import { BulkStarts } from './bulk-starts.js';
import { BulkStartBody, BulkView } from './bulk.dto.js';
import { clientOf } from './client-of.js';
import { Delivers } from './delivery.decorator.js';
import { MalformedRequest } from './door.errors.js';
import { Problems } from './problems.decorator.js';
import { pathOf } from './request.js';

@ApiTags('Processes')
@ApiExtraModels(BulkStartBody)
@Controller('v1/processes/bulk')
export class BulkController {
  constructor(@Inject(BulkStarts) private readonly bulk: BulkStarts) {}

  @Post()
  @HttpCode(202)
  @Streams('application/x-ndjson or application/json', 'processes:start')
  @Delivers('start')
  @ApiOperation({
    operationId: 'startProcesses',
    summary: 'Start many processes',
    description:
      'One JSON object on each line (`application/x-ndjson`), or an array of them; at most 10,000, 64 MiB together and 1 MiB ' +
      'each. They are accepted while they come in, each for itself, and nothing waits for the platform: the answer names the ' +
      'process of each start, or its problem. Where the body breaks off, or holds too much, what came before stands; repeat ' +
      'all of it with the same keys. Documents for signature are not taken.',
  })
  @ApiConsumes('application/json', 'application/x-ndjson')
  @ApiBody({
    required: true,
    schema: { type: 'array', items: { $ref: getSchemaPath(BulkStartBody) }, maxItems: 10_000 },
  })
  @ApiAcceptedResponse({ type: BulkView, description: 'What became of each, in their order.' })
  @Problems('payload-too-large')
  async start(
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BulkView> {
    const { body, traceId } = request;
    if (!(body instanceof Readable)) throw new MalformedRequest('This request needs a body.');
    try {
      const items = await this.bulk.start({
        // Ending early must leave the socket open: the refusal still has to go out on it.
        chunks: body.iterator({ destroyOnReturn: false }),
        form: formOf(request),
        by: clientOf(caller),
        traceId,
        instance: pathOf(request),
      });
      return { items };
    } finally {
      // What is left of a body would be taken for the next request, or keep that waiting.
      if (!body.readableEnded) {
        void reply.header('connection', 'close');
        body.resume();
      }
    }
  }
}
