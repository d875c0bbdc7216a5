import type { Log } from '../../src/lib/log.js';
import type { Process } from '../../src/processes/process.js';
import { NotFound } from '../../src/processes/process.errors.js';
import { ProcessWatch, type Patience, type WatchedProcesses } from '../../src/processes/process-watch.js';
import { until } from '../until.js';
import { aProcess } from './samples.js';

const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };
const isClosed = ({ state }: Process): boolean => state === 'completed';

/** Processes as another replica changes them; counts how often it is asked. */
class Elsewhere implements WatchedProcesses {
  readonly rows = new Map<string, Process>();
  readonly asked: number[] = [];
  finds = 0;
  isDown = false;

  put(process: Process): Process {
    this.rows.set(process.id, process);
    return process;
  }

  async find(processId: string): Promise<Process | null> {
    this.finds += 1;
    return this.rows.get(processId) ?? null;
  }

  async revisions(processIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    this.asked.push(processIds.length);
    if (this.isDown) throw new Error('no database');
    return new Map(processIds.flatMap((id) => (this.rows.has(id) ? [[id, this.rows.get(id)?.revision ?? 0]] : [])));
  }
}

let elsewhere: Elsewhere;
let watch: ProcessWatch;

beforeEach(() => {
  elsewhere = new Elsewhere();
  watch = new ProcessWatch(elsewhere, silentLog);
});
afterEach(() => watch.end());

const within = (ms: number, signal = new AbortController().signal): Patience => ({
  untilMs: performance.now() + ms,
  signal,
});

describe('somebody who waits for a process', () => {
  it('is told at once of what this replica is told of', async () => {
    const running = elsewhere.put(aProcess({ state: 'running', revision: 3 }));
    const waiting = watch.until(running, isClosed, within(60_000));
    elsewhere.put({ ...running, state: 'completed', revision: 4 });
    watch.changed(running.id);

    expect(await waiting).toMatchObject({ state: 'completed', revision: 4 });
    expect(elsewhere.asked).toEqual([]);
  });

  it('sees what another replica has changed', async () => {
    const running = elsewhere.put(aProcess({ state: 'running', revision: 3 }));
    const waiting = watch.until(running, isClosed, within(60_000));
    elsewhere.put({ ...running, state: 'completed', revision: 4 });

    expect(await waiting).toMatchObject({ revision: 4 });
  });

  it('waits on through changes that are not what it waits for', async () => {
    const running = elsewhere.put(aProcess({ state: 'running', revision: 3 }));
    const waiting = watch.until(running, isClosed, within(60_000));
    elsewhere.put({ ...running, revision: 4 });
    await until(() => elsewhere.finds === 1, 'the first change to be seen');
    elsewhere.put({ ...running, state: 'completed', revision: 5 });

    expect(await waiting).toMatchObject({ revision: 5 });
  });

  it('gets the process as it stands when the time is over', async () => {
    const running = elsewhere.put(aProcess({ state: 'running' }));

    expect(await watch.until(running, isClosed, within(30))).toBe(running);
  });

  it('waits on while the database does not answer', async () => {
    elsewhere.isDown = true;
    const running = elsewhere.put(aProcess({ state: 'running', revision: 3 }));
    const waiting = watch.until(running, isClosed, within(60_000));
    await until(() => elsewhere.asked.length, 'the database to be asked');
    elsewhere.isDown = false;
    elsewhere.put({ ...running, state: 'completed', revision: 4 });

    expect(await waiting).toMatchObject({ revision: 4 });
  });

  it('learns that the process was removed', async () => {
    const waiting = watch.until(aProcess({ state: 'running' }), isClosed, within(60_000));

    await expect(waiting).rejects.toThrow(NotFound);
  });

  it('is let go when it goes away, and then nobody is asked any more', async () => {
    const gone = new AbortController();
    const running = elsewhere.put(aProcess({ state: 'running' }));
    const waiting = watch.until(running, isClosed, within(60_000, gone.signal));
    gone.abort();
    await waiting;
    const other = elsewhere.put(aProcess({ state: 'running' }));
    const others = watch.until(other, isClosed, within(60_000));
    await until(() => elsewhere.asked.length, 'the next round');
    watch.end();
    await others;

    expect(elsewhere.asked).toEqual([1]);
  });

  it('is let go when the gateway stops, and nobody is held from then on', async () => {
    const running = elsewhere.put(aProcess({ state: 'running' }));
    const waiting = watch.until(running, isClosed, within(60_000));
    watch.end();

    expect(await waiting).toBe(running);
    expect(await watch.until(running, isClosed, within(60_000))).toBe(running);
  });
});

it('asks one question for everybody who waits', async () => {
  const processes = Array.from({ length: 200 }, () => elsewhere.put(aProcess({ state: 'running' })));
  const waiting = processes.flatMap((process) => [
    watch.until(process, isClosed, within(60_000)),
    watch.until(process, isClosed, within(60_000)),
  ]);
  await until(() => elsewhere.asked.length === 2, 'two rounds');
  watch.end();
  await Promise.all(waiting);

  expect(elsewhere.asked).toEqual([200, 200]);
});
