import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ListNativeRuns } from '../dispatch/list-native-runs.js';
import type { Caller } from '../security/caller.js';
import { CurrentCaller, Scopes } from './access.js';
import { visibilityOf } from './client-of.js';
import { cursorOf, positionOf } from './cursor.js';
import { Delivers } from './delivery.decorator.js';
import { nativeRunQueryOf, NativeRunsQuery, nativeRunView, NativeRunView } from './native-runs.view.js';
import { pageOf, type Page } from './page.js';
import { ApiPage } from './page.decorator.js';
import { Problems } from './problems.decorator.js';
import { seenConnection } from './seen-connection.js';
import { keyParam } from './shown-connection.js';
import { NativeSubjectView, SubjectView } from './start.dto.js';

@ApiTags('Definitions')
@ApiExtraModels(SubjectView, NativeSubjectView)
@Controller('v1/connections/:key/native-runs')
export class NativeRunsController {
  constructor(@Inject(ListNativeRuns) private readonly runs: ListNativeRuns) {}

  @Get()
  @Scopes('definitions:read')
  @Delivers('native_runs')
  @ApiParam(keyParam)
  @ApiOperation({
    operationId: 'listNativeRuns',
    summary: 'List what runs at a portal, ours or not',
    description:
      'Read from the portal at each request, newest first, as the user of the connection may see it. The portal tells ' +
      'whole seconds. The note of the capability `native_runs` says what a platform does not list, e.g. what has ended, or ' +
      'documents for signature (422 where they alone are asked for). A page may hold fewer items than its limit although ' +
      'more follow. What is not under management can be brought there: POST /v1/processes/adopt.',
  })
  @ApiPage(NativeRunView)
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
    @Query() query: NativeRunsQuery,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<NativeRunView>> {
    const list = `native-runs of ${seenConnection(caller, key)}`;
    const [after = null] = positionOf(query.cursor, list, [/^.{1,500}$/su]) ?? [];
    const { items, next } = await this.runs.list(key, nativeRunQueryOf(query, after), visibilityOf(caller));
    const nextCursor = next === null ? null : cursorOf(list, [next]);
    return pageOf(items.map(nativeRunView), nextCursor, { request, reply });
  }
}
