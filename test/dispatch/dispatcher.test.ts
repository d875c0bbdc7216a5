import type { Portal } from '../../src/connections/portals.js';
import { Dispatcher } from '../../src/dispatch/dispatcher.js';
import { SendOperation } from '../../src/dispatch/send-operation.js';
import type { Claimed, Intended, Lease } from '../../src/processes/operation.js';
import { Outcomes } from '../../src/processes/outcomes.js';
import { isPlace, type Place } from '../../src/processes/sender.js';
import { anOperation, aProcess, at, intended } from '../processes/samples.js';
import { until } from '../until.js';
import { aPlatform, aPortal, BlindReader, KeptLog, KnownPortals, QuietStore } from './engine.js';

/** A queue of starts that are due. */
class Queue extends QuietStore {
  readonly asked: ReadonlyMap<string, number>[] = [];
  readonly due: Claimed[] = [];

  add(connection = 'sales'): void {
    const process = aProcess({ connection });
    const operation = anOperation(process, 'start');
    this.due.push({ operation, process, lease: { operationId: operation.id, fencingToken: 1n } });
  }

  override async claim(slots: ReadonlyMap<string, number>): Promise<readonly Claimed[]> {
    this.asked.push(new Map(slots));
    const taken: Claimed[] = [];
    for (const [connection, number] of slots) {
      const due = this.due.filter(({ operation }) => operation.connection === connection).slice(0, number);
      for (const one of due) this.due.splice(this.due.indexOf(one), 1);
      taken.push(...due);
    }
    return taken;
  }
}

/** Sends nothing: each operation stays out until the test lets it end. */
class Held extends SendOperation {
  readonly out: (() => void)[] = [];
  readonly returns: Claimed[] = [];

  constructor(store: QuietStore, log: KeptLog) {
    const reader = new BlindReader();
    super({
      store,
      reader,
      portals: new KnownPortals([]),
      outcomes: new Outcomes(reader),
      clock: { now: () => at },
      log,
      leaseSeconds: 30,
      lookSoon: () => {},
    });
  }

  override claimed(_claimed: Claimed): Promise<void> {
    return this.#held();
  }
  override intended(_intended: Intended): Promise<void> {
    return this.#held();
  }
  override async returned(claimed: Claimed): Promise<void> {
    this.returns.push(claimed);
  }
  #held(): Promise<void> {
    return new Promise((resolve) => this.out.push(resolve));
  }
}

interface Room<S extends QuietStore> {
  readonly dispatcher: Dispatcher;
  readonly store: S;
  readonly sending: Held;
  readonly log: KeptLog;
  readonly sales: Portal;
}

function room<S extends QuietStore>(
  store: S,
  portals: readonly Portal[] = [aPortal({ limits: { maxInFlight: 2 } })],
): Room<S> {
  const log = new KeptLog();
  const sending = new Held(store, log);
  const [sales] = portals;
  if (!sales) throw new Error('There is no portal');
  return { dispatcher: new Dispatcher(store, new KnownPortals(portals), sending, 30, log), store, sending, log, sales };
}

function placeOf(dispatcher: Dispatcher, portal: Portal): Place {
  const given = dispatcher.reserve(portal);
  if (!isPlace(given)) throw new Error(`It waits for ${given.reason}`);
  return given;
}

describe('a place', () => {
  it('is given up to maxInFlight, and given again when it is released', () => {
    const { dispatcher, sales } = room(new QuietStore());
    const first = placeOf(dispatcher, sales);
    placeOf(dispatcher, sales);
    expect(dispatcher.reserve(sales)).toEqual({ reason: 'capacity' });

    first.release();
    expect(isPlace(dispatcher.reserve(sales))).toBe(true);
  });

  it.each([
    ['paused', 'paused'],
    ['degraded', 'degraded'],
    ['reauthorization_required', 'reauthorization'],
  ] as const)('is not given at a connection that is %s', (state, reason) => {
    const { dispatcher } = room(new QuietStore());

    expect(dispatcher.reserve(aPortal({ state }))).toEqual({ reason });
  });

  it('is not given where a sign-in has to come before the intent', () => {
    const { dispatcher } = room(new QuietStore());
    const platform = Object.assign(aPlatform(), { signedIn: () => false, signIn: async () => {} });

    expect(dispatcher.reserve(aPortal({ platform }))).toEqual({ reason: 'capacity' });
  });

  it('is free again when what was sent is over, also where it failed', async () => {
    const { dispatcher, sending, sales, log } = room(new QuietStore());
    sending.intended = async () => {
      throw new Error('Broken');
    };
    for (let time = 0; time < 5; time += 1) {
      dispatcher.send(intended(aProcess(), 'start'), placeOf(dispatcher, sales));
      await until(() => log.events.length > time, 'the failure to be logged');
    }

    expect(log.events).toEqual(Array.from({ length: 5 }, () => 'dispatch.failed'));
    placeOf(dispatcher, sales);
    placeOf(dispatcher, sales);
  });
});

