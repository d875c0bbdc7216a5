import type { BudgetGrant, BudgetStore } from '../../src/connections/budget.store.js';
import type { MethodUseStore } from '../../src/connections/method-use.store.js';
import type { Portal } from '../../src/connections/portals.js';
import { Breakers } from '../../src/dispatch/breakers.js';
import { Dispatcher, type DispatcherParts } from '../../src/dispatch/dispatcher.js';
import { Gate } from '../../src/dispatch/gate.js';
import { MethodLimits } from '../../src/dispatch/method-limits.js';
import { PortalBudgets } from '../../src/dispatch/portal-budgets.js';
import { QueueDepths } from '../../src/dispatch/queue-depths.js';
import { StartCosts } from '../../src/dispatch/start-costs.js';
import type { Claimed, Intended, Lease, OperationKind } from '../../src/processes/operation.js';
import type { WaitingFor } from '../../src/processes/process.js';
import type { Room as Claimable } from '../../src/processes/process.store.js';
import type { QueueDepthStore } from '../../src/processes/queue-depth.store.js';
import { QueueFull } from '../../src/processes/queue.errors.js';
import { isPlace, type Place } from '../../src/processes/sender.js';
import { anOperation, aProcess, intended } from '../processes/samples.js';
import { until } from '../until.js';
import { aPlatform, aPortal, KeptLog, KnownPortals, noRunIds } from './engine.js';

/** A queue of operations that are due. */
class Queue {
  readonly asked: (readonly Claimable[])[] = [];
  readonly due: Claimed[] = [];

  add(connection = 'sales', kind: OperationKind = 'start'): Claimed {
    const process = aProcess({ connection, lane: `${connection}|${this.due.length}` });
    const operation = anOperation(process, kind);
    const claimed = { operation, process, lease: { operationId: operation.id, fencingToken: 1n } };
    this.due.push(claimed);
    return claimed;
  }

  async claim(rooms: readonly Claimable[]): Promise<readonly Claimed[]> {
    this.asked.push(rooms);
    const taken: Claimed[] = [];
    for (const { connection, starts, commands } of rooms) {
      const own = this.due.filter(({ operation }) => operation.connection === connection);
      taken.push(
        ...own.filter(({ operation }) => operation.kind !== 'start').slice(0, commands),
        ...own.filter(({ operation }) => operation.kind === 'start').slice(0, starts),
      );
    }
    for (const one of taken) this.due.splice(this.due.indexOf(one), 1);
    return taken;
  }
  async renew(_leases: readonly Lease[]): Promise<void> {}
  async takeAbandoned(): Promise<readonly Intended[]> {
    return [];
  }
  async takeExpired(): Promise<readonly Claimed[]> {
    return [];
  }
}

/** Sends nothing: each operation stays out until the test lets it end. */
class Held {
  readonly out: (() => void)[] = [];
  readonly kinds: OperationKind[] = [];
  /** How many starts shared each request. */
  readonly shared: number[] = [];
  readonly returns: { readonly claimed: Claimed; readonly waitingFor: WaitingFor | undefined }[] = [];

  claimed(claimed: Claimed): Promise<void> {
    return this.#held(claimed);
  }
  async together(claimed: readonly Claimed[]): Promise<void> {
    this.shared.push(claimed.length);
  }
  intended(intended: Intended): Promise<void> {
    return this.#held(intended);
  }
  async returned(claimed: Claimed, waitingFor?: WaitingFor): Promise<void> {
    this.returns.push({ claimed, waitingFor });
  }
  async abandoned(_intended: Intended): Promise<void> {}
  async expired(_claimed: Claimed): Promise<void> {}
  #held({ operation }: Claimed): Promise<void> {
    this.kinds.push(operation.kind);
    return new Promise((resolve) => this.out.push(resolve));
  }
}

/** Buckets that hold so many requests, and do not leak. */
class Buckets implements BudgetStore {
  constructor(public room: number) {}

  async reserve({ count }: { count: number }): Promise<BudgetGrant> {
    const granted = Math.min(count, this.room);
    this.room -= granted;
    return { granted, waitMs: granted === count ? 0 : 60_000, level: 0 };
  }
  async close(): Promise<void> {}
  async level(): Promise<{ level: number; closedMs: number }> {
    return { level: 0, closedMs: 0 };
  }
}

const untoldMethods: MethodUseStore = { keep: async () => {}, all: async () => [] };
const uncounted: QueueDepthStore = {
  add: async () => {},
  all: async () => new Map(),
  recount: async () => {},
  oldestSeconds: async () => null,
  inFlight: async () => 0,
};

