import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shown } from './figures.js';
import type { Figures, Measured } from './wanted.js';

/** What the last measurement of lists found: it takes longer than everything else together. */
export interface KeptLists {
  /** RFC 3339. */
  readonly at: string;
  /** How often each page was asked for. */
  readonly times: number;
  /** Processes behind the lists, e.g. 10,000. */
  readonly sizes: readonly number[];
  /** Of each filter, e.g. `state=failed`, the p99 in milliseconds at each size. */
  readonly p99: Readonly<Record<string, readonly number[]>>;
}

const [few, many] = [10_000, 10_000_000];
const file = fileURLToPath(new URL('../node_modules/.cache/bpm-gateway-bench/lists.json', import.meta.url));

export async function keepLists(lists: KeptLists): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(lists));
}

/** The worst filter of the last measurement; pairs of filters aside. */
export async function listFigures(): Promise<Figures> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return { lists: { figure: null, told: 'npm run bench -- lists was not run here' } };
  return { lists: worst(JSON.parse(text) as KeptLists) };
}

/** How much longer the filter takes that suffers most from a thousand times the rows. */
export function worst({ at, times, sizes, p99 }: KeptLists): Measured {
  const [first, last] = [sizes.indexOf(few), sizes.indexOf(many)];
  if (first < 0 || last < 0)
    return { figure: null, told: `only ${sizes.map((size) => shown(size, 0)).join(', ')} rows` };
  const single = Object.entries(p99).filter(([filter]) => !filter.includes('&'));
  const grown = single.map(([filter, ms]) => ({ filter, from: ms[first] ?? Number.NaN, to: ms[last] ?? Number.NaN }));
  const [top] = grown.toSorted((one, other) => other.to / other.from - one.to / one.from);
  if (!top) return { figure: null, told: 'no filter was measured' };
  const { filter, from, to } = top;
  const told = `${filter || 'no filter'}: ${shown(to, 1)} to ${shown(from, 1)} ms, ${times} times, on ${at.slice(0, 10)}`;
  return { figure: to / from, told };
}
