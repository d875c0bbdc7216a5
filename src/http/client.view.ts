import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { scopes, type Scope } from '../security/caller.js';
import type { Client, ClientKey } from '../security/client.js';

/** One key of a client, without the key. */
@ApiSchema({ name: 'ClientKey' })
export class ClientKeyView {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ type: String, example: 'bpmgw_8Jk2xQ', description: 'What people recognise it by.' })
  readonly prefix!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly createdAt!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Within a minute or so.' })
  readonly lastUsedAt!: string | null;
}

/** A key that was made just now. */
@ApiSchema({ name: 'ClientKeyCreated' })
export class NewKeyView extends ClientKeyView {
  @ApiProperty({ type: String, description: 'Shown this once.', example: 'bpmgw_8Jk2xQ…' })
  readonly key!: string;
}

/** Somebody who may call the gateway. */
@ApiSchema({ name: 'Client' })
export class ClientView {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ type: String, example: 'erp' })
  readonly name!: string;

  @ApiProperty({ enum: scopes, isArray: true })
  readonly scopes!: readonly Scope[];

  @ApiProperty({ type: [String], nullable: true })
  readonly connections!: readonly string[] | null;

  @ApiProperty({ type: [String], nullable: true })
  readonly definitions!: readonly string[] | null;

  @ApiProperty({ type: [String], nullable: true })
  readonly addresses!: readonly string[] | null;

  @ApiProperty({ type: String, enum: ['own', 'connection'] })
  readonly sees!: 'own' | 'connection';

  @ApiProperty({ type: 'integer', nullable: true })
  readonly requestsPerMinute!: number | null;

  @ApiProperty({ type: Boolean })
  readonly requireIdempotencyKey!: boolean;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly expiresAt!: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly createdAt!: string;
}

/** One client with its keys. */
@ApiSchema({ name: 'ClientDetails' })
export class ClientWithKeysView extends ClientView {
  @ApiProperty({ type: [ClientKeyView] })
  readonly keys!: readonly ClientKeyView[];
}

/** A client that was made just now, with its first key. */
@ApiSchema({ name: 'ClientCreated' })
export class NewClientView extends ClientView {
  @ApiProperty({ type: String, description: 'Shown this once.', example: 'bpmgw_8Jk2xQ…' })
  readonly key!: string;
}

export function clientView(client: Client): ClientView {
  return {
    id: client.id,
    name: client.name,
    scopes: client.scopes,
    connections: client.connections,
    definitions: client.definitions,
    addresses: client.addresses,
    sees: client.sees,
    requestsPerMinute: client.requestsPerMinute,
    requireIdempotencyKey: client.requireIdempotencyKey,
    expiresAt: client.expiresAt?.toISOString() ?? null,
    createdAt: client.createdAt.toISOString(),
  };
}

export function clientKeyView({ id, prefix, createdAt, lastUsedAt }: ClientKey): ClientKeyView {
  return { id, prefix, createdAt: createdAt.toISOString(), lastUsedAt: lastUsedAt?.toISOString() ?? null };
}
