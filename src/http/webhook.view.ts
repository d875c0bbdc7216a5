import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { Delivery, Webhook } from '../webhooks/webhook.js';

const time = { type: String, format: 'date-time' } as const;

/** An endpoint that is told what happens. */
@ApiSchema({ name: 'Webhook' })
export class WebhookView {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ type: String, format: 'uri' })
  readonly url!: string;

  @ApiProperty({ type: [String], nullable: true, description: 'null: all.' })
  readonly types!: readonly string[] | null;

  @ApiProperty({ type: [String], nullable: true, description: 'null: all that the client may see who made it.' })
  readonly connections!: readonly string[] | null;

  @ApiProperty({ type: String, nullable: true })
  readonly description!: string | null;

  @ApiProperty({ enum: ['active', 'disabled'], description: 'A disabled one keeps its place until it is enabled.' })
  readonly state!: Webhook['state'];

  @ApiProperty(time)
  readonly createdAt!: string;
}

/** A webhook with its secret, which is shown this once. */
@ApiSchema({ name: 'WebhookWithSecret' })
export class WebhookWithSecretView extends WebhookView {
  @ApiProperty({ type: String, description: 'Signs what is sent: `whsec_` and 32 bytes in base64. Shown this once.' })
  readonly secret!: string;
}

/** One try of a delivery. */
@ApiSchema({ name: 'DeliveryTry' })
class DeliveryTryView {
  @ApiProperty(time)
  readonly at!: string;

  @ApiProperty({ type: 'integer', nullable: true, description: 'HTTP status; null: there was no answer.' })
  readonly status!: number | null;

  @ApiProperty({ type: String, nullable: true, description: 'null: it was taken.' })
  readonly error!: string | null;
}

/** One event on its way to one webhook. */
@ApiSchema({ name: 'Delivery' })
export class DeliveryView {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ type: String, format: 'uuid', description: 'The header `webhook-id` of each try.' })
  readonly eventId!: string;

  @ApiProperty({ type: String, example: 'bpmgw.v1.process.started' })
  readonly type!: string;

  @ApiProperty({ enum: ['waiting', 'delivered', 'failed'] })
  readonly state!: Delivery['state'];

  @ApiProperty({ type: [DeliveryTryView], description: 'The last fifty, oldest first.' })
  readonly tries!: readonly DeliveryTryView[];

  @ApiProperty({ ...time, nullable: true })
  readonly nextTryAt!: string | null;
}

/** A webhook as callers get it. */
export function webhookView({ id, url, types, connections, description, state, createdAt }: Webhook): WebhookView {
  return { id, url, types, connections, description, state, createdAt: createdAt.toISOString() };
}

/** A delivery as callers get it. */
export function deliveryView({ id, eventId, type, state, tries, nextTryAt }: Delivery): DeliveryView {
  return {
    id,
    eventId,
    type: `bpmgw.v1.${type}`,
    state,
    tries: tries.map(({ at, status, error }) => ({ at: at.toISOString(), status, error })),
    nextTryAt: nextTryAt?.toISOString() ?? null,
  };
}
