import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiCreatedResponse,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { JsonObject } from '../lib/json.js';
import { ProcessWatch } from '../processes/process-watch.js';
import type { ProcessPage, ProcessReader } from '../processes/process.reader.js';
import { StartProcess } from '../processes/start-process.js';
import type { Caller } from '../security/caller.js';
import { Commands, CurrentCaller, Scopes, Waits } from './access.js';
import { AgedProcesses, foundIn } from './aged.js';
import { clientOf } from './client-of.js';
import { cursorOf, positionOf, uuidForm } from './cursor.js';
import { goneAway } from './gone-away.js';
import { held } from './long-poll.js';
import { Delivers } from './delivery.decorator.js';
import { cut, pageOf, type Page } from './page.js';
import { ApiPage } from './page.decorator.js';
import { Problems } from './problems.decorator.js';
import { ProcessDesk } from './process-desk.js';
import { ProcessBriefView, ProcessView } from './process.dto.js';
import { filterOf, includes, ProcessQuery } from './process-query.js';
import { ProcessOptions, StartOptions } from './process-options.js';
import { StartBodyLimit } from './start-body-limit.js';
import { startExamples } from './start-examples.js';
import { NativeSubjectView, StartBody, SubjectView } from './start.dto.js';
import { startFieldsOf } from './start-fields.js';
import { UuidId } from './uuid-id.js';
import { ValidationView } from './validation.dto.js';

const list = 'processes';

@ApiTags('Processes')
@ApiExtraModels(SubjectView, NativeSubjectView, ValidationView)
@Controller('v1/processes')
export class ProcessesController {
  constructor(
    @Inject(StartProcess) private readonly starts: StartProcess,
    @Inject(ProcessDesk) private readonly desk: ProcessDesk,
    @Inject(ProcessWatch) private readonly watch: ProcessWatch,
    @Inject(AgedProcesses) private readonly processes: AgedProcesses,
  ) {}

  @Post()
  @UseGuards(StartBodyLimit)
  @Commands('processes:start', 'processes:sign')
  @Waits()
  @Delivers('start')
  @ApiOperation({
    operationId: 'startProcess',
    summary: 'Start a process',
    description:
      'Accepted durably before anything is sent, and sent at most once. 201: the run exists. 202: accepted, its outcome ' +
      'is still open; look at `Location`, or repeat with the same key. 422 `platform-rejected`: nothing runs.',
  })
  @ApiBody({ type: StartBody, examples: startExamples() })
  @ApiCreatedResponse({ type: ProcessView, description: 'The run exists.' })
  @ApiAcceptedResponse({ type: ProcessView, description: 'Accepted; the outcome is open.' })
  @ApiOkResponse({
    description:
      'A process with this business key exists, the start was withdrawn or expired, or it was only validated.',
    schema: { oneOf: [{ $ref: getSchemaPath(ProcessView) }, { $ref: getSchemaPath(ValidationView) }] },
  })
  @Problems(
    'idempotency-key-missing',
    'idempotency-key-invalid',
    'idempotency-key-reused',
    'idempotency-in-progress',
    'not-found',
    'definition-not-found',
    'business-key-conflict',
    'connection-reauthorization-required',
    'capability-not-supported',
    'platform-rejected',
    'queue-full',
  )
  async start(
    @Body() body: StartBody,
    @Query() { validateOnly }: StartOptions,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const by = clientOf(caller);
    const fields = startFieldsOf(body);
    if (validateOnly) {
      const { faults, nativeCall } = await this.starts.validate(fields, by);
      const errors = faults.map(({ pointer, code, message }) => ({ pointer, code, message }));
      void reply.code(200);
      return { valid: faults.length === 0, errors, nativeCall: nativeCall && { ...nativeCall } };
    }
    const key = this.desk.keyOf(request);
    const waits = this.desk.waits(request);
    const commanded = await this.starts.start({ fields, by, key, traceId: request.traceId, retryOf: null, waits });
    return this.desk.answer('start', commanded, request, reply);
  }

  @Get()
  @Scopes('processes:read')
  @ApiOperation({
    operationId: 'listProcesses',
    summary: 'List processes, newest first',
    description:
      'Where hardly any of very many processes fits several filters, a page may have fewer items than `limit`, even none, and a ' +
      '`nextCursor` all the same: the list goes on until that is null.',
  })
  @ApiPage(ProcessBriefView, 'may be old')
  async list(
    @Query() query: ProcessQuery,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<JsonObject>> {
    const [before = null] = positionOf(query.cursor, list, [uuidForm]) ?? [];
    const filter = filterOf(query, clientOf(caller).visible);
    const ask = (reader: ProcessReader): Promise<ProcessPage> => reader.list(filter, before, query.limit + 1);
    // What was marked sensitive since a copy was made stands in clear there.
    const found = query.include ? await ask(this.desk.reader) : foundIn(await this.processes.read(ask), reply);
    const { items, nextCursor } = cut(found.processes, query.limit, ({ id }) => cursorOf(list, [id]));
    const parts = { variables: includes(query, 'variables'), result: includes(query, 'result') };
    return pageOf(
      items.map((process) => this.desk.brief(process, caller, parts)),
      nextCursor ?? (found.readTo === null ? null : cursorOf(list, [found.readTo])),
      { request, reply },
    );
  }

  @Get(':id')
  @HttpCode(200)
  @Scopes('processes:read')
  @Delivers('observe')
  @ApiParam({ name: 'id', type: String, format: 'uuid' })
  @ApiOperation({
    operationId: 'getProcess',
    summary: 'Show a process',
    description:
      '`?refresh=true` asks the platform first. A long poll, `?wait=N&revision=R` or `?wait=N&until=closed`, is answered ' +
      'as soon as the process has another revision than R, or is closed; otherwise after N seconds (55 at most) with the ' +
      'process as it stands, also 200. With both the platform is asked once, first, and its time counts.',
  })
  @ApiOkResponse({ type: ProcessView })
  @Problems('not-found', 'live-read-failed')
  async get(
    @Param('id', UuidId) id: string,
    @Query() options: ProcessOptions,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const askedAtMs = performance.now();
    const stored = await this.desk.visible(id, caller);
    const process = options.refresh ? await this.desk.refreshed(stored, caller) : stored;
    const waited = held(this.watch, process, { ...options, askedAtMs, signal: goneAway(reply) });
    const shown = await (reply.request.work?.rest('news', waited) ?? waited);
    return this.desk.present(shown, caller);
  }
}
