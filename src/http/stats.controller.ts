import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiSchema, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { processStates } from '../processes/process-state.js';
import { Stats } from '../processes/stats.js';
import type { Caller } from '../security/caller.js';
import { CurrentCaller, Scopes } from './access.js';
import { clientOf } from './client-of.js';

/** What an hour brought. */
@ApiSchema({ name: 'HourOfStats' })
class HourView {
  @ApiProperty({ type: String, format: 'date-time', description: 'When it began.' })
  readonly hour!: string;

  @ApiProperty({ type: 'integer', description: 'Runs that became known.' })
  readonly started!: number;

  @ApiProperty({ type: 'integer', description: 'Processes that were closed, whatever came of them.' })
  readonly closed!: number;

  @ApiProperty({ type: 'integer', description: 'Starts that were rejected; they are closed as well.' })
  readonly rejected!: number;

  @ApiProperty({ type: 'integer', description: 'Processes of which it became unknown whether they run.' })
  readonly indeterminate!: number;
}

/** Counts of the processes that the caller may see. */
@ApiSchema({ name: 'Stats' })
class StatsView {
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: `How many stand in each state: ${processStates.join(', ')}.`,
  })
  readonly byState!: Readonly<Record<string, number>>;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'How many each connection has; one without any is left out.',
  })
  readonly byConnection!: Readonly<Record<string, number>>;

  @ApiProperty({
    type: [HourView],
    description: 'Hours of the last seven days in which something happened, oldest first.',
  })
  readonly byHour!: readonly HourView[];
}

@ApiTags('Processes')
@Controller('v1/stats')
export class StatsController {
  constructor(@Inject(Stats) private readonly stats: Stats) {}

  @Get()
  @Scopes('processes:read')
  @ApiOperation({
    operationId: 'getStats',
    summary: 'Count processes',
    description:
      'Counted behind the processes, a second or two later; `Data-Age` says how many seconds what is counted is behind.',
  })
  @ApiOkResponse({
    type: StatsView,
    headers: { 'Data-Age': { description: 'Seconds that this is behind.', schema: { type: 'integer', minimum: 0 } } },
  })
  async get(@CurrentCaller() caller: Caller, @Res({ passthrough: true }) reply: FastifyReply): Promise<StatsView> {
    const { byState, byConnection, byHour, ageSeconds } = await this.stats.counts(clientOf(caller).visible);
    void reply.header('data-age', Math.max(0, Math.ceil(ageSeconds)));
    return {
      byState,
      byConnection: Object.fromEntries(byConnection),
      byHour: byHour.map(({ hour, ...counts }) => ({ hour: hour.toISOString(), ...counts })),
    };
  }
}