interface Room<S extends Queue> {
  readonly dispatcher: Dispatcher;
  readonly store: S;
  readonly sending: Held;
  readonly log: KeptLog;
  readonly sales: Portal;
  readonly buckets: Buckets;
  readonly breakers: Breakers;
  readonly methods: MethodLimits;
  readonly depths: QueueDepths;
}

const unlimited = { requestsPerSecond: null, burst: null };

function room<S extends Queue>(
  store: S,
  portals: readonly Portal[] = [aPortal({ limits: { ...unlimited, maxInFlight: 3 } })],
  given: Partial<DispatcherParts> = {},
): Room<S> {
  const log = new KeptLog();
  const sending = new Held();
  const [sales = aPortal()] = portals;
  const clock = { now: () => new Date() };
  const now = (): number => performance.now();
  const buckets = new Buckets(1000);
  const methods = new MethodLimits({ store: untoldMethods, clock, log });
  const breakers = new Breakers({ clock, log, now });
  const depths = new QueueDepths({ store: uncounted, log, now });
  const gate = new Gate({
    budgets: new PortalBudgets({ store: buckets, clock, now }),
    methods,
    breakers,
    depths,
    clock,
  });
  const known = new KnownPortals(portals);
  const tellOthers = (): void => {};
  const costs = new StartCosts();
  costs.measured([{ connection: 'sales', definition: '1' }], 20);
  const runIds = noRunIds();
  const parts = {
    store,
    portals: known,
    sending,
    gate,
    depths,
    costs,
    runIds,
    leaseSeconds: 30,
    log,
    tellOthers,
    ...given,
  };
  return { dispatcher: new Dispatcher(parts), store, sending, log, sales, buckets, breakers, methods, depths };
}

/** A connection to another portal, which nothing limits. */
function elsewhere(): Portal {
  const { connection, ...adapter } = aPortal({ key: 'free', limits: { ...unlimited, maxInFlight: 5 } });
  return { ...adapter, connection: { ...connection, baseUrl: 'https://free.example' } };
}

async function placeOf(dispatcher: Dispatcher, portal: Portal): Promise<Place> {
  const given = await dispatcher.reserve(portal, '1');
  if (!isPlace(given)) throw new Error(`It waits for ${given.reason}`);
  return given;
}

describe('a place', () => {
  it('is given up to maxInFlight, and given again when it is released', async () => {
    const { dispatcher, sales } = room(new Queue());
    const first = await placeOf(dispatcher, sales);
    await placeOf(dispatcher, sales);
    expect(await dispatcher.reserve(sales, '1')).toEqual({ reason: 'capacity' });

    first.release();
    expect(isPlace(await dispatcher.reserve(sales, '1'))).toBe(true);
  });

  it.each([
    ['paused', 'paused'],
    ['degraded', 'degraded'],
    ['reauthorization_required', 'reauthorization'],
  ] as const)('is not given at a connection that is %s', async (state, reason) => {
    const { dispatcher } = room(new Queue());

    expect(await dispatcher.reserve(aPortal({ state }), '1')).toEqual({ reason });
  });

  it('is not given where a sign-in has to come before the intent', async () => {
    const { dispatcher } = room(new Queue());
    const platform = Object.assign(aPlatform(), { signedIn: () => false, signIn: async () => {} });

    expect(await dispatcher.reserve(aPortal({ platform }), '1')).toEqual({ reason: 'capacity' });
  });

  it('is free again when what was sent is over, also where it failed', async () => {
    const { dispatcher, sending, sales, log } = room(new Queue());
    sending.intended = async () => {
      throw new Error('Broken');
    };
    for (let time = 0; time < 5; time += 1) {
      dispatcher.send(intended(aProcess(), 'start'), await placeOf(dispatcher, sales));
      await until(() => log.events.length > time, 'the failure to be logged');
    }

    expect(log.events).toEqual(Array.from({ length: 5 }, () => 'dispatch.failed'));
    await placeOf(dispatcher, sales);
    await placeOf(dispatcher, sales);
  });
});

