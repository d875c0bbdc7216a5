import { RunIds } from '../../src/connections/run-ids.js';
import type { KnownRunIds, RunIdAnswers, RunIdsStore } from '../../src/connections/run-ids.store.js';
import type { Log } from '../../src/lib/log.js';
import { until } from '../until.js';

const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };
const nothing: KnownRunIds = { keptAt: [], ignoredAt: null, distrusted: false, seen: 0, now: new Date(0) };

/** Remembers what is written, and refuses it as long as it is told to. */
class Written implements RunIdsStore {
  readonly writes: (readonly RunIdAnswers[])[] = [];
  isDown = false;
  known = nothing;

  async add(answers: readonly RunIdAnswers[]): Promise<void> {
    if (this.isDown) throw new Error('no database');
    this.writes.push(answers);
  }

  async find(): Promise<KnownRunIds> {
    return this.known;
  }

  async distrust(): Promise<void> {}
}

let store: Written;
let nowMs: number;
let runIds: RunIds;

beforeEach(() => {
  store = new Written();
  nowMs = 0;
  runIds = new RunIds(store, silentLog, () => nowMs);
});

describe('answers that show our id', () => {
  it('are gathered, and written in one go', async () => {
    for (nowMs = 1; nowMs <= 500; nowMs += 1) runIds.learnt('sales', 'kept');
    runIds.learnt('other', 'kept');
    expect(store.writes).toEqual([]);

    await runIds.end();
    expect(store.writes).toEqual([
      [
        { connection: 'sales', keptAgesMs: [1, 2, 3], ignoredAgeMs: null, seen: 500 },
        { connection: 'other', keptAgesMs: [0], ignoredAgeMs: null, seen: 1 },
      ],
    ]);
  });

  it('are written by themselves within two seconds', async () => {
    runIds.learnt('sales', 'kept');

    expect(await until(() => store.writes.length, 'the answers to be written', 2000)).toBe(1);
  });

  it('are forgotten where they cannot be written, since they might be counted twice', async () => {
    store.isDown = true;
    runIds.learnt('sales', 'kept');
    await runIds.end();
    store.isDown = false;
    await runIds.end();

    expect(store.writes).toEqual([]);
  });
});

describe('an answer that shows another id', () => {
  it('is written at once, with what came before it', async () => {
    runIds.learnt('sales', 'kept');
    nowMs = 5;
    runIds.learnt('sales', 'ignored');

    await until(() => store.writes.length, 'the answer to be written', 500);
    expect(store.writes).toEqual([[{ connection: 'sales', keptAgesMs: [5], ignoredAgeMs: 0, seen: 2 }]]);
  });

  it('is written later where that fails, with its true age', async () => {
    store.isDown = true;
    runIds.learnt('sales', 'ignored');
    await runIds.end();
    store.isDown = false;
    nowMs = 300;
    runIds.learnt('sales', 'kept');
    await runIds.end();

    expect(store.writes).toEqual([[{ connection: 'sales', keptAgesMs: [0], ignoredAgeMs: 300, seen: 2 }]]);
  });
});

describe('what callers are shown', () => {
  it('counts the answers that were not written yet', async () => {
    runIds.learnt('sales', 'kept');
    await runIds.of('sales');

    expect(store.writes).toHaveLength(1);
  });

  it('names the newest answer, whichever it was', async () => {
    const [older, newer] = [new Date(1000), new Date(2000)];
    store.known = { ...nothing, keptAt: [newer], ignoredAt: older, seen: 2 };
    expect(await runIds.of('sales')).toEqual({ state: 'unknown', seen: 2, lastAt: newer });
    store.known = { ...nothing, keptAt: [older], ignoredAt: newer, seen: 2 };
    expect(await runIds.of('sales')).toEqual({ state: 'ignored', seen: 2, lastAt: newer });
    store.known = nothing;
    expect(await runIds.of('sales')).toEqual({ state: 'unknown', seen: 0, lastAt: null });
  });
});
