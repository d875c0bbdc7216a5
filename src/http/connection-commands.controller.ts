import { Body, Controller, Get, HttpCode, Inject, Param, Post, Put, Res } from '@nestjs/common';
import { ApiBody, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ConnectionNotFound } from '../connections/connection.errors.js';
import { Connections } from '../connections/connections.js';
import { Portals } from '../connections/portals.js';
import { RunIds } from '../connections/run-ids.js';
import { ConnectionTests } from '../connections/test-connection.js';
import { capabilitiesOf } from '../platforms/capabilities.js';
import type { Caller } from '../security/caller.js';
import { CurrentCaller, Scopes } from './access.js';
import { ConnectionView, TestReportView } from './connection.view.js';
import { ReadsPlatform } from './delivery.decorator.js';
import { ConnectionCapabilitiesView } from './platform.view.js';
import { ApiNoFields, NoFields } from './no-fields.js';
import { Problems } from './problems.decorator.js';
import { seenConnection } from './seen-connection.js';
import { etagHeader, keyParam, shownConnection } from './shown-connection.js';

@ApiTags('Connections')
@Controller('v1/connections/:key')
export class ConnectionCommandsController {
  constructor(
    @Inject(Connections) private readonly connections: Connections,
    @Inject(Portals) private readonly portals: Portals,
    @Inject(ConnectionTests) private readonly tests: ConnectionTests,
    @Inject(RunIds) private readonly runIds: RunIds,
  ) {}

  @Put('credentials')
  @HttpCode(204)
  @Scopes('connections:manage')
  @ApiParam(keyParam)
  @ApiBody({
    required: true,
    schema: { type: 'object', additionalProperties: true },
    description: 'The bare `auth` object.',
  })
  @ApiOperation({
    operationId: 'replaceCredentials',
    summary: 'Replace the credentials',
    description: 'They are never shown again.',
  })
  @ApiNoContentResponse({ description: 'Stored; what was queued for want of them goes on.' })
  @Problems('not-found', 'egress-denied')
  async replaceCredentials(
    @Param('key') key: string,
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
  ): Promise<void> {
    await this.connections.replaceCredentials(seenConnection(caller, key), body);
  }

  @Post('pause')
  @HttpCode(200)
  @Scopes('connections:manage')
  @ApiParam(keyParam)
  @ApiNoFields()
  @ApiOperation({ operationId: 'pauseConnection', summary: 'Stop sending; starts queue meanwhile' })
  @ApiOkResponse({ type: ConnectionView, headers: etagHeader })
  @Problems('not-found')
  async pause(
    @Param('key') key: string,
    @Body() _body: NoFields,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConnectionView> {
    return shownConnection(await this.connections.pause(seenConnection(caller, key)), reply);
  }

  @Post('resume')
  @HttpCode(200)
  @Scopes('connections:manage')
  @ApiParam(keyParam)
  @ApiNoFields()
  @ApiOperation({ operationId: 'resumeConnection', summary: 'Go on sending' })
  @ApiOkResponse({ type: ConnectionView, headers: etagHeader })
  @Problems('not-found')
  async resume(
    @Param('key') key: string,
    @Body() _body: NoFields,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConnectionView> {
    return shownConnection(await this.connections.resume(seenConnection(caller, key)), reply);
  }

  @Post('test')
  @HttpCode(200)
  @Scopes('connections:manage')
  @ReadsPlatform()
  @ApiParam(keyParam)
  @ApiNoFields()
  @ApiOperation({
    operationId: 'testConnection',
    summary: 'Try a connection step by step',
    description:
      'What follows a step that failed is not tried. What the test shows is recorded as the state of the connection.',
  })
  @ApiOkResponse({ type: TestReportView })
  @Problems('not-found')
  async test(
    @Param('key') key: string,
    @Body() _body: NoFields,
    @CurrentCaller() caller: Caller,
  ): Promise<TestReportView> {
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
    const { state, seen, lastAt } = await this.runIds.of(key);
    return {
      platform: kind.platform,
      capabilities: capabilitiesOf(kind, platform, state),
      runIds: { state, seen, lastAt: lastAt?.toISOString() ?? null },
      tells: kind.tells ?? [],
    };
  }
}
