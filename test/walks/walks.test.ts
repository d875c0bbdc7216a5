import { describe, expect, it } from '@jest/globals';
import { goManyWalks } from './many.js';
import { shrunk } from './shrink.js';

/** The long version has thousands: see prove-walks.ts. */
const walks = 20;
const limitMs = 300_000;

describe('random walks of commands and faults over two replicas', () => {
  it(
    'keep every promise',
    async () => {
      const seed = Number(process.env['WALKS_SEED'] ?? Date.now() % 2 ** 31);
      const { broken, starts } = await goManyWalks({ seed, walks, sideBySide: 10, atMostBroken: 1 });

      const [first] = broken;
      const smallest = first && (await shrunk(seed, first.walk, limitMs / 3));
      expect(first && { seed, ...first, smallest }).toBeUndefined();
      expect(starts).toBeGreaterThan(walks);
    },
    limitMs,
  );
});
