import { LookRounds } from '../../src/dispatch/look-rounds.js';
import type { Observer } from '../../src/dispatch/observer.js';
import { Busy, InDoubt, Unreached, type PlatformError } from '../../src/platforms/platform.errors.js';
import type { KeptLook, LookRoundsStore, NextRuns, Turn } from '../../src/processes/look-rounds.store.js';
import { aProcess } from '../processes/samples.js';
import { until } from '../until.js';
import { aPlatform, aPortal, KeptLog, KnownPortals } from './engine.js';

const run = aProcess({ state: 'running', nativeId: '77' });
const stopping = aProcess({ state: 'terminating', nativeId: '78' });

function aTurn(connection: string, state: Turn['state'] = 'running'): Turn {
  return { connection, state, after: null, until: null, looks: '1' };
}

/** Everything is due always; it keeps what became of it, as `connection what`. */
class Rounds implements LookRoundsStore {
  readonly told: string[] = [];
  readonly kept: KeptLook[] = [];
  readonly pasts: (string | null)[] = [];
  readonly limits: number[] = [];

  async take(connections: readonly string[]): Promise<readonly Turn[]> {
    return connections.map((key) => aTurn(key));
  }
  async next({ state }: Turn, _apartSeconds: number, limit: number): Promise<NextRuns> {
    this.limits.push(limit);
    const one = state === 'running' ? run : stopping;
    return { runs: [one], waitMs: 0, until: one.id };
  }
  async keep({ connection }: Turn, look: KeptLook): Promise<void> {
    this.told.push(`${connection} kept`);
    this.kept.push(look);
  }
  async endRound({ connection }: Turn): Promise<void> {
    this.told.push(`${connection} ended`);
  }
  async postpone({ connection }: Turn, ms: number, past: string | null): Promise<void> {
    this.told.push(`${connection} postponed ${ms}`);
    this.pasts.push(past);
  }
}

type Look = Observer['look'];

const unchanged: Look = async (_, processes) => ({
  unchanged: processes.map(({ id }) => id),
  answeredAtMs: performance.now(),
});

/** Looks around until that has come true. */
async function around(store: LookRoundsStore, look: Look, portals: KnownPortals, isDone: () => boolean): Promise<void> {
  const rounds = new LookRounds({ observer: { look }, store, portals, log: new KeptLog(), statusPollSeconds: 30 });
  rounds.begin();
  await until(isDone, 'the looks');
  // A look that never ends is waited for by nobody.
  void rounds.end();
}

describe('the looks around', () => {
  it('go on at one portal while another does not answer', async () => {
    const store = new Rounds();
    const look: Look = (portal, processes) =>
      portal.connection.key === 'slow' ? new Promise(() => {}) : unchanged(portal, processes);
    await around(store, look, new KnownPortals([aPortal({ key: 'slow' }), aPortal()]), () => store.kept.length > 1);

    expect(store.told).toEqual(['sales kept', 'sales kept']);
  });

  it('leave a portal that is closed alone for a while, and say that it is', async () => {
    const store = new Rounds();
    const portals = new KnownPortals([aPortal({ key: 'shut' }), aPortal()]);
    const look: Look = async (portal, processes) => {
      if (portal.connection.key === 'shut') throw new Busy('portal_closed', 'Not paid for');
      return unchanged(portal, processes);
    };
    await around(store, look, portals, () => store.kept.length > 2);

    expect(store.told.filter((one) => one.startsWith('shut'))).toEqual(['shut postponed 10000']);
    expect(portals.marks).toEqual(['shut degraded']);
  });

  it.each<[string, PlatformError, string | null]>([
    ['leave runs that get no answer for the next round', new InDoubt('No answer'), run.id],
    ['come back to runs that nobody was asked for: busy', new Busy('limit', 'Later'), null],
    ['come back to runs that nobody was asked for: unreached', new Unreached('Nobody there'), null],
  ])('%s', async (_, error, past) => {
    const store = new Rounds();
    const look: Look = async () => {
      throw error;
    };
    await around(store, look, new KnownPortals([aPortal()]), () => store.pasts.length > 0);

    expect(store.pasts).toEqual([past]);
  });

  it('ask for those that are being stopped and for those that run in one request, the former first', async () => {
    const asked: string[][] = [];
    const store = new (class extends Rounds {
      override async take(connections: readonly string[]): Promise<readonly Turn[]> {
        return connections.flatMap((key) => [aTurn(key), aTurn(key, 'terminating')]);
      }
    })();
    const portal = aPortal({ platform: Object.assign(aPlatform(), { observeAtOnce: 20 }) });
    const look: Look = (where, processes) => {
      asked.push(processes.map(({ id }) => id));
      return unchanged(where, processes);
    };
    await around(store, look, new KnownPortals([portal]), () => store.kept.length > 1);

    expect(asked[0]).toEqual([stopping.id, run.id]);
    expect(store.limits.slice(0, 2)).toEqual([20, 19]);
    expect(store.kept.map((look_) => [look_.unchanged, look_.apartSeconds])).toEqual([
      [[stopping.id], 2],
      [[run.id], 30],
    ]);
  });

  it('claim nothing of runs that the platform told nothing of', async () => {
    const store = new Rounds();
    const look: Look = async () => ({ unchanged: [], answeredAtMs: performance.now() });
    await around(store, look, new KnownPortals([aPortal()]), () => store.kept.length > 0);

    expect(store.kept).toMatchObject([{ unchanged: [], upto: run.id, isLast: true }]);
  });

  it('end a round in which nothing is left, and ask nobody', async () => {
    const store = new (class extends Rounds {
      override async next(): Promise<NextRuns> {
        return { runs: [], waitMs: 0, until: run.id };
      }
    })();
    await around(
      store,
      () => Promise.reject(new Error('Asked')),
      new KnownPortals([aPortal()]),
      () => store.told.length > 0,
    );

    expect(store.told).toEqual(['sales ended']);
  });

  it('wait where the last look was just now, and ask nobody', async () => {
    const store = new (class extends Rounds {
      override async next(): Promise<NextRuns> {
        return { runs: [run], waitMs: 700, until: run.id };
      }
    })();
    let asked = 0;
    const look: Look = (where, processes) => {
      asked += 1;
      return unchanged(where, processes);
    };
    await around(store, look, new KnownPortals([aPortal()]), () => store.told.length > 0);

    expect(store.told).toEqual(['sales postponed 700']);
    expect(asked).toBe(0);
  });
});
