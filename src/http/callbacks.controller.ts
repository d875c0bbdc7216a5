import { Body, Controller, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiProperty,
  ApiSchema,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { TakeCallback } from '../connections/take-callback.js';
import { FormUnreadable, nested, type Form } from '../lib/form.js';
import { platformKinds } from '../platforms/registry.js';
import { Inbound } from './access.js';
import { MalformedRequest, Unauthenticated, Unreadable } from './door.errors.js';
import { FormBody } from './inbound-body.js';
import { Problems } from './problems.decorator.js';
import { pathOf } from './request.js';

/** What became of a callback. */
@ApiSchema({ name: 'CallbackTaken' })
class CallbackTakenView {
  @ApiProperty({ type: Boolean, description: 'Always true: it is durable, and nobody has to say it again.' })
  readonly received!: true;
}

const limits = { depth: 32, fields: 1000 };

const paths = platformKinds.filter(({ callbacks }) => callbacks).map(({ platform }) => `${platform}/:connection`);

@ApiTags('Inbound')
@Controller('v1/inbound')
export class CallbacksController {
  constructor(@Inject(TakeCallback) private readonly callbacks: TakeCallback) {}

  @Post(paths)
  @HttpCode(200)
  @Inbound('public')
  @ApiParam({ name: 'connection', type: String })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody({ schema: { type: 'object', additionalProperties: true } })
  @ApiOperation({
    operationId: 'takeCallback',
    summary: 'What a portal tells by itself: its events, and the elements that its runs have reached',
    description:
      'No API key: the sender proves itself by what the credentials of the connection hold for that. 200 says that it is durable; it is looked into afterwards.',
  })
  @ApiOkResponse({ type: CallbackTakenView })
  @Problems('unauthenticated', 'host-not-allowed', 'origin-not-allowed')
  async take(
    @Param('connection') connectionKey: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<CallbackTakenView> {
    const form = formIn(body);
    const platform = pathOf(request).split('/')[3] ?? '';
    const taken = await this.callbacks.take({ platform, connectionKey }, form);
    if (taken === 'unproved') throw new Unauthenticated(false, 'The sender is not the portal of this connection.');
    return { received: true };
  }
}

function formIn(body: unknown): Form {
  if (!(body instanceof FormBody)) {
    throw new Unreadable('unsupported-media-type', 'Send application/x-www-form-urlencoded.');
  }
  try {
    return nested(body.fields, limits);
  } catch (error) {
    if (!(error instanceof FormUnreadable)) throw error;
    throw error.because === 'over'
      ? new Unreadable('payload-too-large', error.message)
      : new MalformedRequest(error.message);
  }
}