describe('what is due', () => {
  it('is claimed for free places only, at connections that may be sent to', async () => {
    const portals = [
      aPortal({ limits: { ...unlimited, maxInFlight: 3 } }),
      aPortal({ key: 'full', limits: { ...unlimited, maxInFlight: 1 } }),
      aPortal({ key: 'paused', state: 'paused' }),
    ];
    const { dispatcher, store } = room(new Queue(), portals);
    await placeOf(dispatcher, portals[1] ?? aPortal());
    dispatcher.wake();
    await until(() => store.asked.length > 0, 'a claim');

    expect(store.asked[0]).toEqual([{ connection: 'sales', starts: 2, commands: 3, lifeSeconds: expect.any(Number) }]);
  });

  it('leaves the queue a few at a time in a rush of starts that nobody waits for, and then as places are free', async () => {
    const { dispatcher, store, sending } = room(new Queue(), [aPortal({ limits: { ...unlimited, maxInFlight: 50 } })]);
    for (let time = 0; time < 40; time += 1) store.add();
    for (let time = 0; time < 16; time += 1) dispatcher.comes();
    dispatcher.claimSoon();
    await until(() => {
      dispatcher.comes();
      return sending.out.length > 10;
    }, 'the third few');

    expect(store.asked[0]).toMatchObject([{ connection: 'sales', starts: 5, commands: 50 }]);
    await until(() => store.due.length === 0, 'the last of them');
  });

  it('goes on as places become free, without waiting for the next poll', async () => {
    const { dispatcher, store, sending } = room(new Queue());
    for (let time = 0; time < 5; time += 1) store.add();
    dispatcher.wake();
    for (let sent = 0; sent < 5; sent += 1) {
      const end = await until(() => sending.out[sent], `start ${sent}`);
      end();
    }

    expect(store.due).toEqual([]);
  });

  it('goes on also where somebody woke the engine while every place was taken', async () => {
    const { dispatcher, store, sending, sales } = room(new Queue());
    const places = [await placeOf(dispatcher, sales), await placeOf(dispatcher, sales)];
    for (const place of places) dispatcher.send(intended(aProcess(), 'start'), place);
    store.add();
    // Nobody could be claimed for; the place that becomes free has to remember.
    dispatcher.wake();
    await new Promise(setImmediate);
    sending.out[0]?.();

    await until(() => sending.out[2], 'the start that waited');
    expect(store.due).toEqual([]);
  });

  it('is given back at once where its place was taken while it was claimed', async () => {
    const { dispatcher, store, sending, sales } = room(
      new (class extends Queue {
        override async claim(rooms: readonly Claimable[]): Promise<readonly Claimed[]> {
          const taken = await super.claim(rooms);
          if (taken.length > 0) await placeOf(dispatcher, sales);
          return taken;
        }
      })(),
    );
    store.add();
    store.add();
    dispatcher.wake();
    await until(() => sending.returns.length > 0, 'a claim that is given back');

    expect(sending.returns).toHaveLength(1);
    expect(sending.out).toHaveLength(1);
  });

  it('is claimed again after a claim has failed', async () => {
    let failures = 1;
    const { dispatcher, store, sending, log } = room(
      new (class extends Queue {
        override async claim(rooms: readonly Claimable[]): Promise<readonly Claimed[]> {
          failures -= 1;
          if (failures >= 0) throw new Error('The database is gone');
          return super.claim(rooms);
        }
      })(),
    );
    store.add();
    dispatcher.wake();
    await until(() => log.events.includes('dispatch.failed'), 'the failure');
    dispatcher.wake();

    await until(() => sending.out[0], 'the start');
    expect(store.due).toEqual([]);
  });
});

describe('starts at a portal with a budget', () => {
  const limited = { requestsPerSecond: 2, burst: 50, maxInFlight: 21 };

  it('wait for it once it is used up, and say until when', async () => {
    const { dispatcher, sales, buckets } = room(new Queue(), [aPortal({ limits: limited })]);
    buckets.room = 2;
    await placeOf(dispatcher, sales);
    await placeOf(dispatcher, sales);

    expect(await dispatcher.reserve(sales, '1')).toEqual({ reason: 'budget', until: expect.any(Date) });
  });

  it('are claimed as many as are paid, and not before', async () => {
    const { dispatcher, store, sending, buckets } = room(new Queue(), [aPortal({ limits: limited })]);
    buckets.room = 5;
    for (let time = 0; time < 10; time += 1) store.add();
    dispatcher.wake();
    await until(() => sending.out.length === 5, 'the paid starts');
    dispatcher.claimSoon();
    await new Promise(setImmediate);

    expect(store.due).toHaveLength(5);
    expect(sending.returns).toEqual([]);
  });

  it('do not overtake those that wait for it longer', async () => {
    const { dispatcher, store, sending, sales, buckets } = room(new Queue(), [aPortal({ limits: limited })]);
    buckets.room = 1;
    for (let time = 0; time < 3; time += 1) store.add();
    dispatcher.wake();
    await until(() => sending.out.length === 1, 'the paid start');
    await until(async () => !isPlace(await dispatcher.reserve(sales, '1')), 'the budget to be used up');
    buckets.room = 1;

    expect(await dispatcher.reserve(sales, '1')).toMatchObject({ reason: 'budget' });
  });

  it('of one connection keep no start of another waiting', async () => {
    const portals = [aPortal({ limits: limited }), elsewhere()];
    const { dispatcher, store, sending, buckets } = room(new Queue(), portals);
    buckets.room = 0;
    for (let time = 0; time < 50; time += 1) store.add('sales');
    store.add('free');
    dispatcher.wake();

    await until(() => sending.out.length === 1, 'the start of the other connection');
    expect(store.due.every(({ operation }) => operation.connection === 'sales')).toBe(true);
  });
});

