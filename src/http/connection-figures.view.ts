import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { PortalHealth, PortalUse } from '../connections/portal-figures.js';

/** What went wrong last at a connection. */
@ApiSchema({ name: 'ConnectionFailure' })
export class ConnectionFailureView {
  @ApiProperty({ type: String, format: 'date-time' })
  readonly at!: string;

  @ApiProperty({ type: String, example: 'No connection: ECONNREFUSED' })
  readonly message!: string;
}

/** How a connection does. */
@ApiSchema({ name: 'ConnectionHealth' })
export class ConnectionHealthView {
  @ApiProperty({ enum: ['active', 'degraded', 'reauthorization_required', 'paused'] })
  readonly state!: PortalHealth['state'];

  @ApiProperty({ type: String, format: 'date-time', description: 'When the connection last changed.' })
  readonly since!: string;

  @ApiProperty({
    enum: ['closed', 'open', 'half_open'],
    description:
      'Of the replica that answers. `open`: the portal did not answer several times in a row, so starts are queued and a cheap read asks it now and then.',
  })
  readonly breaker!: PortalHealth['breaker'];

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Starts that wait; right to about a second.' })
  readonly queueDepth!: number;

  @ApiProperty({ type: Number, nullable: true, minimum: 0, description: 'How long the first of them has waited.' })
  readonly oldestQueuedSeconds!: number | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'The last attempt that the portal answered, as far as the replica that answers knows.',
  })
  readonly lastSuccessAt!: string | null;

  @ApiProperty({ type: ConnectionFailureView, nullable: true, description: 'As far as that replica knows.' })
  readonly lastFailure!: ConnectionFailureView | null;
}

/** How much of the portal's bucket is left. */
@ApiSchema({ name: 'ConnectionBudget' })
export class ConnectionBudgetView {
  @ApiProperty({ type: 'integer', nullable: true, minimum: 0, description: 'Requests that may go at once; null: any.' })
  readonly remaining!: number | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When the whole burst may go again.' })
  readonly resetsAt!: string | null;
}

/** The work of one method in the portal's own window. */
@ApiSchema({ name: 'ConnectionMethodUse' })
export class ConnectionMethodUseView {
  @ApiProperty({ type: String, example: 'bizproc.workflow.start' })
  readonly method!: string;

  @ApiProperty({ type: Number, minimum: 0, description: 'Seconds of work as the portal counts them.' })
  readonly operatingSeconds!: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When it may work anew.' })
  readonly resetsAt!: string | null;
}

/** How far a connection's portal is used; connections to one host share it. */
@ApiSchema({ name: 'ConnectionLimitsUse' })
export class ConnectionLimitsView {
  @ApiProperty({ type: ConnectionBudgetView })
  readonly budget!: ConnectionBudgetView;

  @ApiProperty({ type: [ConnectionMethodUseView], description: 'Methods of which the portal told it.' })
  readonly methods!: readonly ConnectionMethodUseView[];

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Requests of commands that are out.' })
  readonly inFlight!: number;
}

export function healthView(health: PortalHealth): ConnectionHealthView {
  const { since, lastSuccessAt, lastFailure } = health;
  return {
    ...health,
    since: since.toISOString(),
    lastSuccessAt: lastSuccessAt?.toISOString() ?? null,
    lastFailure: lastFailure && { at: lastFailure.at.toISOString(), message: lastFailure.message },
  };
}

export function limitsView({ budget, methods, inFlight }: PortalUse): ConnectionLimitsView {
  return {
    budget: { remaining: budget.remaining, resetsAt: budget.resetsAt?.toISOString() ?? null },
    methods: methods.map(({ method, operatingSeconds, resetsAt, closedUntil }) => ({
      method,
      operatingSeconds,
      resetsAt: (closedUntil && (!resetsAt || closedUntil > resetsAt) ? closedUntil : resetsAt)?.toISOString() ?? null,
    })),
    inFlight,
  };
}
