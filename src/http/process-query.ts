import { ApiSchema } from '@nestjs/swagger';
import type { ProcessFilter, Visibility } from '../processes/process.reader.js';
import { categories, conclusions, processStates } from '../processes/process-state.js';
import { ListQuery } from './list-query.js';
import { QueryFlag, QueryTexts, QueryTime, QueryWords } from './query-field.js';

/** The filters of the list of processes. */
@ApiSchema({ name: 'ProcessQuery' })
export class ProcessQuery extends ListQuery {
  @QueryTexts('Keys of connections.')
  readonly connection?: string[];

  @QueryTexts('Platforms.')
  readonly platform?: string[];

  @QueryTexts('Definitions.')
  readonly definition?: string[];

  @QueryWords(processStates, 'States.')
  readonly state?: string[];

  @QueryWords(categories, 'Categories.')
  readonly category?: string[];

  @QueryWords(conclusions, 'Conclusions.')
  readonly conclusion?: string[];

  @QueryTexts("The callers' own names.")
  readonly businessKey?: string[];

  @QueryTexts('Tags.')
  readonly tag?: string[];

  @QueryTexts("The runs' ids at the platform.")
  readonly nativeId?: string[];

  @QueryTexts('Types of subjects.')
  readonly subjectType?: string[];

  @QueryTexts('Ids of subjects.')
  readonly subjectId?: string[];

  @QueryTexts('Names of clients.')
  readonly createdBy?: string[];

  @QueryFlag('Whether a condition that needs a person is open.')
  readonly hasIncident?: boolean;

  @QueryTime('Created after this moment.')
  readonly createdAfter?: Date;

  @QueryTime('Created before this moment.')
  readonly createdBefore?: Date;

  @QueryTime('Closed after this moment.')
  readonly closedAfter?: Date;

  @QueryTime('Closed before this moment.')
  readonly closedBefore?: Date;

  @QueryWords(['variables', 'result', 'variables,result', 'result,variables'], 'What to show beside the brief form.')
  readonly include?: string[];
}

/** What the query asks for, of what the caller may see. */
export function filterOf(
  { limit: _limit, cursor: _cursor, include: _include, ...filter }: ProcessQuery,
  visible: Visibility,
): ProcessFilter {
  return { ...filter, visible };
}

/** Whether a list shows that part of its processes. */
export function includes({ include = [] }: ProcessQuery, part: 'variables' | 'result'): boolean {
  return include.some((parts) => parts.split(',').includes(part));
}
