import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Connections } from '../connections/connections.js';
import { PortalFigures } from '../connections/portal-figures.js';
import type { Caller } from '../security/caller.js';
import { CurrentCaller, Scopes } from './access.js';
import { ConnectionHealthView, ConnectionLimitsView, healthView, limitsView } from './connection-figures.view.js';
import { Problems } from './problems.decorator.js';
import { seenConnection } from './seen-connection.js';
import { keyParam } from './shown-connection.js';

@ApiTags('Connections')
@Controller('v1/connections/:key')
export class ConnectionFiguresController {
  constructor(
    @Inject(Connections) private readonly connections: Connections,
    @Inject(PortalFigures) private readonly figures: PortalFigures,
  ) {}

  @Get('health')
  @Scopes('connections:read')
  @ApiParam(keyParam)
  @ApiOperation({
    operationId: 'getConnectionHealth',
    summary: 'Show how a connection does',
    description: 'As measured; its portal is not called for this.',
  })
  @ApiOkResponse({ type: ConnectionHealthView })
  @Problems('not-found')
  async health(@Param('key') key: string, @CurrentCaller() caller: Caller): Promise<ConnectionHealthView> {
    const connection = await this.connections.find(seenConnection(caller, key));
    return healthView(await this.figures.healthOf(connection));
  }

  @Get('limits')
  @Scopes('connections:read')
  @ApiParam(keyParam)
  @ApiOperation({
    operationId: 'getConnectionLimits',
    summary: 'Show how far a portal is used',
    description: 'As counted here and told by the portal; it is not called for this.',
  })
  @ApiOkResponse({ type: ConnectionLimitsView })
  @Problems('not-found')
  async limits(@Param('key') key: string, @CurrentCaller() caller: Caller): Promise<ConnectionLimitsView> {
    const connection = await this.connections.find(seenConnection(caller, key));
    return limitsView(await this.figures.useOf(connection));
  }
}
