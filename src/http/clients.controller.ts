import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Clients } from '../security/clients.js';
import type { Caller } from '../security/caller.js';
import { CurrentCaller, Scopes } from './access.js';
import { ClientCreate, ClientPatch } from './clients.dto.js';
import { ClientView, ClientWithKeysView, NewClientView, NewKeyView, clientKeyView, clientView } from './client.view.js';
import { createdSettings, patchedSettings } from './client-settings.js';
import { cursorOf, positionOf, uuidForm } from './cursor.js';
import { Forbidden, NotFound } from './door.errors.js';
import { etagOf } from './etag.js';
import { ListQuery } from './list-query.js';
import { ApiNoFields, NoFields } from './no-fields.js';
import { cut, pageOf, type Page } from './page.js';
import { ApiPage } from './page.decorator.js';
import { Problems } from './problems.decorator.js';
import { PublicUrl } from './public-url.js';
import { UuidId } from './uuid-id.js';

const list = 'clients';
const idParam = { name: 'id', type: String, format: 'uuid' } as const;

@ApiTags('Clients')
@Controller('v1/clients')
export class ClientsController {
  constructor(
    @Inject(Clients) private readonly clients: Clients,
    @Inject(PublicUrl) private readonly url: PublicUrl,
  ) {}

  @Get()
  @Scopes('admin')
  @ApiOperation({ operationId: 'listClients', summary: 'List clients' })
  @ApiPage(ClientView)
  async list(
    @Query() { limit, cursor }: ListQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<ClientView>> {
    const [before = null] = positionOf(cursor, list, [uuidForm]) ?? [];
    const rows = await this.clients.list(limit + 1, before);
    const { items, nextCursor } = cut(rows, limit, ({ id }) => cursorOf(list, [id]));
    return pageOf(items.map(clientView), nextCursor, { request, reply });
  }

  @Post()
  @Scopes('admin')
  @ApiOperation({ operationId: 'createClient', summary: 'Create a client with its first key' })
  @ApiCreatedResponse({ type: NewClientView, description: 'Created. `key` is shown this once.' })
  @Problems('conflict')
  async create(
    @Body() body: ClientCreate,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NewClientView> {
    requireUnlimited(caller);
    const { client, key } = await this.clients.add(createdSettings(body));
    void reply.header('location', this.url.of(`/v1/clients/${client.id}`));
    return { ...clientView(client), key };
  }

  @Get(':id')
  @Scopes('admin')
  @ApiParam(idParam)
  @ApiOperation({ operationId: 'getClient', summary: 'Show a client' })
  @ApiOkResponse({ type: ClientWithKeysView, headers: { ETag: { schema: { type: 'string' } } } })
  @Problems('not-found')
  async get(
    @Param('id', UuidId) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ClientWithKeysView> {
    const client = found(await this.clients.find(id), id);
    const keys = await this.clients.keysOf(id);
    void reply.header('etag', etagOf(client.version));
    return { ...clientView(client), keys: keys.map(clientKeyView) };
  }

  @Patch(':id')
  @Scopes('admin')
  @ApiParam(idParam)
  @ApiOperation({ operationId: 'changeClient', summary: 'Change a client' })
  @ApiOkResponse({ type: ClientView })
  @Problems('not-found', 'conflict')
  async change(
    @Param('id', UuidId) id: string,
    @Body() body: ClientPatch,
    @CurrentCaller() caller: Caller,
  ): Promise<ClientView> {
    requireUnlimited(caller);
    return clientView(found(await this.clients.change(id, patchedSettings(body)), id));
  }

  @Delete(':id')
  @HttpCode(204)
  @Scopes('admin')
  @ApiParam(idParam)
  @ApiOperation({ operationId: 'deleteClient', summary: 'Remove a client with its keys; what it started stays' })
  @ApiNoContentResponse({ description: 'Removed.' })
  @Problems('not-found', 'conflict')
  async remove(@Param('id', UuidId) id: string, @CurrentCaller() caller: Caller): Promise<void> {
    requireUnlimited(caller);
    if (!(await this.clients.remove(id))) throw new NotFound(`There is no client ${id}.`);
  }

  @Post(':id/keys')
  @Scopes('admin')
  @ApiParam(idParam)
  @ApiNoFields()
  @ApiOperation({ operationId: 'createClientKey', summary: 'Add a key, e.g. to change keys without a gap' })
  @ApiCreatedResponse({ type: NewKeyView, description: 'Created. `key` is shown this once.' })
  @Problems('not-found', 'conflict')
  async addKey(
    @Param('id', UuidId) id: string,
    @Body() _body: NoFields,
    @CurrentCaller() caller: Caller,
  ): Promise<NewKeyView> {
    requireUnlimited(caller);
    const { shown, key } = found(await this.clients.addKey(id), id);
    return { ...clientKeyView(shown), key };
  }

  @Delete(':id/keys/:keyId')
  @HttpCode(204)
  @Scopes('admin')
  @ApiParam(idParam)
  @ApiParam({ ...idParam, name: 'keyId' })
  @ApiOperation({ operationId: 'deleteClientKey', summary: 'End a key' })
  @ApiNoContentResponse({ description: 'The key is no longer valid, on other replicas within five seconds.' })
  @Problems('not-found', 'conflict')
  async removeKey(
    @Param('id', UuidId) id: string,
    @Param('keyId', UuidId) keyId: string,
    @CurrentCaller() caller: Caller,
  ): Promise<void> {
    requireUnlimited(caller);
    if (!(await this.clients.removeKey(id, keyId))) throw new NotFound(`Client ${id} has no key ${keyId}.`);
  }
}

/** Whoever could give what it has not would have it. @throws Forbidden */
function requireUnlimited({ connections, definitions, sees }: Caller): void {
  if (connections === null && definitions === null && sees === 'connection') return;
  const message = 'A client that is limited to connections, definitions or its own processes may not change clients.';
  throw new Forbidden('insufficient-scope', message);
}

function found<T>(thing: T | null, id: string): T {
  if (thing === null) throw new NotFound(`There is no client ${id}.`);
  return thing;
}
