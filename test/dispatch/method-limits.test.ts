import type { MethodState, MethodUseStore } from '../../src/connections/method-use.store.js';
import { MethodLimits } from '../../src/dispatch/method-limits.js';
import type { Portal } from '../../src/connections/portals.js';
import { at, later } from '../processes/samples.js';
import { aPlatform, aPortal, KeptLog } from './engine.js';

/** A table that replicas share. */
class Shared implements MethodUseStore {
  readonly states = new Map<string, MethodState>();
  kept = 0;

  async keep(states: readonly MethodState[]): Promise<void> {
    this.kept += 1;
    for (const state of states) this.states.set(state.method, state);
  }
  async all(): Promise<readonly MethodState[]> {
    return [...this.states.values()];
  }
}

function portal(): Portal {
  const methodOf = (operation: string): string => (operation === 'start' ? 'workflow.start' : 'workflow.terminate');
  return aPortal({ platform: Object.assign(aPlatform(), { methodOf }) });
}

interface Room {
  readonly limits: MethodLimits;
  readonly store: Shared;
  readonly sales: Portal;
  now: Date;
}

function room(store = new Shared()): Room {
  const made: Room = {
    limits: new MethodLimits({ store, clock: { now: () => made.now }, log: new KeptLog() }),
    store,
    sales: portal(),
    now: at,
  };
  return made;
}

const use = { method: 'workflow.start', operatingSeconds: 300, allowedSeconds: 480, resetsAt: later(600_000) };

describe('a method of a portal', () => {
  it('may go while less than 95 % of its work is done', () => {
    const { limits, sales } = room();
    limits.spent(sales.connection, { ...use, operatingSeconds: 455 });

    expect(limits.until(sales, 'start', '1')).toBeNull();
  });

  it('waits alone until its window begins anew', () => {
    const made = room();
    made.limits.spent(made.sales.connection, { ...use, operatingSeconds: 456 });

    expect(made.limits.until(made.sales, 'start', '1')).toEqual(later(600_000));
    expect(made.limits.until(made.sales, 'terminate', '1')).toBeNull();
    made.now = later(600_000);
    expect(made.limits.until(made.sales, 'start', '1')).toBeNull();
  });

  it('waits as long as the portal says when it refuses it', () => {
    const { limits, sales } = room();
    limits.spent(sales.connection, use);
    limits.refused(sales.connection, 'workflow.start', 30_000);
    expect(limits.until(sales, 'start', '1')).toEqual(later(30_000));
  });

  it('waits until its window begins anew where the refusal does not say how long, else a minute', () => {
    const { limits, sales } = room();
    limits.refused(sales.connection, 'workflow.terminate', null);
    expect(limits.until(sales, 'terminate', '1')).toEqual(later(60_000));
    limits.spent(sales.connection, use);
    limits.refused(sales.connection, 'workflow.start', null);

    expect(limits.until(sales, 'start', '1')).toEqual(later(600_000));
  });

  it('is the same for every replica, once they have told each other', async () => {
    const one = room();
    const second = room(one.store);
    one.limits.spent(one.sales.connection, { ...use, operatingSeconds: 480 });
    await one.limits.share();
    expect(second.limits.until(second.sales, 'start', '1')).toBeNull();
    await second.limits.share();

    expect(second.limits.until(second.sales, 'start', '1')).toEqual(later(600_000));
  });

  it('is told once, however often it is used in between', async () => {
    const { limits, sales, store } = room();
    for (let time = 0; time < 50; time += 1) limits.spent(sales.connection, use);
    await limits.share();
    await limits.share();

    expect(store.kept).toBe(1);
  });

  it('is shown with what it has cost, in its window', () => {
    const made = room();
    made.limits.spent(made.sales.connection, use);
    expect(made.limits.of(made.sales.connection.baseUrl)).toMatchObject([{ method: 'workflow.start' }]);
    made.now = later(600_001);

    expect(made.limits.of(made.sales.connection.baseUrl)).toEqual([]);
  });
});
