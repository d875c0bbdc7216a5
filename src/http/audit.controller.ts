import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../security/caller.js';
import { CurrentCaller, Scopes } from './access.js';
import { AgedAudit, foundIn } from './aged.js';
import { auditFilterOf, auditLineView, AuditLineView, AuditQuery, sightOf } from './audit.view.js';
import { cursorOf, positionOf, uuidForm } from './cursor.js';
import { cut, pageOf, type Page } from './page.js';
import { ApiPage } from './page.decorator.js';

@ApiTags('Audit')
@Controller('v1/audit')
export class AuditController {
  constructor(@Inject(AgedAudit) private readonly audit: AgedAudit) {}

  @Get()
  @Scopes('audit:read')
  @ApiOperation({
    operationId: 'listAudit',
    summary: 'Show who did what, newest first',
    description:
      'Every line stands before what it tells of is done, and is never changed or deleted. Starts are not here: each is a ' +
      'process with its history. A caller that is limited to connections sees what concerns these; one that is limited to ' +
      'definitions or to its own processes sees of that only what it did itself.',
  })
  @ApiPage(AuditLineView, 'may be old')
  async list(
    @Query() query: AuditQuery,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<AuditLineView>> {
    const { filter, name } = auditFilterOf(query);
    const { limit } = query;
    const [before = null] = positionOf(query.cursor, name, [uuidForm]) ?? [];
    const page = { before, rows: limit + 1 };
    const found = foundIn(await this.audit.read((audit) => audit.list(filter, sightOf(caller), page)), reply);
    const { items, nextCursor } = cut(found.lines, limit, ({ id }) => cursorOf(name, [id]));
    const goOn = nextCursor ?? (found.readTo === null ? null : cursorOf(name, [found.readTo]));
    return pageOf(items.map(auditLineView), goOn, { request, reply });
  }
}
