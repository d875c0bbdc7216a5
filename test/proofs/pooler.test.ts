import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freshDatabase, type FreshDatabase } from '../database.js';
import { installedPgBouncer } from '../pgbouncer.js';
import { killPoolerUnderLoad, type PoolerFigures } from './pooler-rounds.js';

/** Two replicas of its own, and one more for each round. */
jest.setTimeout(240_000);

const found = installedPgBouncer();
if (found === null) process.stderr.write('NOT SHOWN: no PgBouncer here, so nothing behind one was tested\n');

(found === null ? describe.skip : describe)('two replicas behind a PgBouncer that lends ten sessions', () => {
  let database: FreshDatabase;
  let figures: PoolerFigures;

  beforeAll(async () => {
    database = await freshDatabase();
    figures = await killPoolerUnderLoad({ databaseUrl: database.url, rounds: 1, startsPerSecond: 40 });
  }, 240_000);

  afterAll(async () => {
    await database?.drop();
  });

  it('live on when it is killed', () => {
    expect(figures.gone).toBe(0);
  });

  it('lose no start that was accepted, and let none run twice', () => {
    expect(figures.executed).toBeGreaterThan(100);
    expect({ lost: figures.lost, twice: figures.executedTwice }).toEqual({ lost: [], twice: [] });
  });

  it('say nothing that is not so', () => {
    expect({ untrue: figures.untrue, odd: figures.odd }).toEqual({ untrue: [], odd: [] });
  });

  it('hear of each other, and miss no limit of their sessions', () => {
    expect(figures.said).not.toMatch(/wake\.|settings-missing/);
  });
});
