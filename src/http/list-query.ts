import { QueryText, QueryWhole } from './query-field.js';

/** What every list takes; its filters are added in a class that extends this one. */
export class ListQuery {
  @QueryWhole(1, 200, 'How many items at most.', 50)
  readonly limit: number = 50;

  @QueryText('Where to go on: `nextCursor` of the answer before.')
  readonly cursor?: string;
}
