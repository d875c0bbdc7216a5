import { Body, Controller, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Reports } from '../processes/reports.js';
import { Inbound } from './access.js';
import { Problems } from './problems.decorator.js';
import { reportFieldsIn } from './report-fields.js';
import { ReceiptView, ReportBody, ReportQuery } from './reports.dto.js';
import { readBodyAs } from './validate.js';

const longestMessage = 2000;

@ApiTags('Inbound')
@Controller('v1/inbound/report')
export class ReportsController {
  constructor(@Inject(Reports) private readonly reports: Reports) {}

  @Post(':connection')
  @HttpCode(200)
  @Inbound('report-token')
  @ApiParam({ name: 'connection', type: String, example: 'sales-portal' })
  @ApiHeader({
    name: 'X-Report-Token',
    required: false,
    description: 'The report token of the connection; or as Authorization: Bearer, or as ?token=.',
    schema: { type: 'string' },
  })
  @ApiOperation({
    operationId: 'report',
    summary: 'Tell how a run stands, from inside it',
    description:
      'For a step of the process itself. The body may be JSON, a form, or nothing where the address says it all. It is ' +
      'durable before the 200. A report that comes before its process is known is kept and counts as soon as it is.',
  })
  @ApiConsumes('application/json', 'application/x-www-form-urlencoded')
  @ApiBody({ type: ReportBody, required: false })
  @ApiOkResponse({ type: ReceiptView, description: 'It is durable; nobody has to say it again.' })
  @Problems('unauthenticated', 'host-not-allowed', 'origin-not-allowed')
  async report(
    @Param('connection') connection: string,
    @Body() body: unknown,
    @Query() query: ReportQuery,
  ): Promise<ReceiptView> {
    const told = await readBodyAs(ReportBody, reportFieldsIn(body, query));
    const receipt = await this.reports.receive({
      connection,
      processId: told.processId?.toLowerCase() ?? null,
      nativeId: told.nativeId ?? null,
      outcome: told.outcome,
      message: told.message?.slice(0, longestMessage) ?? null,
      result: told.result ?? null,
      reportId: told.reportId ?? null,
      via: 'token',
    });
    return { receipt };
  }
}
