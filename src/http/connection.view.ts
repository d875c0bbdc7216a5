import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { Connection, ConnectionState } from '../connections/connection.js';
import type { TestReport, TestStep } from '../connections/test-connection.js';
import type { JsonObject } from '../lib/json.js';
import { LimitsBody } from './connections.dto.js';

const states: readonly ConnectionState[] = ['active', 'degraded', 'reauthorization_required', 'paused'];

/** A portal that told of another address. */
@ApiSchema({ name: 'ConnectionMove' })
export class ConnectionMoveView {
  @ApiProperty({ type: String, format: 'uri', description: 'Where it was before.', example: 'https://old.example' })
  readonly from!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly at!: string;
}

/** A registered portal, without its secrets. The platform's own fields stand beside these. */
@ApiSchema({ name: 'Connection' })
export class ConnectionView {
  @ApiProperty({ type: String, example: 'sales-portal' })
  readonly key!: string;

  @ApiProperty({ type: String })
  readonly platform!: string;

  @ApiProperty({ type: String, example: 'Sales portal' })
  readonly name!: string;

  @ApiProperty({ type: String, format: 'uri', example: 'https://portal.example' })
  readonly baseUrl!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'Its type, and names that are no secrets.',
    example: { type: 'oauth', clientId: 'app.1' },
  })
  readonly auth!: JsonObject;

  @ApiProperty({ type: LimitsBody })
  readonly limits!: Connection['limits'];

  @ApiProperty({ enum: states, description: '`paused` is an operator’s word and hides the others.' })
  readonly state!: ConnectionState;

  @ApiProperty({ type: String, nullable: true, description: 'Why it is not active.' })
  readonly stateReason!: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When the credentials end unless they are renewed before, which happens by itself; null: never so.',
  })
  readonly credentialsEndAt!: string | null;

  @ApiProperty({
    type: ConnectionMoveView,
    nullable: true,
    description: 'The last time that its portal told of another address.',
  })
  readonly moved!: ConnectionMoveView | null;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly createdAt!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly updatedAt!: string;
}

const stepNames: readonly TestStep['name'][] = ['reach', 'sign_in', 'rights', 'limits', 'clock', 'definitions'];

/** One step of a test. */
@ApiSchema({ name: 'ConnectionTestStep' })
export class TestStepView {
  @ApiProperty({ enum: stepNames })
  readonly name!: TestStep['name'];

  @ApiProperty({ type: Boolean })
  readonly ok!: boolean;

  @ApiProperty({ type: String, description: 'What was found.' })
  readonly detail!: string;

  @ApiProperty({ type: String, nullable: true, description: 'What to do about it.' })
  readonly remedy!: string | null;
}

/** What a test found, step by step. */
@ApiSchema({ name: 'ConnectionTest' })
export class TestReportView implements TestReport {
  @ApiProperty({ type: Boolean, description: 'Whether every step passed.' })
  readonly ok!: boolean;

  @ApiProperty({ type: [TestStepView] })
  readonly steps!: readonly TestStepView[];
}

export function connectionView(connection: Connection): ConnectionView {
  const { key, platform, name, baseUrl, auth, settings, limits, state, stateReason, moved } = connection;
  return {
    key,
    platform,
    name,
    baseUrl,
    auth,
    ...settings,
    limits,
    state,
    stateReason,
    credentialsEndAt: connection.credentialsEndAt?.toISOString() ?? null,
    moved: moved && { from: moved.from, at: moved.at.toISOString() },
    createdAt: connection.createdAt.toISOString(),
    updatedAt: connection.updatedAt.toISOString(),
  };
}