describe('what is due', () => {
  it('is claimed for free places only, at connections that may be sent to', async () => {
    const portals = [
      aPortal({ limits: { maxInFlight: 2 } }),
      aPortal({ key: 'full', limits: { maxInFlight: 1 } }),
      aPortal({ key: 'paused', state: 'paused' }),
    ];
    const { dispatcher, store } = room(new Queue(), portals);
    placeOf(dispatcher, portals[1] ?? aPortal());
    dispatcher.wake();
    await until(() => store.asked.length > 0, 'a claim');

    expect(store.asked[0]).toEqual(new Map([['sales', 2]]));
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
    const places = [placeOf(dispatcher, sales), placeOf(dispatcher, sales)];
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
        override async claim(slots: ReadonlyMap<string, number>): Promise<readonly Claimed[]> {
          const taken = await super.claim(slots);
          if (taken.length > 0) placeOf(dispatcher, sales);
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
        override async claim(slots: ReadonlyMap<string, number>): Promise<readonly Claimed[]> {
          failures -= 1;
          if (failures >= 0) throw new Error('The database is gone');
          return super.claim(slots);
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

describe('a replica that works', () => {
  it('renews what it holds, under its tokens', async () => {
    const store = new (class extends QuietStore {
      readonly renewed: Lease[] = [];
      override async renew(leases: readonly Lease[]): Promise<void> {
        this.renewed.push(...leases);
      }
    })();
    const log = new KeptLog();
    const portal = aPortal();
    const sending = new Held(store, log);
    const dispatcher = new Dispatcher(store, new KnownPortals([portal]), sending, 0.06, log);
    const start = intended(aProcess(), 'start');
    dispatcher.begin();
    try {
      dispatcher.send(start, placeOf(dispatcher, portal));
      await until(() => store.renewed.length > 1, 'a renewal');
      expect(store.renewed[0]).toEqual(start.lease);
    } finally {
      sending.out[0]?.();
      await dispatcher.end(1000);
    }
  });

  it('sweeps up everything that can be, though one of it cannot', async () => {
    const [first, second] = [intended(aProcess(), 'start'), intended(aProcess(), 'start')];
    const store = new (class extends QuietStore {
      override async takeAbandoned(): Promise<readonly Intended[]> {
        return this.settlements.length > 0 ? [] : [first, second];
      }
    })();
    const log = new KeptLog();
    const sending = new Held(store, log);
    const swept: string[] = [];
    sending.abandoned = async ({ operation }) => {
      if (operation.id === first.operation.id) throw new Error('This one is broken');
      swept.push(operation.id);
    };
    const dispatcher = new Dispatcher(store, new KnownPortals([]), sending, 0.06, log);
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
    dispatcher.send(intended(aProcess(), 'start'), placeOf(dispatcher, sales));
    let ended = false;
    const ending = dispatcher.end(60_000).then(() => (ended = true));
    store.add();
    dispatcher.wake();
    await new Promise(setImmediate);

    expect(ended).toBe(false);
    expect(dispatcher.reserve(sales)).toEqual({ reason: 'capacity' });
    sending.out[0]?.();
    await ending;
    expect(store.asked).toEqual([]);
  });

  it('waits no longer than it is told', async () => {
    const { dispatcher, sales } = room(new QuietStore());
    dispatcher.send(intended(aProcess(), 'start'), placeOf(dispatcher, sales));

    expect(await dispatcher.end(1)).toBeUndefined();
  });
});
