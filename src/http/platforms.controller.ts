import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { capabilitiesOfKind } from '../platforms/capabilities.js';
import type { PlatformKind } from '../platforms/platform-kind.js';
import { platformKindOf, platformKinds } from '../platforms/registry.js';
import { Scopes } from './access.js';
import { cursorOf, positionOf } from './cursor.js';
import { NotFound } from './door.errors.js';
import { ListQuery } from './list-query.js';
import { cut, pageOf, type Page } from './page.js';
import { ApiPage } from './page.decorator.js';
import { PlatformView } from './platform.view.js';
import { Problems } from './problems.decorator.js';

const list = 'platforms';

@ApiTags('Platforms')
@Controller('v1/platforms')
export class PlatformsController {
  @Get()
  @Scopes('processes:read')
  @ApiOperation({ operationId: 'listPlatforms', summary: 'List the platforms and what they can do' })
  @ApiPage(PlatformView)
  list(
    @Query() { limit, cursor }: ListQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Page<PlatformView> {
    const [last] = positionOf(cursor, list, [/^[a-z0-9]+$/]) ?? [];
    const rest = platformKinds.slice(platformKinds.findIndex(({ platform }) => platform === last) + 1);
    const { items, nextCursor } = cut(rest, limit, ({ platform }) => cursorOf(list, [platform]));
    return pageOf(items.map(platformView), nextCursor, { request, reply });
  }

  @Get(':platform')
  @Scopes('processes:read')
  @ApiParam({ name: 'platform', type: String })
  @ApiOperation({ operationId: 'getPlatform', summary: 'Show a platform' })
  @ApiOkResponse({ type: PlatformView })
  @Problems('not-found')
  get(@Param('platform') platform: string): PlatformView {
    const kind = platformKindOf(platform);
    if (!kind) throw new NotFound(`There is no platform "${platform}".`);
    return platformView(kind);
  }
}

function platformView(kind: PlatformKind): PlatformView {
  const { platform, name, connectionSchema } = kind;
  return { platform, name, connectionSchema, capabilities: capabilitiesOfKind(kind) };
}
