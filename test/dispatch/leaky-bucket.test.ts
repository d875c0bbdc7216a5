import { bucketOf } from '../../src/dispatch/leaky-bucket.js';

describe('the bucket of a portal', () => {
  it('is filled to within a tenth of its burst by starts, and leaves the rest to commands and to what is late', () => {
    for (const [requestsPerSecond, burst] of [
      [2, 50],
      [5, 250],
    ] as const) {
      const { start = 0, command = 0, read = 0 } = bucketOf([{ requestsPerSecond, burst }])?.ceilings ?? {};

      expect(start).toBeGreaterThanOrEqual(burst * 0.9);
      expect(command).toBeGreaterThan(start);
      // What is sent a second late still fits.
      expect(command + requestsPerSecond).toBeLessThanOrEqual(burst);
      expect(read).toBeLessThan(start);
    }
  });

  it('follows the smallest limits of all connections to one host', () => {
    const bucket = bucketOf([
      { requestsPerSecond: 5, burst: 50 },
      { requestsPerSecond: null, burst: null },
      { requestsPerSecond: 2, burst: 250 },
    ]);

    expect(bucket).toMatchObject({ rate: 2, burst: 50 });
  });

  it('is none where no connection has a rate', () => {
    expect(bucketOf([{ requestsPerSecond: null, burst: 50 }])).toBeNull();
    expect(bucketOf([])).toBeNull();
  });

  it('holds one request at least', () => {
    const { ceilings } = bucketOf([{ requestsPerSecond: 0.5, burst: 1 }]) ?? {};

    expect(ceilings).toEqual({ command: 1, start: 1, read: 1 });
  });

  it('lets a reservation lapse after a second, and sooner where the bucket is small', () => {
    expect(bucketOf([{ requestsPerSecond: 2, burst: 50 }])?.lapseMs).toBe(1000);
    expect(bucketOf([{ requestsPerSecond: 10, burst: 10 }])?.lapseMs).toBeLessThan(200);
  });
});
