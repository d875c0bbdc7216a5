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
  ApiBody,
  ApiCreatedResponse,
  ApiExtraModels,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Connections } from '../connections/connections.js';
import type { OwnFields, Registration, TermsPatch } from '../connections/registration.js';
import { platformKinds } from '../platforms/registry.js';
import type { Caller } from '../security/caller.js';
import { CurrentCaller, Scopes } from './access.js';
import { readConnectionBody } from './connection-body.js';
import { ConnectionView, connectionView } from './connection.view.js';
import { etagHeader, keyParam, shownConnection } from './shown-connection.js';
import { commonFields, ConnectionCreate, ConnectionPatch } from './connections.dto.js';
import { cursorOf, positionOf } from './cursor.js';
import { Forbidden } from './door.errors.js';
import { requireMatch } from './etag.js';
import { ListQuery } from './list-query.js';
import { cut, pageOf, type Page } from './page.js';
import { ApiPage } from './page.decorator.js';
import { Problems } from './problems.decorator.js';
import { PublicUrl } from './public-url.js';
import { seenConnection } from './seen-connection.js';

const list = 'connections';
const cursorForms = [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, /^[a-z0-9-]{1,63}$/];
const ifMatchHeader = {
  name: 'If-Match',
  required: true,
  description: 'The ETag of what was read.',
  schema: { type: 'string' },
} as const;
const examples = Object.fromEntries(
  platformKinds.flatMap(({ examples }) =>
    examples.connections.map(({ summary, body }) => [summary, { summary, value: body }]),
  ),
);

@ApiTags('Connections')
@Controller('v1/connections')
export class ConnectionsController {
  constructor(
    @Inject(Connections) private readonly connections: Connections,
    @Inject(PublicUrl) private readonly url: PublicUrl,
  ) {}

  @Get()
  @Scopes('connections:read')
  @ApiOperation({ operationId: 'listConnections', summary: 'List connections' })
  @ApiPage(ConnectionView)
  async list(
    @Query() { limit, cursor }: ListQuery,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<ConnectionView>> {
    const [createdAt, key] = positionOf(cursor, list, cursorForms) ?? [];
    const after = createdAt === undefined || key === undefined ? null : { createdAt: new Date(createdAt), key };
    const rows = await this.connections.page({ keys: caller.connections, after, limit: limit + 1 });
    const { items, nextCursor } = cut(rows, limit, (last) => cursorOf(list, [last.createdAt.toISOString(), last.key]));
    return pageOf(items.map(connectionView), nextCursor, { request, reply });
  }

  @Post()
  @Scopes('connections:manage')
  @ApiOperation({
    operationId: 'registerConnection',
    summary: 'Register a portal',
    description:
      "Its portal is not called; POST …/test does that. Beside these fields stand the platform's own ones, which its connectionSchema names. The baseUrl is the address of the portal alone and holds no secret: what an address has beyond that belongs to auth.",
  })
  @ApiExtraModels(ConnectionCreate)
  @ApiBody({ required: true, schema: { $ref: getSchemaPath(ConnectionCreate) }, examples })
  @ApiCreatedResponse({ type: ConnectionView, headers: { Location: { schema: { type: 'string' } }, ...etagHeader } })
  @Problems('conflict', 'egress-denied')
  async register(
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConnectionView> {
    const { common, own } = await readConnectionBody(ConnectionCreate, commonFields.create, body, (all, beside) =>
      this.connections.faultsOfNew(all['platform'], all['auth'], beside),
    );
    if (caller.connections !== null && !caller.connections.includes(common.key)) {
      throw new Forbidden(
        'insufficient-scope',
        `This client may use named connections only, and "${common.key}" is none of them.`,
      );
    }
    const connection = await this.connections.register(registrationOf(common, own));
    void reply.header('location', this.url.of(`/v1/connections/${connection.key}`));
    return shownConnection(connection, reply);
  }

  @Get(':key')
  @Scopes('connections:read')
  @ApiParam(keyParam)
  @ApiOperation({ operationId: 'getConnection', summary: 'Show a connection' })
  @ApiOkResponse({ type: ConnectionView, headers: etagHeader })
  @Problems('not-found')
  async get(
    @Param('key') key: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConnectionView> {
    return shownConnection(await this.connections.find(seenConnection(caller, key)), reply);
  }

  @Patch(':key')
  @Scopes('connections:manage')
  @ApiParam(keyParam)
  @ApiHeader(ifMatchHeader)
  @ApiExtraModels(ConnectionPatch)
  @ApiBody({ required: true, schema: { $ref: getSchemaPath(ConnectionPatch) } })
  @ApiOperation({
    operationId: 'changeConnection',
    summary: 'Change a connection',
    description:
      'A JSON merge patch (RFC 7396). Credentials are replaced by PUT …/credentials. They go only where they were given for: a baseUrl of another scheme, host or port is 422, and needs a connection of its own.',
  })
  @ApiOkResponse({ type: ConnectionView, headers: etagHeader })
  @Problems('not-found', 'precondition-required', 'precondition-failed', 'egress-denied')
  async change(
    @Param('key') key: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConnectionView> {
    const connection = await this.connections.find(seenConnection(caller, key));
    requireMatch(ifMatch, connection.version);
    const { common, own } = await readConnectionBody(ConnectionPatch, commonFields.patch, body, (_, beside) =>
      this.connections.faultsOfPatch(connection, beside),
    );
    return shownConnection(await this.connections.change(key, connection.version, patchOf(common, own)), reply);
  }

  @Delete(':key')
  @HttpCode(204)
  @Scopes('connections:manage')
  @ApiParam(keyParam)
  @ApiHeader(ifMatchHeader)
  @ApiOperation({ operationId: 'deleteConnection', summary: 'Remove a connection; its closed processes stay' })
  @ApiNoContentResponse({ description: 'Removed.' })
  @Problems('not-found', 'conflict', 'precondition-required', 'precondition-failed')
  async remove(
    @Param('key') key: string,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentCaller() caller: Caller,
  ): Promise<void> {
    const { version } = await this.connections.find(seenConnection(caller, key));
    requireMatch(ifMatch, version);
    await this.connections.remove(key, version);
  }
}

function registrationOf(
  { key, platform, name, baseUrl, auth, limits }: ConnectionCreate,
  own: OwnFields,
): Registration {
  return { key, platform, name, baseUrl, auth, limits, own };
}

function patchOf({ name, baseUrl, limits }: ConnectionPatch, own: OwnFields): TermsPatch {
  return { name, baseUrl, limits, own };
}
