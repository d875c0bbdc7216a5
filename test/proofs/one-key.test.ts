import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freshDatabase, type FreshDatabase } from '../database.js';
import { oneKeyAtOnce } from './one-key.js';
import { openWorld, type World } from './world.js';

/** Replicas have to start, and a thousand callers have to be answered. */
jest.setTimeout(180_000);

const requests = 1000;

describe('one key in a thousand requests at once over two replicas, one of which is killed meanwhile', () => {
  let database: FreshDatabase;
  let world: World;

  beforeAll(async () => {
    database = await freshDatabase();
    world = await openWorld(database.url, 1);
  });

  afterAll(async () => {
    await world?.close();
    await database?.drop();
  });

  it('starts one run at most, and names one process to all', async () => {
    const { runs, ids, answers } = await oneKeyAtOnce(world, requests, 100);

    expect({ answers, processes: ids.size }).toEqual({ answers: requests, processes: 1 });
    // The one who died may have died between its intent and its request: then nothing ran, and nothing is sent again.
    expect(runs).toBeLessThanOrEqual(1);
    const judged = await world.judge([]);
    expect(judged.executedTwice).toEqual([]);
  });
});
