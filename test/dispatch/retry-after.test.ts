import { retryAfterMs } from '../../src/dispatch/retry-after.js';

describe('the wait before another try', () => {
  it.each([
    [1, 1000],
    [2, 2000],
    [3, 5000],
    [4, 10_000],
    [5, 30_000],
    [6, 60_000],
    [7, 60_000],
    [10_000, 60_000],
  ])('after try %i is %i ms in the middle', (attempts, ms) => {
    expect(retryAfterMs(attempts, () => 0.5)).toBe(ms);
  });

  it('is up to 20 % less or more', () => {
    expect(retryAfterMs(4, () => 0)).toBe(8000);
    expect(retryAfterMs(4, () => 1)).toBe(12_000);
  });

  it('is that of the first try where none was counted', () => {
    expect(retryAfterMs(0, () => 0.5)).toBe(1000);
  });
});
