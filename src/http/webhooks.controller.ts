import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../security/caller.js';
import type { Webhook } from '../webhooks/webhook.js';
import { Webhooks } from '../webhooks/webhooks.js';
import { CurrentCaller, Scopes } from './access.js';
import { visibilityOf } from './client-of.js';
import { cursorOf, positionOf, uuidForm } from './cursor.js';
import { requireMatch } from './etag.js';
import { ListQuery } from './list-query.js';
import { ownedBy, shownWebhook } from './owned-webhooks.js';
import { cut, pageOf, type Page } from './page.js';
import { ApiPage } from './page.decorator.js';
import { Problems } from './problems.decorator.js';
import { PublicUrl } from './public-url.js';
import { etagHeader } from './shown-connection.js';
import { UuidId } from './uuid-id.js';
import { webhookView, WebhookView, WebhookWithSecretView } from './webhook.view.js';
import { WebhookCreate, WebhookPatch } from './webhooks.dto.js';

const list = 'webhooks';
const idParam = { name: 'id', type: String, format: 'uuid' } as const;
const ifMatchHeader = {
  name: 'If-Match',
  required: true,
  description: 'The ETag of what was read.',
  schema: { type: 'string' },
} as const;

@ApiTags('Events')
@Controller('v1/webhooks')
export class WebhooksController {
  constructor(
    @Inject(Webhooks) private readonly webhooks: Webhooks,
    @Inject(PublicUrl) private readonly url: PublicUrl,
  ) {}

  @Get()
  @Scopes('webhooks:manage')
  @ApiOperation({ operationId: 'listWebhooks', summary: 'List webhooks' })
  @ApiPage(WebhookView)
  async list(
    @Query() { limit, cursor }: ListQuery,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<WebhookView>> {
    const [before = null] = positionOf(cursor, list, [uuidForm]) ?? [];
    const rows = await this.webhooks.list(ownedBy(caller), before, limit + 1);
    const { items, nextCursor } = cut(rows, limit, ({ id }) => cursorOf(list, [id]));
    return pageOf(items.map(webhookView), nextCursor, { request, reply });
  }

  @Post()
  @Scopes('webhooks:manage')
  @ApiOperation({
    operationId: 'createWebhook',
    summary: 'Have an endpoint told what happens, from now on',
    description:
      'Events as in the feed, signed as Standard Webhooks asks, each until the endpoint answers 2xx. It is told nothing that ' +
      'the client may not see who makes it.',
  })
  @ApiCreatedResponse({
    type: WebhookWithSecretView,
    headers: { Location: { schema: { type: 'string' } }, ...etagHeader },
    description: 'Created. `secret` is shown this once.',
  })
  @Problems('egress-denied')
  async create(
    @Body() body: WebhookCreate,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookWithSecretView> {
    const { url, types = null, connections = null, description = null } = body;
    const owner = { clientId: caller.clientId, visible: visibilityOf(caller) };
    const { webhook, secret } = await this.webhooks.add({ url, types, connections, description }, owner);
    void reply.header('location', this.url.of(`/v1/webhooks/${webhook.id}`));
    return { ...shownWebhook(webhook, reply), secret };
  }

  @Get(':id')
  @Scopes('webhooks:manage')
  @ApiParam(idParam)
  @ApiOperation({ operationId: 'getWebhook', summary: 'Show a webhook' })
  @ApiOkResponse({ type: WebhookView, headers: etagHeader })
  @Problems('not-found')
  async get(
    @Param('id', UuidId) id: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookView> {
    return shownWebhook(await this.webhooks.find(id, ownedBy(caller)), reply);
  }

  @Patch(':id')
  @Scopes('webhooks:manage')
  @ApiParam(idParam)
  @ApiHeader(ifMatchHeader)
  @ApiOperation({
    operationId: 'changeWebhook',
    summary: 'Change a webhook',
    description: 'A JSON merge patch (RFC 7396). What waits goes to the new address.',
  })
  @ApiOkResponse({ type: WebhookView, headers: etagHeader })
  @Problems('not-found', 'precondition-required', 'precondition-failed', 'egress-denied')
  async change(
    @Param('id', UuidId) id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Body() body: WebhookPatch,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookView> {
    const webhook = await this.#matched(id, ifMatch, caller);
    const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
    const { url, types, connections, description } = { ...webhook, ...given };
    return shownWebhook(await this.webhooks.change(webhook, { url, types, connections, description }), reply);
  }

  @Delete(':id')
  @HttpCode(204)
  @Scopes('webhooks:manage')
  @ApiParam(idParam)
  @ApiHeader(ifMatchHeader)
  @ApiOperation({ operationId: 'deleteWebhook', summary: 'Remove a webhook with its deliveries' })
  @ApiNoContentResponse({ description: 'Removed.' })
  @Problems('not-found', 'precondition-required', 'precondition-failed')
  async remove(
    @Param('id', UuidId) id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentCaller() caller: Caller,
  ): Promise<void> {
    await this.webhooks.remove(await this.#matched(id, ifMatch, caller));
  }

  async #matched(id: string, ifMatch: string | undefined, caller: Caller): Promise<Webhook> {
    const webhook = await this.webhooks.find(id, ownedBy(caller));
    requireMatch(ifMatch, webhook.version);
    return webhook;
  }
}
