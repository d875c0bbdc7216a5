import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Sandbox } from '../../src/platforms/sandbox.js';
import { startGateway, type TestGateway } from '../gateway.js';
import { fuzz } from './fuzz.js';
import { adminKey, fuzzEnvironment, registerPortals } from './fuzzed-gateway.js';

let gateway: TestGateway;
let sandboxes: readonly Sandbox[] = [];

beforeAll(async () => {
  gateway = await startGateway(fuzzEnvironment);
  sandboxes = await registerPortals(gateway);
});
afterAll(async () => {
  await gateway?.close();
  await Promise.all(sandboxes.map((sandbox) => sandbox.close()));
});

describe('whatever a route is asked', () => {
  it('is answered as the contract says, and never by an internal error', async () => {
    const figures = await fuzz({ url: gateway.url, key: adminKey, requests: 2000, seed: 20_261_122, atATime: 8 });

    expect(figures.faults).toEqual([]);
    expect(figures.sent).toBe(2000);
    // The requests get beyond the door: some of each kind are carried out.
    expect([...figures.byStatus.keys()]).toEqual(expect.arrayContaining([200, 201, 202, 400, 404, 405, 422]));
  }, 120_000);
});
