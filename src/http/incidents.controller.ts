import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IncidentWithProcess } from '../incidents/incident-record.js';
import { ResolveIncident } from '../incidents/resolve-incident.js';
import { ShowIncidents } from '../incidents/show-incidents.js';
import { has, type Caller } from '../security/caller.js';
import { Commands, CurrentCaller, Scopes } from './access.js';
import { AgedIncidents, foundIn } from './aged.js';
import { clientOf, visibilityOf } from './client-of.js';
import { cursorOf, positionOf, uuidForm } from './cursor.js';
import { Forbidden } from './door.errors.js';
import { etagOf, requireMatch } from './etag.js';
import { incidentView, IncidentView, scopeOf } from './incident.view.js';
import { IncidentQuery, ResolveIncidentBody } from './incidents.dto.js';
import { cut, pageOf, type Page } from './page.js';
import { ApiPage } from './page.decorator.js';
import { Problems } from './problems.decorator.js';
import { ProcessDesk } from './process-desk.js';
import { UuidId } from './uuid-id.js';

const list = 'incidents';
const idParam = { name: 'id', type: String, format: 'uuid' } as const;
const etagHeader = { ETag: { description: 'Of this version.', schema: { type: 'string' } } } as const;

@ApiTags('Incidents')
@Controller('v1/incidents')
export class IncidentsController {
  constructor(
    @Inject(ShowIncidents) private readonly incidents: ShowIncidents,
    @Inject(ResolveIncident) private readonly resolutions: ResolveIncident,
    @Inject(ProcessDesk) private readonly desk: ProcessDesk,
    @Inject(AgedIncidents) private readonly aged: AgedIncidents,
  ) {}

  @Get()
  @Scopes('incidents:read')
  @ApiOperation({
    operationId: 'listIncidents',
    summary: 'List what needs a person, newest first',
    description: 'Of processes and connections that the caller may see; what concerns all of them, of a caller of all.',
  })
  @ApiPage(IncidentView, 'may be old')
  async list(
    @Query() { limit, cursor, ...filter }: IncidentQuery,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<IncidentView>> {
    const [before = null] = positionOf(cursor, list, [uuidForm]) ?? [];
    const visible = visibilityOf(caller);
    const asked = await this.aged.read((incidents) => incidents.page({ ...filter, visible }, before, limit + 1));
    const rows = foundIn(asked, reply);
    const { items, nextCursor } = cut(rows, limit, ({ incident }) => cursorOf(list, [incident.id]));
    return pageOf(
      items.map((one) => incidentView(one, caller)),
      nextCursor,
      { request, reply },
    );
  }

  @Get(':id')
  @Scopes('incidents:read')
  @ApiParam(idParam)
  @ApiOperation({ operationId: 'getIncident', summary: 'Show an incident' })
  @ApiOkResponse({ type: IncidentView, headers: etagHeader })
  @Problems('not-found')
  async get(
    @Param('id', UuidId) id: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<IncidentView> {
    return answered(await this.incidents.one(id, visibilityOf(caller)), caller, reply);
  }

  @Post(':id/resolve')
  @HttpCode(200)
  @Commands('incidents:resolve', 'incidents:resend')
  @ApiParam(idParam)
  @ApiHeader({
    name: 'If-Match',
    required: true,
    description: 'The ETag of the incident as it was read.',
    schema: { type: 'string' },
  })
  @ApiOperation({
    operationId: 'resolveIncident',
    summary: 'Decide about an incident',
    description:
      '`adopt`: this run is the one; its state is asked at the platform. `confirm_not_started`: nothing started, and the ' +
      'process is rejected; what it proves that no run is found stands in the `note` of the resolution, on some platforms ' +
      'nothing. `resend`: sent once more under the same id, on your responsibility (scope `incidents:resend`). ' +
      '`acknowledge`: seen; the process stays as it is. `release`: a restored database goes on. While a request of the ' +
      'start may still be running, `confirm_not_started`, `resend` and `release` are 409, and `detail` says until when.',
  })
  @ApiOkResponse({ type: IncidentView, headers: etagHeader })
  @Problems(
    'idempotency-key-missing',
    'idempotency-key-invalid',
    'idempotency-key-reused',
    'idempotency-in-progress',
    'not-found',
    'invalid-state',
    'conflict',
    'connection-reauthorization-required',
    'precondition-failed',
    'precondition-required',
    'capability-not-supported',
    'platform-rejected',
    'platform-permission-denied',
    'plan-restricted',
    'platform-bad-response',
    'platform-unavailable',
  )
  async resolve(
    @Param('id', UuidId) incidentId: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Body() body: ResolveIncidentBody,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<IncidentView> {
    const scope = scopeOf(body.action);
    if (!has(caller, scope)) throw new Forbidden('insufficient-scope', `${body.action} needs the scope ${scope}.`);
    const resolved = await this.resolutions.resolve({
      incidentId,
      action: body.action,
      nativeId: body.nativeId ?? null,
      processId: body.processId?.toLowerCase() ?? null,
      reason: body.reason,
      by: clientOf(caller),
      key: this.desk.keyOf(request),
      requireVersion: (version) => requireMatch(ifMatch, version),
    });
    if (resolved.replayed) void reply.header('idempotent-replayed', 'true');
    return answered(await this.incidents.shown(resolved), caller, reply);
  }
}

function answered(found: IncidentWithProcess, caller: Caller, reply: FastifyReply): IncidentView {
  void reply.header('etag', etagOf(found.incident.version));
  return incidentView(found, caller);
}
