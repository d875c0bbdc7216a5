import { describe, expect, it } from '@jest/globals';
import { CopyAge } from '../../src/storage/copy-age.js';

function aged(steps: (age: CopyAge) => void): (nowMs: number) => number | null {
  const age = new CopyAge();
  steps(age);
  return (nowMs) => age.at(nowMs);
}

describe('how old a copy is', () => {
  it('is not known before it has reached anything that was seen', () => {
    const age = aged((copy) => {
      copy.wrote({ atMs: 0, position: 10n });
      copy.replayed(9n);
    });
    expect(age(1000)).toBeNull();
  });

  it('counts from the last look at its source that it has reached', () => {
    const age = aged((copy) => {
      copy.wrote({ atMs: 0, position: 10n });
      copy.wrote({ atMs: 500, position: 20n });
      copy.wrote({ atMs: 1000, position: 30n });
      copy.replayed(25n);
    });
    expect(age(1200)).toBe(700);
  });

  it('stays small while the source writes nothing', () => {
    const age = aged((copy) => {
      for (const atMs of [0, 500, 1000, 600_000]) copy.wrote({ atMs, position: 10n });
      copy.replayed(10n);
    });
    expect(age(600_100)).toBe(100);
  });

  it('grows while it hears nothing, however long that lasts', () => {
    const age = aged((copy) => {
      copy.wrote({ atMs: 0, position: 10n });
      copy.replayed(10n);
      for (let look = 1; look <= 5000; look += 1) {
        copy.wrote({ atMs: look * 500, position: 10n + BigInt(look) });
        copy.replayed(10n);
      }
    });
    expect(age(2_500_000)).toBe(2_500_000);
  });

  it('is not known where an older state of the source was put back', () => {
    const age = aged((copy) => {
      copy.wrote({ atMs: 0, position: 100n });
      copy.replayed(100n);
      copy.wrote({ atMs: 500, position: 50n });
    });
    expect(age(600)).toBeNull();
  });
});