describe('a budget that cannot be asked', () => {
  it('keeps no start of another connection waiting', async () => {
    const limited = aPortal({ limits: { requestsPerSecond: 2, burst: 50 } });
    const portals = [limited, elsewhere()];
    const { dispatcher, store, sending, buckets } = room(new Queue(), portals);
    buckets.reserve = () => new Promise(() => {});
    store.add('sales');
    dispatcher.wake();
    await until(() => store.due.length === 0, 'the claim of the start that hangs');
    store.add('free');
    dispatcher.wake();

    await until(() => sending.out.length === 1, 'the start of the other connection');
    expect(store.due).toEqual([]);
  });
});

describe('a stop', () => {
  it('has a place left while starts take all that they may', async () => {
    const { dispatcher, store, sending, sales } = room(new Queue());
    for (const place of [await placeOf(dispatcher, sales), await placeOf(dispatcher, sales)]) {
      dispatcher.send(intended(aProcess(), 'start'), place);
    }
    store.add();
    store.add('sales', 'terminate');
    dispatcher.wake();
    await until(() => sending.kinds.includes('terminate'), 'the stop');

    expect(sending.kinds).toEqual(['start', 'start', 'terminate']);
  });

  it('goes before starts where there is one place for all', async () => {
    const one = aPortal({ limits: { ...unlimited, maxInFlight: 1 } });
    const { dispatcher, store, sending } = room(new Queue(), [one]);
    store.add();
    store.add('sales', 'terminate');
    dispatcher.wake();
    await until(() => sending.out.length === 1, 'the first of them');

    expect(sending.kinds).toEqual(['terminate']);
  });
});

describe('a method that is used up', () => {
  it('keeps starts of it back until it may work anew, and nothing else', async () => {
    const methodOf = (operation: string, definition: string): string => `${operation} ${definition}`;
    const platform = Object.assign(aPlatform(), { methodOf });
    const sales = aPortal({ platform, limits: { ...unlimited, maxInFlight: 10 } });
    const { dispatcher, store, sending, methods } = room(new Queue(), [sales]);
    methods.refused(sales.connection, 'start 1', 60_000);
    store.add();
    store.add('sales', 'terminate');
    dispatcher.wake();
    await until(() => sending.kinds.length === 1 && sending.returns.length === 1, 'both to be taken up');

    expect(sending.kinds).toEqual(['terminate']);
    expect(sending.returns[0]?.waitingFor).toEqual({ reason: 'budget', until: expect.any(Date) });
    expect(await dispatcher.reserve(sales, '1')).toEqual({ reason: 'budget', until: expect.any(Date) });
    expect(isPlace(await dispatcher.reserve(sales, '2'))).toBe(true);
  });
});

describe('a portal that does not answer', () => {
  it('is not tried: nothing of its queue is claimed, and new starts wait', async () => {
    const portals = [aPortal({ limits: unlimited }), aPortal({ key: 'other', limits: unlimited })];
    const { dispatcher, store, sales, breakers } = room(new Queue(), portals);
    for (let time = 0; time < 5; time += 1) {
      breakers.noteVerdict('sales', { is: 'unknown', fault: null, message: 'No answer' });
    }
    dispatcher.wake();
    await until(() => store.asked.length > 0, 'a claim');

    expect(store.asked[0]?.map(({ connection }) => connection)).toEqual(['other']);
    expect(await dispatcher.reserve(sales, '1')).toEqual({ reason: 'retry', until: expect.any(Date) });
  });
});

describe('a queue', () => {
  it('takes no more than it may hold', async () => {
    const sales = aPortal({ limits: { ...unlimited, queueDepth: 2 } });
    const { dispatcher } = room(new Queue(), [sales]);
    dispatcher.assertMayQueue(sales);
    dispatcher.queued('sales');
    dispatcher.queued('sales');

    expect(() => dispatcher.assertMayQueue(sales)).toThrow(QueueFull);
  });

  it('has room again when a start of it will not be sent', () => {
    const sales = aPortal({ limits: { ...unlimited, queueDepth: 1 } });
    const { dispatcher, depths } = room(new Queue(), [sales]);
    dispatcher.queued('sales');
    expect(depths.of('sales')).toBe(1);
    dispatcher.unqueued('sales');

    dispatcher.assertMayQueue(sales);
  });
});

