import { describe, expect, it } from '@jest/globals';
import { validate, version } from 'uuid';
import { uuidv7 } from '../../src/lib/uuid.js';

describe('ids', () => {
  const ids = Array.from({ length: 5000 }, () => uuidv7());

  it('are UUIDv7, each another', () => {
    expect(ids.filter((id) => !validate(id) || version(id) !== 7)).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('sort as they were made', () => {
    expect(ids.toSorted()).toEqual(ids);
  });

  it('tell when they were made', () => {
    const at = Number.parseInt(uuidv7().replace('-', '').slice(0, 12), 16);
    expect(Math.abs(Date.now() - at)).toBeLessThan(10_000);
  });

  it('share no random bytes', () => {
    const tails = ids.map((id) => id.slice(-12));
    expect(new Set(tails).size).toBe(ids.length);
  });
});
