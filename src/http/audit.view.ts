import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { createHash } from 'node:crypto';
import type { AuditFilter, AuditLine, AuditSight } from '../security/audit.js';
import type { Caller } from '../security/caller.js';
import { ListQuery } from './list-query.js';
import { QueryTexts, QueryTime } from './query-field.js';

/** The filters of the audit. */
@ApiSchema({ name: 'AuditQuery' })
export class AuditQuery extends ListQuery {
  @QueryTexts('Names of clients.')
  readonly client?: string[];

  @QueryTexts('Actions, e.g. `process.kill`.')
  readonly action?: string[];

  @QueryTexts('Targets, e.g. `connections/sales-portal`.')
  readonly target?: string[];

  @QueryTexts('Keys of connections.')
  readonly connection?: string[];

  @QueryTexts('Results, e.g. `begun`.')
  readonly result?: string[];

  @QueryTexts('Traces.')
  readonly traceId?: string[];

  @QueryTime('Begun after this moment.')
  readonly createdAfter?: Date;

  @QueryTime('Begun before this moment.')
  readonly createdBefore?: Date;
}

/** Who did what to what, and what came of it. */
@ApiSchema({ name: 'AuditLine' })
export class AuditLineView {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ type: String, format: 'date-time', description: 'When it began.' })
  readonly at!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'erp',
    description:
      "The client's name; `operator`: a command in a terminal; `gateway`: by itself; null: nobody that it knows.",
  })
  readonly client!: string | null;

  @ApiProperty({ type: String, example: 'process.kill' })
  readonly action!: string;

  @ApiProperty({
    type: String,
    example: 'connections/sales-portal',
    description: 'A path below /v1/; for `caller.refused` how many requests within a minute.',
  })
  readonly target!: string;

  @ApiProperty({
    type: String,
    example: 'done',
    description:
      '`begun`: no result is on record, so it may have been done; look at the target. `done`, `accepted` (under way), ' +
      '`replayed` (done before under the same Idempotency-Key), or the code of the problem that was answered.',
  })
  readonly result!: string;

  @ApiProperty({ type: String, nullable: true, example: '10.0.0.7' })
  readonly address!: string | null;

  @ApiProperty({ type: String, nullable: true })
  readonly traceId!: string | null;
}

export function auditLineView({ id, at, client, action, target, result, address, traceId }: AuditLine): AuditLineView {
  return { id, at: at.toISOString(), client, action, target, result, address, traceId };
}

/** The filters of a query; `name` tells a list of these filters from others, so that a cursor fits its own list only. */
export function auditFilterOf({ limit: _limit, cursor: _cursor, ...filter }: AuditQuery): {
  filter: AuditFilter;
  name: string;
} {
  const given = JSON.stringify(Object.entries(filter).toSorted(([one], [other]) => (one < other ? -1 : 1)));
  return { filter, name: `audit ${createHash('sha256').update(given).digest('base64url').slice(0, 16)}` };
}

/**
 * Which lines a caller may see: limited to connections, those about these; limited to definitions or to its own processes,
 * which lines do not name, what it did itself.
 */
export function sightOf({ connections, definitions, sees, clientId }: Caller): AuditSight {
  return { connections, clientId: definitions !== null || sees === 'own' ? clientId : null };
}
