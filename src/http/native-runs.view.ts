import { ApiProperty, ApiSchema, getSchemaPath } from '@nestjs/swagger';
import type { ListedRun } from '../dispatch/list-native-runs.js';
import type { NativeRunQuery } from '../platforms/native-run.js';
import type { Subject } from '../platforms/run.js';
import { ListQuery } from './list-query.js';
import { QueryTexts, QueryTime } from './query-field.js';

/** The filters of the list of native runs. */
@ApiSchema({ name: 'NativeRunQuery' })
export class NativeRunsQuery extends ListQuery {
  @QueryTexts('Definitions.')
  readonly definition?: string[];

  @QueryTexts('Types of subject.')
  readonly subjectType?: string[];

  @QueryTexts('Ids of subjects. Without a type of subject the whole list has to be read, so a page may hold few items.')
  readonly subjectId?: string[];

  @QueryTime('Only runs that began later, by the clock of the gateway.')
  readonly startedAfter?: Date;
}

/** What the query asks for. @param after  where the platform goes on; `null`: from the newest */
export function nativeRunQueryOf(query: NativeRunsQuery, after: string | null): NativeRunQuery {
  return {
    definitions: query.definition ?? null,
    subjectTypes: query.subjectType ?? null,
    subjectIds: query.subjectId ?? null,
    startedAfter: query.startedAfter ?? null,
    after,
    limit: query.limit,
  };
}

/** What runs at a portal, ours or not. */
@ApiSchema({ name: 'NativeRun' })
export class NativeRunView {
  @ApiProperty({ type: String, example: '66e81a641752f8.56521481' })
  readonly nativeId!: string;

  @ApiProperty({ type: String, nullable: true, example: '1', description: 'null: the platform does not tell.' })
  readonly definition!: string | null;

  @ApiProperty({
    nullable: true,
    oneOf: [{ $ref: getSchemaPath('Subject') }, { $ref: getSchemaPath('NativeSubject') }],
    description: 'null: none, or not told.',
  })
  readonly subject!: Subject | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: "By the gateway's clock: what the portal's clock is ahead is taken out.",
  })
  readonly startedAt!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: '1',
    description: "The platform's id of the user; null: the platform by itself, or not told.",
  })
  readonly startedBy!: string | null;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'null: it is not under management, or its process is not for you to see.',
  })
  readonly processId!: string | null;
}

export function nativeRunView({ run, process }: ListedRun): NativeRunView {
  const { nativeId, definition, subject, startedAt, startedBy } = run;
  return {
    nativeId,
    definition,
    subject,
    startedAt: startedAt?.toISOString() ?? null,
    startedBy,
    processId: process?.id ?? null,
  };
}
