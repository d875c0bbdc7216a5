import { Body, Controller, Get, Inject, Param, Patch, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ConnectionNotFound } from '../connections/connection.errors.js';
import { Connections } from '../connections/connections.js';
import { Definitions } from '../connections/definitions.js';
import { readDefinition, readDefinitions } from '../connections/read-definitions.js';
import type { Definition } from '../platforms/definition.js';
import { MarkVariables } from '../processes/mark-variables.js';
import { Invalid } from '../processes/process.errors.js';
import { SensitiveVariables } from '../processes/sensitive-variables.js';
import type { Caller } from '../security/caller.js';
import { CurrentCaller, Scopes } from './access.js';
import { cursorOf, positionOf } from './cursor.js';
import { DefinitionPatch } from './definition-patch.dto.js';
import { DefinitionView, definitionView } from './definition.view.js';
import { Delivers } from './delivery.decorator.js';
import { ListQuery } from './list-query.js';
import { cut, pageOf, type Page } from './page.js';
import { ApiPage } from './page.decorator.js';
import { Problems } from './problems.decorator.js';
import { seenConnection, seenDefinition, seesDefinition } from './seen-connection.js';
import { unknownNames } from './known-variables.js';
import { keyParam } from './shown-connection.js';

const list = 'definitions';

@ApiTags('Definitions')
@Controller('v1/connections/:key/definitions')
export class DefinitionsController {
  constructor(
    @Inject(Connections) private readonly connections: Connections,
    @Inject(Definitions) private readonly definitions: Definitions,
    @Inject(SensitiveVariables) private readonly sensitive: SensitiveVariables,
    @Inject(MarkVariables) private readonly marking: MarkVariables,
  ) {}

  @Get()
  @Scopes('definitions:read')
  @Delivers('definitions')
  @ApiParam(keyParam)
  @ApiOperation({
    operationId: 'listDefinitions',
    summary: 'List what can be started there',
    description: 'Read from the portal at each request, in its order.',
  })
  @ApiPage(DefinitionView)
  @Problems(
    'not-found',
    'connection-reauthorization-required',
    'capability-not-supported',
    'platform-rejected',
    'platform-permission-denied',
    'plan-restricted',
    'platform-bad-response',
    'platform-unavailable',
  )
  async list(
    @Param('key') key: string,
    @Query() { limit, cursor }: ListQuery,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<DefinitionView>> {
    const [last] = positionOf(cursor, list, [/^.{1,255}$/su]) ?? [];
    await this.connections.find(seenConnection(caller, key));
    const all = await readDefinitions(this.definitions, key);
    const seen = all.filter(({ definition }) => seesDefinition(caller, definition));
    const rest = seen.slice(seen.findIndex(({ definition }) => definition === last) + 1);
    const { items, nextCursor } = cut(rest, limit, ({ definition }) => cursorOf(list, [definition]));
    const shown = await Promise.all(items.map((one) => this.#view(key, one)));
    return pageOf(shown, nextCursor, { request, reply });
  }

  @Get(':definition')
  @Scopes('definitions:read')
  @Delivers('definitions')
  @ApiParam(keyParam)
  @ApiParam({ name: 'definition', type: String, example: '1', description: 'Percent-encoded where it needs to be.' })
  @ApiOperation({ operationId: 'getDefinition', summary: 'Show what a start of it takes' })
  @ApiOkResponse({ type: DefinitionView })
  @Problems(
    'not-found',
    'definition-not-found',
    'connection-reauthorization-required',
    'capability-not-supported',
    'platform-rejected',
    'platform-permission-denied',
    'plan-restricted',
    'platform-bad-response',
    'platform-unavailable',
  )
  async get(
    @Param('key') key: string,
    @Param('definition') definition: string,
    @CurrentCaller() caller: Caller,
  ): Promise<DefinitionView> {
    await this.connections.find(seenConnection(caller, key));
    return this.#view(key, await readDefinition(this.definitions, key, seenDefinition(caller, key, definition)));
  }

  @Patch(':definition')
  @Scopes('definitions:manage')
  @ApiParam(keyParam)
  @ApiParam({ name: 'definition', type: String, example: '1', description: 'Percent-encoded where it needs to be.' })
  @ApiOperation({
    operationId: 'changeDefinition',
    summary: 'Mark variables as sensitive',
    description:
      'Answered when no replica accepts a start any more that does not know of it, and what was stored before is sealed. ' +
      'Cut short, the same request goes on.',
  })
  @ApiOkResponse({ type: DefinitionView })
  @Problems(
    'not-found',
    'definition-not-found',
    'connection-reauthorization-required',
    'capability-not-supported',
    'platform-rejected',
    'platform-permission-denied',
    'plan-restricted',
    'platform-bad-response',
    'platform-unavailable',
  )
  async change(
    @Param('key') key: string,
    @Param('definition') name: string,
    @Body() { sensitive }: DefinitionPatch,
    @CurrentCaller() caller: Caller,
  ): Promise<DefinitionView> {
    await this.connections.find(seenConnection(caller, key));
    const definition = await readDefinition(this.definitions, key, seenDefinition(caller, key, name));
    if (sensitive !== undefined) await this.#mark(key, definition, sensitive ?? []);
    return this.#view(key, definition);
  }

  async #mark(connection: string, definition: Definition, names: readonly string[]): Promise<void> {
    const marked = await this.sensitive.of(connection, definition.definition);
    const faults = unknownNames(definition, names, marked);
    if (faults.length > 0) throw new Invalid(faults);
    const sealed = await this.marking.mark({ connection, definition: definition.definition, names });
    if (sealed === null) throw new ConnectionNotFound(connection);
  }

  async #view(key: string, definition: Definition): Promise<DefinitionView> {
    return definitionView(definition, await this.sensitive.of(key, definition.definition));
  }
}
