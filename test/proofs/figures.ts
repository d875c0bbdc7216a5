/** One promise, what was measured of it, and what it may be. */
export interface Figure {
  readonly what: string;
  readonly measured: string;
  readonly allowed: string;
  readonly holds: boolean;
}

/** A table of them, a line each, under a line of heads. */
function table(figures: readonly Figure[]): readonly string[] {
  const rows = [
    ['what', 'measured', 'allowed', ''],
    ...figures.map(({ what, measured, allowed, holds }) => [what, measured, allowed, holds ? 'holds' : 'BROKEN']),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  '));
}

/** Says the table; true: every promise holds. */
export function toldInTable(figures: readonly Figure[], say: (line: string) => void): boolean {
  for (const line of table(figures)) say(line);
  return figures.every(({ holds }) => holds);
}

/** What so large a part of the values does not exceed, e.g. 0.95. NaN where there are none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Does something with each, so many at a time; what fails ends all. */
export async function each<T>(
  items: readonly T[],
  atATime: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const left = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of left) await work(item, index);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}
