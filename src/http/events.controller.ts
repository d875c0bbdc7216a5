import type { Readable } from 'node:stream';
import { Controller, Get, Headers, Inject, Query, Req, Res } from '@nestjs/common';
import { ApiExtraModels, ApiHeader, ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { platformKindOf } from '../platforms/registry.js';
import type { Caller } from '../security/caller.js';
import { cloudEvent, type CloudEvent } from '../webhooks/cloud-event.js';
import type { FeedItem } from '../webhooks/feed.js';
import { ReadFeed, type FeedCursor, type FeedStretch } from '../webhooks/read-feed.js';
import { CurrentCaller, Tells } from './access.js';
import { asksForStream, eventStream } from './accept.js';
import { visibilityOf } from './client-of.js';
import { MalformedQuery, MalformedRequest } from './door.errors.js';
import { eventCursor, eventCursorIn, latest } from './event-cursor.js';
import { EventPageView, EventQuery } from './events.dto.js';
import { FeedStreams } from './feed-streams.js';
import { goneAway } from './gone-away.js';
import { Problems } from './problems.decorator.js';
import { processView } from './process-view.js';
import { PublicUrl } from './public-url.js';
import { pathOf } from './request.js';

/** As many as a page has by default. */
const atOnce = 50;

@ApiTags('Events')
@ApiExtraModels(EventPageView)
@Controller('v1/events')
export class EventsController {
  constructor(
    @Inject(ReadFeed) private readonly feed: ReadFeed,
    @Inject(FeedStreams) private readonly streams: FeedStreams,
    @Inject(PublicUrl) private readonly url: PublicUrl,
  ) {}

  @Get()
  @Tells('events:read')
  @ApiOperation({
    operationId: 'readEvents',
    summary: 'Read what happened, oldest first',
    description:
      'Events in an order that stands still: read on from the last `nextCursor`, and none is missed or seen twice, however ' +
      'many are written meanwhile. With `Accept: text/event-stream` they come as Server-Sent Events, as they happen; the ' +
      '`id` of each is its cursor, and `Last-Event-ID` goes before `after`. A stream ends after ten minutes at the latest; ' +
      'its reader comes back with the last id.',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'Of a stream: the last id.',
    schema: { type: 'string' },
  })
  @ApiOkResponse({
    description: 'What follows; nothing, where nothing has happened since.',
    headers: { Link: { description: 'rel="next", where more is there already.', schema: { type: 'string' } } },
    content: {
      'application/json': { schema: { $ref: getSchemaPath(EventPageView) } },
      [eventStream]: { schema: { type: 'string' } },
    },
  })
  @Problems('cursor-expired')
  async read(
    @Query() { after, limit }: EventQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EventPageView | Readable> {
    const tells = request.method === 'GET' && asksForStream(request.headers.accept);
    const given = tells && lastEventId ? cursorOfHeader(lastEventId, caller) : await this.#cursorOf(after, caller);
    const stretch = await this.feed.read(given, { visible: visibilityOf(caller), limit: tells ? atOnce : limit });
    if (tells) return this.#stream(stretch, caller, reply);
    const nextCursor = eventCursor(stretch.cursor, caller.clientId);
    if (!stretch.isEnd) {
      void reply.header('link', `<${pathOf(request)}?limit=${limit}&after=${nextCursor}>; rel="next"`);
    }
    return { items: stretch.items.map((item) => this.#shown(item, caller)), nextCursor };
  }

  #stream(first: FeedStretch, caller: Caller, reply: FastifyReply): Readable {
    const signal = goneAway(reply);
    const visible = visibilityOf(caller);
    const stream = this.streams.begin(first, {
      clientId: caller.clientId,
      signal,
      read: (after) => this.feed.read(after, { visible, limit: atOnce }),
      show: (item) => JSON.stringify(this.#shown(item, caller)),
      cursor: (cursor) => eventCursor(cursor, caller.clientId),
    });
    const over = new Promise<void>((resolve) => stream.once('close', resolve));
    void reply.request.work?.rest('news', over);
    // Proxies that gather what they pass on would keep it back. Its end is the end of its connection, or a stop would wait.
    void reply.headers({ 'content-type': eventStream, 'x-accel-buffering': 'no', connection: 'close' });
    return stream;
  }

  async #cursorOf(after: string | undefined, caller: Caller): Promise<FeedCursor | null> {
    if (after === undefined) return null;
    if (after === latest) return this.feed.latest();
    const cursor = eventCursorIn(after, caller.clientId);
    if (cursor) return cursor;
    const message = 'Use nextCursor of an answer of this route as it is, or "latest".';
    throw new MalformedQuery([{ parameter: 'after', code: 'unreadable', message }]);
  }

  #shown(item: FeedItem, caller: Caller): CloudEvent {
    const context = { caller, url: this.url, kindOf: platformKindOf };
    return cloudEvent(item, (process, parts) => processView(process, context, parts));
  }
}

function cursorOfHeader(lastEventId: string, caller: Caller): FeedCursor {
  const cursor = eventCursorIn(lastEventId, caller.clientId);
  if (!cursor) throw new MalformedRequest('Send the last id of a stream of this route as Last-Event-ID, or none.');
  return cursor;
}
