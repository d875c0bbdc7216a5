import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../security/caller.js';
import { CurrentCaller, Scopes } from './access.js';
import { AgedProcesses, foundIn } from './aged.js';
import { cursorOf, positionOf, uuidForm } from './cursor.js';
import { HistoryItemView, historyItemView } from './history.dto.js';
import { ListQuery } from './list-query.js';
import { cut, pageOf, type Page } from './page.js';
import { ApiPage } from './page.decorator.js';
import { Problems } from './problems.decorator.js';
import { ProcessDesk } from './process-desk.js';
import { UuidId } from './uuid-id.js';

const list = 'history';
const timeForm = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00$/;
const rankForm = /^[01]$/;

@ApiTags('Processes')
@Controller('v1/processes/:id/history')
export class HistoryController {
  constructor(
    @Inject(ProcessDesk) private readonly desk: ProcessDesk,
    @Inject(AgedProcesses) private readonly processes: AgedProcesses,
  ) {}

  @Get()
  @Scopes('processes:read')
  @ApiParam({ name: 'id', type: String, format: 'uuid' })
  @ApiOperation({ operationId: 'getProcessHistory', summary: 'Events and attempts of a process, oldest first' })
  @ApiPage(HistoryItemView, 'may be old')
  @Problems('not-found')
  async history(
    @Param('id', UuidId) id: string,
    @Query() { limit, cursor }: ListQuery,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<HistoryItemView>> {
    const after = positionOf(cursor, list, [timeForm, rankForm, uuidForm]);
    const [at = '', rank = '', itemId = ''] = after ?? [];
    const process = await this.desk.visible(id, caller);
    const history = await this.processes.read(
      (reader) => reader.history(process.id, after && { at, rank, id: itemId }, limit + 1),
      // Whoever has just changed the process finds that in its history.
      async (copy) => ((await copy.find(process.id))?.revision ?? 0) >= process.revision,
    );
    const rows = foundIn(history, reply);
    const { items, nextCursor } = cut(rows, limit, ({ position }) =>
      cursorOf(list, [position.at, position.rank, position.id]),
    );
    return pageOf(items.map(historyItemView), nextCursor, { request, reply });
  }
}
