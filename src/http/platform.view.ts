import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { JsonObject } from '../lib/json.js';
import type { Capability } from '../platforms/capabilities.js';
import { deliveryWords } from '../platforms/delivery.js';
import { operations, type Delivery, type Operation } from '../platforms/platform-kind.js';

const deliveries: readonly Delivery[] = ['at_most_once', 'at_most_once_probed', 'repeated_safely', 'read'];

const deliveryDescription = [
  'How sure sending it is; null where it cannot be done. See /guarantees.',
  ...deliveries.map((delivery) => `\`${delivery}\`: ${deliveryWords[delivery].promised}`),
].join('\n\n');

/** One line of what a platform, or one connection, can do. */
@ApiSchema({ name: 'Capability' })
export class CapabilityView implements Capability {
  @ApiProperty({ enum: operations })
  readonly operation!: Operation;

  @ApiProperty({ type: Boolean })
  readonly supported!: boolean;

  @ApiProperty({
    type: String,
    enum: [...deliveries, null],
    nullable: true,
    description: deliveryDescription,
  })
  readonly delivery!: Delivery | null;

  @ApiProperty({ type: String, nullable: true, description: 'For people, e.g. why it is missing.' })
  readonly note!: string | null;
}

/** A kind of remote system. */
@ApiSchema({ name: 'Platform' })
export class PlatformView {
  @ApiProperty({ type: String })
  readonly platform!: string;

  @ApiProperty({ type: String, description: 'As people write it.' })
  readonly name!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'JSON Schema 2020-12 of `auth` and of the fields that only its connections have.',
  })
  readonly connectionSchema!: JsonObject;

  @ApiProperty({ type: [CapabilityView] })
  readonly capabilities!: readonly CapabilityView[];
}

/** What was seen of run ids of our choice. */
@ApiSchema({ name: 'RunIds' })
export class RunIdsView {
  @ApiProperty({ enum: ['kept', 'ignored', 'unknown'] })
  readonly state!: 'kept' | 'ignored' | 'unknown';

  @ApiProperty({ type: 'integer', minimum: 0, description: 'How many answers showed it.' })
  readonly seen!: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly lastAt!: string | null;
}

/** What one connection can do, as far as it was seen. */
@ApiSchema({ name: 'ConnectionCapabilities' })
export class ConnectionCapabilitiesView {
  @ApiProperty({ type: String })
  readonly platform!: string;

  @ApiProperty({ type: [CapabilityView] })
  readonly capabilities!: readonly CapabilityView[];

  @ApiProperty({ type: RunIdsView })
  readonly runIds!: RunIdsView;

  @ApiProperty({ type: [String], description: 'The states of a run that the platform can tell.', example: ['running'] })
  readonly tells!: readonly string[];
}
