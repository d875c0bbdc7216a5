import type { ProcessFilter, Visibility } from '../processes/process.store.js';

/** The conditions of a list with their parameters; every value is a parameter, every column is named here. */
export interface Conditions {
  readonly where: string;
  readonly values: readonly unknown[];
}

const listColumns = [
  ['connection', 'connection'],
  ['platform', 'platform'],
  ['definition', 'definition'],
  ['state', 'state'],
  ['category', 'category'],
  ['conclusion', 'conclusion'],
  ['businessKey', 'business_key'],
  ['nativeId', 'native_id'],
  ['subjectType', 'subject_type'],
  ['subjectId', 'subject_id'],
  ['createdBy', 'created_by'],
] as const satisfies readonly (readonly [keyof ProcessFilter, string])[];

const timeConditions = [
  ['createdAfter', 'created_at > '],
  ['createdBefore', 'created_at < '],
  ['closedAfter', 'closed_at > '],
  ['closedBefore', 'closed_at < '],
] as const satisfies readonly (readonly [keyof ProcessFilter, string])[];

/** @param before  only processes older than this one; `null`: from the newest */
export function conditionsOf(filter: ProcessFilter, before: string | null): Conditions {
  const conditions: string[] = [];
  const values: unknown[] = [];
  const add = (condition: string, value: unknown, cast = ''): void => {
    values.push(value);
    conditions.push(`${condition}$${values.length}${cast}`);
  };
  const addAny = (column: string, list: readonly string[]): void => {
    values.push(list);
    conditions.push(`${column} = any ($${values.length}::text[])`);
  };
  for (const [field, column] of listColumns) {
    const list = filter[field];
    if (list) addAny(column, list);
  }
  for (const [field, condition] of timeConditions) {
    if (filter[field]) add(condition, filter[field], '::timestamptz');
  }
  if (filter.tag) add('tags && ', filter.tag, '::text[]');
  if (filter.hasIncident !== undefined) add('has_incident = ', filter.hasIncident);
  if (before !== null) add('id < ', before, '::uuid');
  addVisibility(filter.visible, addAny, add);
  return { where: conditions.length === 0 ? 'true' : conditions.join('\n  and '), values };
}

function addVisibility(
  { connections, definitions, clientId }: Visibility,
  addAny: (column: string, list: readonly string[]) => void,
  add: (condition: string, value: unknown, cast: string) => void,
): void {
  if (connections) addAny('connection', connections);
  if (definitions) addAny('definition', definitions);
  if (clientId !== null) add('client_id = ', clientId, '::uuid');
}
