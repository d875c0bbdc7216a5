import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freshDatabase, type FreshDatabase } from '../database.js';
import { killPoints } from './kill-points.js';
import { killUnderLoad, type KillFigures } from './kills.js';

/** One replica for each point has to start. */
jest.setTimeout(300_000);

describe('two replicas under load, killed with -9 at every point of the way of a start', () => {
  let database: FreshDatabase;
  let figures: KillFigures;

  beforeAll(async () => {
    database = await freshDatabase();
    figures = await killUnderLoad({ databaseUrl: database.url, plan: killPoints, startsPerSecond: 30 });
  }, 300_000);

  afterAll(async () => {
    await database?.drop();
  });

  it('die once at each of them', () => {
    expect(Object.fromEntries(figures.kills)).toEqual(Object.fromEntries(killPoints.map((point) => [point, 1])));
  });

  it('lose no start that was accepted', () => {
    expect(figures.starts).toBeGreaterThan(100);
    expect(figures.lost).toEqual([]);
  });

  it('let no start run twice', () => {
    expect(figures.executed).toBeGreaterThan(100);
    expect(figures.executedTwice).toEqual([]);
  });

  it('say nothing that is not so', () => {
    expect(figures.untrue).toEqual([]);
    expect(figures.odd).toEqual([]);
  });
});
