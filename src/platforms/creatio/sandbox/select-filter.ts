import type { Comparison, Group } from './bodies.js';
import type { Row } from './filter.js';

/** Whether a row passes the filters of a SelectQuery; `contactId` is of whoever asks. */
export function passes(row: Row, group: Group, contactId: string): boolean {
  const items = Object.values(group.items);
  const holds = (one: Comparison | Group): boolean =>
    one.filterType === 6 ? passes(row, one, contactId) : compares(row, one, contactId);
  return group.logicalOperation === 1 ? items.some(holds) : items.every(holds);
}

function compares(
  row: Row,
  { comparisonType, leftExpression: { columnPath }, rightExpression }: Comparison,
  contactId: string,
): boolean {
  // A lookup is compared by its own path, a column of its row by a dot.
  const value = row[columnPath] ?? row[`${columnPath}/Id`] ?? row[columnPath.replaceAll('.', '/')];
  if (value === undefined) return false;
  if (!('parameter' in rightExpression)) return String(value).toLowerCase() === contactId;
  const { dataValueType, value: wanted } = rightExpression.parameter;
  if (dataValueType !== 7) return String(value).toLowerCase() === String(wanted).toLowerCase();
  // A time is JSON inside the text, in the session's zone, which is UTC here.
  const apart = Date.parse(String(value)) - Date.parse(`${String(JSON.parse(String(wanted)))}Z`);
  return comparisonType === 6 ? apart <= 0 : comparisonType === 8 ? apart >= 0 : apart === 0;
}
