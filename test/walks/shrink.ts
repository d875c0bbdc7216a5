import fc from 'fast-check';
import { routes, walkAlong } from './walking.js';
import { World } from './world.js';

/**
 * The smallest walk that still breaks something, found by going it again and again with fewer commands, each time in a new
 * world; in words, or `null` where it does not break anything when it is gone again.
 */
export async function shrunk(seed: number, walk: number, limitMs: number): Promise<string | null> {
  const startedAt = performance.now();
  const property = fc.asyncProperty(routes, async (route) => {
    // What is smallest by then is small enough.
    if (performance.now() - startedAt > limitMs) return;
    const world = await World.open();
    try {
      await walkAlong(route, world, 'again');
    } finally {
      await world.close();
    }
  });
  const found = await fc.check(property, { seed, path: String(walk), numRuns: 1 });
  const [route] = found.counterexample ?? [];
  if (!found.failed || !route) return null;
  const { settings, commands } = route;
  return [
    `seed ${seed}, path ${found.counterexamplePath}: ${JSON.stringify(settings)}`,
    `  ${[...commands].join(', ')}`,
    found.errorInstance instanceof Error ? found.errorInstance.message : String(found.errorInstance),
  ].join('\n');
}
