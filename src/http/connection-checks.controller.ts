import { Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ConnectionNotFound } from '../connections/connection.errors.js';
import { Portals } from '../connections/portals.js';
import { ConnectionTests } from '../connections/test-connection.js';
import { capabilitiesOf } from '../platforms/capabilities.js';
import type { Caller } from '../security/caller.js';
import { CurrentCaller, Scopes } from './access.js';
import { TestReportView } from './connection.view.js';
import { ConnectionCapabilitiesView } from './platform.view.js';
import { Problems } from './problems.decorator.js';
import { seenConnection } from './seen-connection.js';

const keyParam = { name: 'key', type: String, example: 'sales-portal' } as const;

@ApiTags('Connections')
@Controller('v1/connections/:key')
export class ConnectionChecksController {
  constructor(
    @Inject(Portals) private readonly portals: Portals,
    @Inject(ConnectionTests) private readonly tests: ConnectionTests,
  ) {}

  @Post('test')
  @HttpCode(200)
  @Scopes('connections:manage')
  @ApiParam(keyParam)
  @ApiOperation({
    operationId: 'testConnection',
    summary: 'Try a connection step by step',
    description:
      'What follows a step that failed is not tried. What the test shows is recorded as the state of the connection.',
  })
  @ApiOkResponse({ type: TestReportView })
  @Problems('not-found')
  async test(@Param('key') key: string, @CurrentCaller() caller: Caller): Promise<TestReportView> {
    return this.tests.test(seenConnection(caller, key));
  }

  @Get('capabilities')
  @Scopes('connections:read')
  @ApiParam(keyParam)
  @ApiOperation({ operationId: 'getCapabilities', summary: 'Show what a connection can do' })
  @ApiOkResponse({ type: ConnectionCapabilitiesView })
  @Problems('not-found')
  async capabilities(@Param('key') key: string, @CurrentCaller() caller: Caller): Promise<ConnectionCapabilitiesView> {
    const portal = await this.portals.of(seenConnection(caller, key));
    if (!portal) throw new ConnectionNotFound(key);
    const { kind, platform } = portal;
    return {
      platform: kind.platform,
      capabilities: capabilitiesOf(kind, platform),
      runIds: { state: 'unknown', seen: 0, lastAt: null },
      tells: kind.tells ?? [],
    };
  }
}
