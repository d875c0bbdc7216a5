import { Observer } from '../../src/dispatch/observer.js';
import { InDoubt } from '../../src/platforms/platform.errors.js';
import type { Platform } from '../../src/platforms/platform.js';
import type { Observation } from '../../src/platforms/run.js';
import type { Process } from '../../src/processes/process.js';
import type { Change } from '../../src/processes/change.js';
import { StaleRevision } from '../../src/processes/process.store.js';
import { aProcess, at } from '../processes/samples.js';
import { aPlatform, aPortal, BlindReader, KeptLog, KnownPortals, QuietStore } from './engine.js';

const running = aProcess({ state: 'running', nativeId: '77', revision: 3 });
const completed: Observation = { seen: true, state: 'completed', nativeState: '2', result: null, failure: null };

function seeing(observe: () => Promise<ReadonlyMap<string, Observation>>): Platform {
  return Object.assign(aPlatform(), { observe });
}

class Store extends QuietStore {
  readonly observed: Change[] = [];

  override async observe(change: Change): Promise<Process> {
    this.observed.push(change);
    return super.observe(change);
  }
}

function observer(portals: KnownPortals, store: QuietStore, reader = new BlindReader(), log = new KeptLog()): Observer {
  const watch = { changed: (): void => {} };
  return new Observer({ store, reader, portals, watch, clock: { now: () => at }, log, statusPollSeconds: 30 });
}

describe('a look at one process', () => {
  it('writes what the platform shows, on the revision that was looked at', async () => {
    const store = new Store();
    const portals = new KnownPortals([aPortal({ platform: seeing(async () => new Map([['77', completed]])) })]);
    const after = await observer(portals, store).refresh(running);

    expect(after).toMatchObject({ state: 'completed', nativeState: '2', revision: 4 });
    expect(store.observed).toMatchObject([{ fromRevision: 3, news: [{ type: 'process.completed' }] }]);
  });

  it('leaves it as it is where a command moved it meanwhile', async () => {
    const store = new (class extends QuietStore {
      override async observe(): Promise<never> {
        throw new StaleRevision('Moved');
      }
    })();
    const portals = new KnownPortals([aPortal({ platform: seeing(async () => new Map([['77', completed]])) })]);

    expect(await observer(portals, store).refresh(running)).toBe(running);
  });

  it('says that the platform could not be asked', async () => {
    const platform = seeing(async () => {
      throw new InDoubt('No answer');
    });

    await expect(observer(new KnownPortals([aPortal({ platform })]), new Store()).refresh(running)).rejects.toThrow(
      InDoubt,
    );
  });

  it('asks nobody where there is no run to ask for', async () => {
    const unidentified = aProcess({ state: 'running', nativeId: null });

    expect(await observer(new KnownPortals([aPortal()]), new Store()).refresh(unidentified)).toBe(unidentified);
  });
});

describe('a second look that does not find a run that was to be stopped', () => {
  const stopping = aProcess({ state: 'terminating', nativeId: '77', absentSince: new Date(at.getTime() - 60_000) });
  const portals = new KnownPortals([aPortal({ platform: seeing(async () => new Map([['77', { seen: false }]])) })]);

  it.each([
    ['says that it was stopped where a stop was sent', true, 'terminated'],
    ['says no more than that it ended where no stop was sent', false, 'ended'],
  ] as const)('%s', async (_, wasSent, state) => {
    const reader = new (class extends BlindReader {
      override async stopped(ids: readonly string[]): Promise<ReadonlySet<string>> {
        return new Set(wasSent ? ids : []);
      }
    })();

    expect(await observer(portals, new Store(), reader).refresh(stopping)).toMatchObject({ state });
  });
});

describe('a look at several', () => {
  const other = aProcess({ state: 'running', nativeId: '78' });
  const untold = aProcess({ state: 'running', nativeId: '79' });
  const same: Observation = { seen: true, state: 'running', nativeState: null, result: null, failure: null };
  const portal = aPortal({
    platform: seeing(
      async () =>
        new Map([
          ['77', completed],
          ['78', same],
        ]),
    ),
  });

  it('writes what is new, and says which are as they were; of one that it was told nothing of it says nothing', async () => {
    const store = new Store();
    const { unchanged } = await observer(new KnownPortals([portal]), store).look(portal, [running, other, untold]);

    expect(store.observed).toMatchObject([{ process: { id: running.id, state: 'completed' } }]);
    expect(unchanged).toEqual([other.id]);
  });

  it('writes that one is not there any more, and what it shows of those that come back', async () => {
    const gone = { ...other, absentSince: at };
    const sights: [string, Observation][] = [
      ['77', { seen: false }],
      ['78', same],
    ];
    const absent = aPortal({ platform: seeing(async () => new Map(sights)) });
    const store = new Store();
    await observer(new KnownPortals([absent]), store).look(absent, [running, gone]);

    expect(store.observed.map(({ process }) => process.absentSince)).toEqual([at, null]);
  });
});

describe('a run that is asked for by name', () => {
  it('is seen then, and that is written also where it is no news', async () => {
    const store = new Store();
    const same: Observation = { seen: true, state: 'running', nativeState: null, result: null, failure: null };
    const portals = new KnownPortals([aPortal({ platform: seeing(async () => new Map([['77', same]])) })]);
    const after = await observer(portals, store).refresh(running);

    expect(after).toMatchObject({ observedAt: at, revision: 3 });
    expect(store.observed).toHaveLength(1);
  });
});
