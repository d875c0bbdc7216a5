import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ownPostgres, type OwnPostgres } from './own-postgres.js';
import { killPostgresUnderLoad, type PostgresFigures } from './postgres-rounds.js';

/** A server, and two replicas, of its own. */
jest.setTimeout(240_000);

describe('two replicas under load whose Postgres is killed and started again, twice', () => {
  let postgres: OwnPostgres;
  let figures: PostgresFigures;

  beforeAll(async () => {
    postgres = await ownPostgres();
    figures = await killPostgresUnderLoad({ postgres, rounds: 2, startsPerSecond: 60 });
  }, 240_000);

  afterAll(async () => {
    await postgres?.remove();
  });

  it('live on', () => {
    expect(figures.gone).toBe(0);
  });

  it('lose no start that was accepted, and let none run twice', () => {
    expect(figures.executed).toBeGreaterThan(100);
    expect({ lost: figures.lost, twice: figures.executedTwice }).toEqual({ lost: [], twice: [] });
  });

  it('tell each caller whether anything may have happened, and nothing that is not so', () => {
    expect(figures.untrue).toEqual([]);
    expect(figures.odd).toEqual([]);
    expect([...figures.heard.keys()].filter((kind) => kind.startsWith('503'))).not.toEqual([]);
  });
});
