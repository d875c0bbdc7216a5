import fc from 'fast-check';
import { routes, walkAlong, type Walked } from './walking.js';
import { World } from './world.js';

/** What many walks came to. */
export interface WalkFigures {
  readonly seed: number;
  readonly walks: number;
  readonly commands: number;
  readonly starts: number;
  readonly executed: number;
  readonly decided: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly states: ReadonlyMap<string, number>;
  readonly seconds: number;
  /** Walks that broke something: the number of each, its commands, and what was wrong. */
  readonly broken: readonly { readonly walk: number; readonly route: string; readonly what: string }[];
}

export interface ManyWalks {
  readonly seed: number;
  readonly walks: number;
  /** How many go side by side, each in a world of its own. */
  readonly sideBySide: number;
  /** Ends after so many broken walks. */
  readonly atMostBroken?: number;
  readonly first?: number;
  /** Begins no further walk after that. */
  readonly limitMs?: number;
  readonly say?: (line: string) => void;
}

/** Goes many walks; which they are follows from the seed alone. */
export async function goManyWalks({
  seed,
  walks,
  sideBySide,
  atMostBroken = Number.POSITIVE_INFINITY,
  first = 0,
  limitMs = Number.POSITIVE_INFINITY,
  say = () => {},
}: ManyWalks): Promise<WalkFigures> {
  const startedAt = performance.now();
  const todo = fc
    .sample(routes, { seed, numRuns: first + walks })
    .map((route, index) => ({ route, index }))
    .slice(first);
  const done: Walked[] = [];
  const broken: { walk: number; route: string; what: string }[] = [];
  const walker = async (): Promise<void> => {
    let world: World | null = null;
    const goesOn = (): boolean => broken.length < atMostBroken && performance.now() - startedAt < limitMs;
    for (let next = todo.shift(); next && goesOn(); next = todo.shift()) {
      const { route, index } = next;
      try {
        world ??= await World.open();
        done.push(await walkAlong(route, world, `walk-${index}`));
        if (done.length % 100 === 0) say(`${done.length} walks`);
      } catch (error) {
        const what = error instanceof Error ? error.message : String(error);
        broken.push({
          walk: index,
          route: `${JSON.stringify(route.settings)} ${[...route.commands].join(', ')}`,
          what,
        });
        say(`walk ${index} of seed ${seed} broke: ${what}`);
        await world?.close().catch(() => {});
        world = null;
      }
    }
    await world?.close();
  };
  await Promise.all(Array.from({ length: sideBySide }, walker));
  return {
    seed,
    walks: done.length + broken.length,
    commands: sum(done.map(({ commands }) => commands)),
    starts: sum(done.map(({ starts }) => starts)),
    executed: sum(done.map(({ executed }) => executed)),
    decided: sum(done.map(({ decided }) => decided)),
    faults: together(done.map(({ faults }) => faults)),
    states: together(done.map(({ states }) => countedIn(states))),
    seconds: Math.round((performance.now() - startedAt) / 1000),
    broken,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function together(maps: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const all = new Map<string, number>();
  for (const map of maps) for (const [name, count] of map) all.set(name, (all.get(name) ?? 0) + count);
  return all;
}

function countedIn(words: readonly string[]): Map<string, number> {
  const counted = new Map<string, number>();
  for (const word of words) counted.set(word, (counted.get(word) ?? 0) + 1);
  return counted;
}
