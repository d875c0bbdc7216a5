import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../security/caller.js';
import { Webhooks } from '../webhooks/webhooks.js';
import { CurrentCaller, Scopes } from './access.js';
import { cursorOf, positionOf, uuidForm } from './cursor.js';
import { ListQuery } from './list-query.js';
import { ApiNoFields, NoFields } from './no-fields.js';
import { ownedBy, shownWebhook } from './owned-webhooks.js';
import { cut, pageOf, type Page } from './page.js';
import { ApiPage } from './page.decorator.js';
import { Problems } from './problems.decorator.js';
import { etagHeader } from './shown-connection.js';
import { UuidId } from './uuid-id.js';
import { deliveryView, DeliveryView, WebhookView, WebhookWithSecretView } from './webhook.view.js';
import { WebhookReplay } from './webhooks.dto.js';

const list = 'deliveries';
const idParam = { name: 'id', type: String, format: 'uuid' } as const;

@ApiTags('Events')
@Controller('v1')
export class WebhookCommandsController {
  constructor(@Inject(Webhooks) private readonly webhooks: Webhooks) {}

  @Post('webhooks/:id/test')
  @HttpCode(200)
  @Scopes('webhooks:manage')
  @ApiParam(idParam)
  @ApiNoFields()
  @ApiOperation({
    operationId: 'testWebhook',
    summary: 'Send a test event at once, a single time',
    description: 'An event `bpmgw.v1.webhook.test`, signed as any other, also while the webhook is disabled.',
  })
  @ApiOkResponse({ type: DeliveryView, description: 'What came of it.' })
  @Problems('not-found')
  async test(
    @Param('id', UuidId) id: string,
    @Body() _body: NoFields,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<DeliveryView> {
    const sent = this.webhooks.test(await this.webhooks.find(id, ownedBy(caller)));
    return deliveryView(await (request.work?.rest('news', sent) ?? sent));
  }

  @Post('webhooks/:id/rotate-secret')
  @HttpCode(200)
  @Scopes('webhooks:manage')
  @ApiParam(idParam)
  @ApiNoFields()
  @ApiOperation({
    operationId: 'rotateWebhookSecret',
    summary: 'Put another secret in the place of the present one',
    description: 'For 24 hours every message carries the signatures of both.',
  })
  @ApiOkResponse({ type: WebhookWithSecretView, headers: etagHeader, description: '`secret` is shown this once.' })
  @Problems('not-found', 'precondition-failed')
  async rotate(
    @Param('id', UuidId) id: string,
    @Body() _body: NoFields,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookWithSecretView> {
    const { webhook, secret } = await this.webhooks.rotate(await this.webhooks.find(id, ownedBy(caller)));
    return { ...shownWebhook(webhook, reply), secret };
  }

  @Post('webhooks/:id/enable')
  @HttpCode(200)
  @Scopes('webhooks:manage')
  @ApiParam(idParam)
  @ApiNoFields()
  @ApiOperation({
    operationId: 'enableWebhook',
    summary: 'Go on with a webhook that is disabled',
    description:
      'It goes on where it stopped, and its incident is resolved. A delivery that failed is redelivered apart.',
  })
  @ApiOkResponse({ type: WebhookView, headers: etagHeader })
  @Problems('not-found')
  async enable(
    @Param('id', UuidId) id: string,
    @Body() _body: NoFields,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookView> {
    return shownWebhook(await this.webhooks.enable(await this.webhooks.find(id, ownedBy(caller))), reply);
  }

  @Post('webhooks/:id/replay')
  @HttpCode(200)
  @Scopes('webhooks:manage')
  @ApiParam(idParam)
  @ApiOperation({
    operationId: 'replayWebhook',
    summary: 'Tell everything again from a moment on',
    description: 'The same events under the same ids, as far as they are kept.',
  })
  @ApiOkResponse({ type: WebhookView, headers: etagHeader })
  @Problems('not-found')
  async replay(
    @Param('id', UuidId) id: string,
    @Body() { from }: WebhookReplay,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookView> {
    const webhook = await this.webhooks.find(id, ownedBy(caller));
    return shownWebhook(await this.webhooks.replay(webhook, new Date(from)), reply);
  }

  @Get('webhooks/:id/deliveries')
  @Scopes('webhooks:manage')
  @ApiParam(idParam)
  @ApiOperation({ operationId: 'listDeliveries', summary: 'List what was sent, newest first' })
  @ApiPage(DeliveryView)
  @Problems('not-found')
  async deliveries(
    @Param('id', UuidId) id: string,
    @Query() { limit, cursor }: ListQuery,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<DeliveryView>> {
    const [before = null] = positionOf(cursor, list, [uuidForm]) ?? [];
    const webhook = await this.webhooks.find(id, ownedBy(caller));
    const rows = await this.webhooks.deliveries(webhook, before, limit + 1);
    const { items, nextCursor } = cut(rows, limit, (last) => cursorOf(list, [last.id]));
    return pageOf(items.map(deliveryView), nextCursor, { request, reply });
  }

  @Post('deliveries/:id/redeliver')
  @HttpCode(202)
  @Scopes('webhooks:manage')
  @ApiParam(idParam)
  @ApiNoFields()
  @ApiOperation({
    operationId: 'redeliver',
    summary: 'Try a delivery again',
    description: 'From now on, by the schedule anew. One of a disabled webhook waits until that is enabled.',
  })
  @ApiAcceptedResponse({ type: DeliveryView })
  @Problems('not-found')
  async redeliver(
    @Param('id', UuidId) id: string,
    @Body() _body: NoFields,
    @CurrentCaller() caller: Caller,
  ): Promise<DeliveryView> {
    return deliveryView(await this.webhooks.redeliver(id, ownedBy(caller)));
  }
}
