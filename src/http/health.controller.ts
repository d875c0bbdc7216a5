import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiSchema, ApiTags } from '@nestjs/swagger';
import { Public } from './access.js';
import { NotNow, Overloaded } from './door.errors.js';
import { Problems } from './problems.decorator.js';
import { Readiness } from './readiness.js';

@ApiSchema({ name: 'Health' })
class HealthView {
  @ApiProperty({ enum: ['live', 'ready'], description: 'A portal that is down changes nothing here.' })
  readonly status: 'live' | 'ready' = 'live';
}

@ApiTags('Health')
@Controller('healthz')
export class HealthController {
  constructor(@Inject(Readiness) private readonly readiness: Readiness) {}

  @Get('live')
  @Public()
  @ApiOperation({ operationId: 'getLiveness', summary: 'Whether the process runs' })
  @ApiOkResponse({ type: HealthView })
  live(): HealthView {
    return { status: 'live' };
  }

  @Get('ready')
  @Public()
  @ApiOperation({
    operationId: 'getReadiness',
    summary: 'Whether this replica should get requests',
    description: 'The database answers and the replica is not stopping.',
  })
  @ApiOkResponse({ type: HealthView })
  @Problems('overloaded', 'shutting-down')
  async ready(): Promise<HealthView> {
    const seen = await this.readiness.look();
    if (seen === 'stopping') throw new NotNow('shutting-down', 'This replica is stopping.', 1);
    if (seen === 'no-database') throw new Overloaded('not_executed');
    return { status: 'ready' };
  }
}
