import type { QueueDepthStore } from '../../src/processes/queue-depth.store.js';
import { QueueDepths } from '../../src/dispatch/queue-depths.js';
import { KeptLog } from './engine.js';

/** Counters that replicas share, and how many starts wait in truth. */
class Counters implements QueueDepthStore {
  readonly depths = new Map<string, number>();
  truth: ReadonlyMap<string, number> = new Map();
  recounts = 0;
  statements = 0;

  async add(changes: ReadonlyMap<string, number>): Promise<void> {
    this.statements += 1;
    for (const [key, by] of changes) this.depths.set(key, (this.depths.get(key) ?? 0) + by);
  }
  async all(): Promise<ReadonlyMap<string, number>> {
    return new Map(this.depths);
  }
  async recount(): Promise<void> {
    this.recounts += 1;
    this.depths.clear();
    for (const [key, depth] of this.truth) this.depths.set(key, depth);
  }
  async oldestSeconds(): Promise<number | null> {
    return null;
  }
  async inFlight(): Promise<number> {
    return 0;
  }
}

function room(store = new Counters()): { depths: QueueDepths; store: Counters; clock: { ms: number } } {
  const clock = { ms: 0 };
  return { depths: new QueueDepths({ store, log: new KeptLog(), now: () => clock.ms }), store, clock };
}

describe('the depth of a queue', () => {
  it('is known at once to who counts, and to the others when it is shared', async () => {
    const one = room();
    const other = room(one.store);
    await Promise.all([one.depths.share(), other.depths.share()]);
    one.depths.changed('sales', 1);
    one.depths.changed('sales', 1);
    expect([one.depths.of('sales'), other.depths.of('sales')]).toEqual([2, 0]);
    await one.depths.share();
    await other.depths.share();

    expect([one.depths.of('sales'), other.depths.of('sales')]).toEqual([2, 2]);
  });

  it('asks the database for nothing when a start comes', async () => {
    const { depths, store } = room();
    await depths.share();
    for (let start = 0; start < 1000; start += 1) depths.changed('sales', 1);
    expect(store.statements).toBe(0);
    await depths.share();

    expect(store.statements).toBe(1);
    expect(depths.of('sales')).toBe(1000);
  });

  it('is counted when a replica starts, and again after minutes', async () => {
    const { depths, store, clock } = room();
    store.truth = new Map([['sales', 7]]);
    await depths.share();
    expect(depths.of('sales')).toBe(7);
    store.truth = new Map([['sales', 3]]);
    await depths.share();
    expect(depths.of('sales')).toBe(7);
    clock.ms = 3 * 60_000 + 1;
    await depths.share();

    expect(depths.of('sales')).toBe(3);
  });

  it('is counted soon where the queue is found full', async () => {
    const { depths, store, clock } = room();
    await depths.share();
    depths.changed('sales', 1);
    expect(depths.isFull('sales', 1)).toBe(true);
    clock.ms = 5001;
    await depths.share();

    expect(store.recounts).toBe(2);
    expect(depths.isFull('sales', 1)).toBe(false);
  });

  it('is never less than nothing', () => {
    const { depths } = room();
    depths.changed('sales', -1);

    expect(depths.of('sales')).toBe(0);
  });
});
