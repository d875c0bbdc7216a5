import { shown, table } from './figures.js';
import { reached, wanted, type Figures, type Wanted, type WantedName } from './wanted.js';

const head = ['what', 'must', 'goal', 'measured', 'ratio', 'reached'];

/** Every target with what was measured of it; one of which nothing was measured says so. */
export function wantedReport(figures: Figures): string {
  const names = Object.keys(wanted) as WantedName[];
  return table(
    head,
    names.map((name) => {
      const { figure = null, told = '' } = figures[name] ?? {};
      const row: Wanted = wanted[name];
      return [row.what, border(row, row.must), border(row, row.goal), told, ratio(row, figure), reached(row, figure)];
    }),
  );
}

function border({ unit, wants }: Wanted, value: number | null): string {
  if (value === null) return '-';
  return `${wants === 'more' ? '≥' : '≤'} ${value.toLocaleString('en')} ${unit}`;
}

/** A ratio as it is; an amount to what it must be, or else should. */
function ratio({ unit, must, goal }: Wanted, figure: number | null): string {
  if (figure === null || !Number.isFinite(figure)) return '-';
  if (unit === '×') return `× ${shown(figure, 2)}`;
  return `${shown(figure / (must ?? goal ?? Number.NaN), 2)} of ${must === null ? 'the goal' : 'the must'}`;
}
