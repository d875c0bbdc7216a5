import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Connections } from '../connections/connections.js';
import { CorrelationKits } from '../connections/correlation-kits.js';
import { ReportTokens } from '../connections/report-tokens.js';
import { platformKindOf } from '../platforms/registry.js';
import type { Caller } from '../security/caller.js';
import { CurrentCaller, Scopes } from './access.js';
import { CorrelationKitView, ReportTokenView } from './correlation-kit.view.js';
import { ReadsPlatform, RepeatsSafely } from './delivery.decorator.js';
import { ApiNoFields, NoFields } from './no-fields.js';
import { Problems } from './problems.decorator.js';
import { PublicUrl } from './public-url.js';
import { reportAddress } from './report-address.js';
import { seenConnection } from './seen-connection.js';
import { keyParam } from './shown-connection.js';

const live = [
  'not-found',
  'capability-not-supported',
  'platform-rejected',
  'platform-permission-denied',
  'plan-restricted',
  'connection-reauthorization-required',
  'platform-bad-response',
  'platform-unavailable',
] as const;

@ApiTags('Connections')
@Controller('v1/connections/:key/correlation-kit')
export class CorrelationKitController {
  constructor(
    @Inject(Connections) private readonly connections: Connections,
    @Inject(CorrelationKits) private readonly kits: CorrelationKits,
    @Inject(ReportTokens) private readonly tokens: ReportTokens,
    @Inject(PublicUrl) private readonly url: PublicUrl,
  ) {}

  @Get()
  @Scopes('connections:read')
  @ReadsPlatform()
  @ApiParam(keyParam)
  @ApiOperation({ operationId: 'getCorrelationKit', summary: 'Show what has a portal and its runs tell by themselves' })
  @ApiOkResponse({ type: CorrelationKitView, description: 'The parts, as the portal has them now.' })
  @Problems(...live)
  async get(@Param('key') key: string, @CurrentCaller() caller: Caller): Promise<CorrelationKitView> {
    return { parts: await this.kits.parts(seenConnection(caller, key)) };
  }

  @Put()
  @Scopes('connections:manage')
  @RepeatsSafely()
  @ApiParam(keyParam)
  @ApiNoFields()
  @ApiOperation({
    operationId: 'installCorrelationKit',
    summary: 'Have a portal and its runs tell by themselves',
    description:
      'Registers steps with which runs report, which process designers find in their editor then, and subscribes to the ' +
      'events of the portal. What is installed already is brought to the present address of this gateway. An update of the ' +
      'application at the portal takes all of it away; then repeat it.',
  })
  @ApiOkResponse({ type: CorrelationKitView, description: 'The parts, as the portal has them now.' })
  @Problems(...live, 'platform-outcome-unknown')
  async install(
    @Param('key') key: string,
    @Body() _body: NoFields,
    @CurrentCaller() caller: Caller,
  ): Promise<CorrelationKitView> {
    return { parts: await this.kits.install(seenConnection(caller, key)) };
  }

  @Delete()
  @HttpCode(204)
  @Scopes('connections:manage')
  @RepeatsSafely()
  @ApiParam(keyParam)
  @ApiOperation({ operationId: 'removeCorrelationKit', summary: 'Take back what was registered' })
  @ApiNoContentResponse({ description: 'None of them is installed any more.' })
  @Problems(...live, 'platform-outcome-unknown')
  async remove(@Param('key') key: string, @CurrentCaller() caller: Caller): Promise<void> {
    await this.kits.remove(seenConnection(caller, key));
  }

  @Post('report-token')
  @HttpCode(200)
  @Scopes('connections:manage')
  @ApiParam(keyParam)
  @ApiNoFields()
  @ApiOperation({
    operationId: 'issueReportToken',
    summary: 'Make the token with which runs report',
    description: 'Shown once. The one before ends at once, so every step that has it needs the new address.',
  })
  @ApiOkResponse({ type: ReportTokenView, description: 'Shown this once.' })
  @Problems('not-found')
  async issueToken(
    @Param('key') key: string,
    @Body() _body: NoFields,
    @CurrentCaller() caller: Caller,
  ): Promise<ReportTokenView> {
    const { platform } = await this.connections.find(seenConnection(caller, key));
    const token = await this.tokens.issue(key, caller.name);
    const url = reportAddress(this.url, platformKindOf(platform) ?? {}, { connection: key, token });
    return { token, url };
  }
}
