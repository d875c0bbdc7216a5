import { looked } from '../../src/dispatch/look.js';
import type { Observation } from '../../src/platforms/run.js';
import type { Change } from '../../src/processes/change.js';
import type { Process } from '../../src/processes/process.js';
import { processStates, categoryOf } from '../../src/processes/process-state.js';
import { aProcess, at, later } from '../processes/samples.js';

const apartMs = 30_000;
const absent: Observation = { seen: false };
const running = aProcess({ state: 'running', nativeId: '77', revision: 3 });

function sight(given: Partial<Extract<Observation, { seen: true }>> = {}): Observation {
  return { seen: true, state: 'running', nativeState: null, result: null, failure: null, ...given };
}

function typesOf({ news }: Change): string[] {
  return news.map(({ type }) => type);
}

describe('a run that is not listed any more', () => {
  it('has not ended by the first look', () => {
    const { process, news } = looked(running, absent, at, apartMs);

    expect(process).toEqual({ ...running, observedAt: at, absentSince: at });
    expect(news).toEqual([]);
  });

  it('has not ended by a second look that comes too early', () => {
    const once = looked(running, absent, at, apartMs).process;

    expect(looked(once, absent, later(apartMs - 1), apartMs).process).toMatchObject({
      state: 'running',
      absentSince: at,
      revision: 3,
    });
  });

  it('has ended by a second look that is far enough from the first', () => {
    const once = looked(running, absent, at, apartMs).process;
    const twice = looked(once, absent, later(apartMs), apartMs);

    expect(twice.process).toMatchObject({ state: 'ended', evidence: 'inferred_absence', conclusion: 'unknown' });
    expect(typesOf(twice)).toEqual(['process.ended']);
  });

  it('has to be missed twice anew where it was seen in between', () => {
    const once = looked(running, absent, at, apartMs).process;
    const again = looked(once, sight(), later(1000), apartMs).process;
    const { process } = looked(again, absent, later(apartMs), apartMs);

    expect(again.absentSince).toBeNull();
    expect(process).toMatchObject({ state: 'running', absentSince: later(apartMs) });
  });

  it('was terminated where a stop was accepted', () => {
    const stopping = aProcess({ state: 'terminating', nativeId: '77', absentSince: at });

    expect(looked(stopping, absent, later(apartMs), apartMs).process).toMatchObject({
      state: 'terminated',
      evidence: 'inferred_absence',
    });
  });

  it.each(processStates.filter((state) => categoryOf[state] === 'closed'))('stays %s where it is closed', (state) => {
    const closed = aProcess({ state, nativeId: '77', absentSince: at });
    const { process, news } = looked(closed, absent, later(apartMs), apartMs);

    expect(process).toEqual({ ...closed, observedAt: later(apartMs) });
    expect(news).toEqual([]);
  });
});

describe('a run that is seen', () => {
  it('changes nothing but the time of the look where nothing is new', () => {
    expect(looked(running, sight(), at, apartMs)).toMatchObject({ process: { ...running, observedAt: at }, news: [] });
  });

  it('is followed in its native state and result, which are changes but no events', () => {
    const { process, news } = looked(running, sight({ nativeState: 'step 2', result: { code: 1 } }), at, apartMs);

    expect(process).toMatchObject({ state: 'running', nativeState: 'step 2', result: { code: 1 }, revision: 4 });
    expect(news).toEqual([]);
  });

  it('keeps the result that was told before where none is told now', () => {
    const told: Process = { ...running, result: { code: 1 } };

    expect(looked(told, sight(), at, apartMs).process.result).toEqual({ code: 1 });
  });

  it('fails with the platform’s reason', () => {
    const failure = { code: '3', message: 'Script broke' };
    const { process } = looked(running, sight({ state: 'failed', failure }), at, apartMs);

    expect(process).toMatchObject({ state: 'failed', evidence: 'platform_reported', failure: { ...failure, at } });
  });

  it('goes on stopping while the platform still calls it running', () => {
    const stopping: Process = { ...running, state: 'terminating' };

    expect(looked(stopping, sight(), at, apartMs).process).toMatchObject({ state: 'terminating', revision: 3 });
  });

  it('runs again after it was thought to have ended', () => {
    const ended = aProcess({ state: 'ended', nativeId: '77', evidence: 'inferred_absence', startedAt: at });
    const back = looked(ended, sight(), later(1000), apartMs);

    expect(back.process).toMatchObject({ state: 'running', closedAt: null, evidence: 'platform_reported' });
    expect(typesOf(back)).toEqual(['process.outcome-revised']);
  });

  it('does not come back to life where a closed state says as much as a look', () => {
    const completed = aProcess({ state: 'completed', nativeId: '77', evidence: 'platform_reported' });

    const { process, news } = looked(completed, sight(), at, apartMs);

    expect(process).toEqual({ ...completed, observedAt: at });
    expect(news).toEqual([]);
  });
});
