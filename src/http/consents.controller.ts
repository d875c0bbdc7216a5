import { Controller, Get, HttpCode, Inject, Param, Post, Body, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProperty, ApiQuery, ApiSchema, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Consents } from '../connections/consents.js';
import type { Caller } from '../security/caller.js';
import { CurrentCaller, Public, Scopes } from './access.js';
import { answerConsent, answerConsentProblem } from './consent-page.js';
import { ApiNoFields, NoFields } from './no-fields.js';
import { MalformedQuery } from './door.errors.js';
import { Problems } from './problems.decorator.js';
import { PublicUrl } from './public-url.js';
import { Query } from './query-string.js';
import { seenConnection } from './seen-connection.js';
import { keyParam } from './shown-connection.js';

/** Where a person gives consent. */
@ApiSchema({ name: 'Consent' })
class ConsentView {
  @ApiProperty({
    type: String,
    format: 'uri',
    description:
      'To be opened in a browser by somebody who may install applications there. Good once, for ten minutes.',
    example: 'https://portal.example/oauth/authorize/?client_id=app.1&state=…',
  })
  readonly url!: string;
}

const told = (name: string, description: string): MethodDecorator =>
  ApiQuery({ name, required: false, type: String, description });

@ApiTags('Connections')
@Controller('v1')
export class ConsentsController {
  constructor(
    @Inject(Consents) private readonly consents: Consents,
    @Inject(PublicUrl) private readonly url: PublicUrl,
  ) {}

  @Post('connections/:key/authorize')
  @HttpCode(200)
  @Scopes('connections:manage')
  @ApiParam(keyParam)
  @ApiNoFields()
  @ApiOperation({
    operationId: 'authorizeConnection',
    summary: 'Have a person consent at the portal',
    description:
      'For credentials that a person consents to. Once the portal has sent the browser to /v1/oauth/callback the connection has its tokens, and what was queued for want of them goes on. A change of the connection in between ends the consent.',
  })
  @ApiOkResponse({ type: ConsentView })
  @Problems('not-found', 'capability-not-supported')
  async authorize(
    @Param('key') key: string,
    @Body() _body: NoFields,
    @CurrentCaller() caller: Caller,
  ): Promise<ConsentView> {
    return { url: await this.consents.ask(seenConnection(caller, key)) };
  }

  @Get('oauth/callback')
  @Public()
  @ApiOperation({
    operationId: 'answerConsent',
    summary: 'Where a portal sends the browser after a consent',
    description:
      'Needs no key: `state` proves that the consent was asked for here. It is answered once. What a portal adds to these parameters is taken as well. Problems are pages for whoever accepts text/html, else application/problem+json.',
  })
  @told('code', 'Exchanged for tokens at the authorization server.')
  @told('state', 'As it was in the address of the consent.')
  @ApiOkResponse({
    description: 'The connection has its tokens.',
    content: { 'text/html': { schema: { type: 'string' } } },
  })
  @Problems('malformed-request', 'platform-bad-response', 'platform-unavailable')
  async callback(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    // Whoever only looks uses nothing up.
    if (request.method === 'HEAD') {
      void reply.code(200).send();
      return;
    }
    try {
      const { ip: address, traceId } = request;
      answerConsent(reply, await this.consents.answer(onceEach(request.query), { address, traceId }));
    } catch (error) {
      if (!answerConsentProblem(error, request, reply, this.url)) throw error;
    }
  }
}

/** The parameters, whichever there are: a portal may add some. @throws MalformedQuery  one stands twice */
function onceEach(query: unknown): ReadonlyMap<string, string> {
  const given = query instanceof Query ? [...query] : [];
  const faults = given
    .filter(([, values]) => values.length > 1)
    .map(([parameter]) => ({ parameter, code: 'repeated', message: 'Send this parameter once.' }));
  if (faults.length > 0) throw new MalformedQuery(faults);
  return new Map(given.map(([name, values]) => [name, values[0] ?? '']));
}