describe('a replica that works', () => {
  it('renews what it holds, under its tokens', async () => {
    const store = new (class extends Queue {
      readonly renewed: Lease[] = [];
      override async renew(leases: readonly Lease[]): Promise<void> {
        this.renewed.push(...leases);
      }
    })();
    const { dispatcher, sending, sales: portal } = room(store, [aPortal()], { leaseSeconds: 0.06 });
    const start = intended(aProcess(), 'start');
    dispatcher.begin();
    try {
      dispatcher.send(start, await placeOf(dispatcher, portal));
      await until(() => store.renewed.length > 1, 'a renewal');
      expect(store.renewed[0]).toEqual(start.lease);
    } finally {
      sending.out[0]?.();
      await dispatcher.end(1000);
    }
  });

  it('sweeps up everything that can be, though one of it cannot', async () => {
    const [first, second] = [intended(aProcess(), 'start'), intended(aProcess(), 'start')];
    const swept: string[] = [];
    const store = new (class extends Queue {
      override async takeAbandoned(): Promise<readonly Intended[]> {
        return swept.length > 0 ? [] : [first, second];
      }
    })();
    const { dispatcher, sending, log } = room(store, [], { leaseSeconds: 0.06 });
    sending.abandoned = async ({ operation }) => {
      if (operation.id === first.operation.id) throw new Error('This one is broken');
      swept.push(operation.id);
    };
    dispatcher.begin();
    try {
      await until(() => swept.length > 0, 'the sweep');
    } finally {
      await dispatcher.end(1000);
    }

    expect(swept[0]).toBe(second.operation.id);
    expect(log.events).toContain('dispatch.failed');
  });
});

describe('a replica that stops', () => {
  it('waits for what is out and takes up nothing new', async () => {
    const { dispatcher, store, sending, sales } = room(new Queue());
    dispatcher.send(intended(aProcess(), 'start'), await placeOf(dispatcher, sales));
    let ended = false;
    const ending = dispatcher.end(60_000).then(() => (ended = true));
    store.add();
    dispatcher.wake();
    await new Promise(setImmediate);

    expect(ended).toBe(false);
    expect(await dispatcher.reserve(sales, '1')).toEqual({ reason: 'capacity' });
    sending.out[0]?.();
    await ending;
    expect(store.asked).toEqual([]);
  });

  it('waits no longer than it is told', async () => {
    const { dispatcher, sales } = room(new Queue());
    dispatcher.send(intended(aProcess(), 'start'), await placeOf(dispatcher, sales));

    expect(await dispatcher.end(1)).toBeUndefined();
  });
});

describe('starts of a portal that takes several in one request', () => {
  const carrying = (batch: 'auto' | 'off' = 'auto'): Portal =>
    aPortal({
      limits: { requestsPerSecond: 2, burst: 50, maxInFlight: 4, batch },
      platform: Object.assign(aPlatform(), {
        startsTogether: { atMost: 50, mayRide: () => true, start: () => Promise.reject(new Error('Nothing is sent')) },
      }),
    });

  /** So many starts wait; the portal has room for so many requests. */
  async function waiting(starts: number, requests: number, portal = carrying()): Promise<Room<Queue>> {
    const made = room(new Queue(), [portal]);
    made.buckets.room = requests;
    for (let one = 0; one < starts; one += 1) {
      made.store.add();
      made.depths.changed('sales', 1);
    }
    made.dispatcher.wake();
    await until(() => made.sending.shared.length + made.sending.kinds.length > 0, 'a request');
    return made;
  }

  it('go alone as long as the budget has a request for each', async () => {
    const { sending } = await waiting(3, 1000);
    await until(() => sending.kinds.length === 3, 'three requests');
    expect(sending.shared).toEqual([]);
  });

  it('share requests when more wait than the budget has requests left', async () => {
    const { sending, store } = await waiting(500, 1000);
    await until(() => store.due.length === 0, 'all of them to be claimed');
    // The first one shows that any waits.
    expect(sending.kinds).toEqual(['start']);
    expect(Math.max(...sending.shared)).toBeGreaterThan(5);
    expect(sending.shared.reduce((sum, count) => sum + count, 1) + sending.returns.length).toBe(500);
  });

  it('go alone where the connection wants it so', async () => {
    const { sending, store } = await waiting(20, 1000, carrying('off'));
    expect(sending.shared).toEqual([]);
    expect(store.due.length).toBeGreaterThan(10);
  });
});
