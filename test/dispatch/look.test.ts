import { looked, type LookContext } from '../../src/dispatch/look.js';
import type { Observation } from '../../src/platforms/run.js';
import type { Change } from '../../src/processes/change.js';
import type { Process } from '../../src/processes/process.js';
import { processStates, categoryOf } from '../../src/processes/process-state.js';
import { aProcess, at, later } from '../processes/samples.js';

const apartMs = 30_000;

function look(when: Date, stopWasSent = false): LookContext {
  return { at: when, apartMs, stopWasSent };
}

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
    const { process, news } = looked(running, absent, look(at));

    expect(process).toEqual({ ...running, absentSince: at });
    expect(news).toEqual([]);
  });

  it('has not ended by a second look that comes too early', () => {
    const once = looked(running, absent, look(at)).process;

    expect(looked(once, absent, look(later(apartMs - 1))).process).toMatchObject({
      state: 'running',
      absentSince: at,
      revision: 3,
    });
  });

  it('has ended by a second look that is far enough from the first', () => {
    const once = looked(running, absent, look(at)).process;
    const twice = looked(once, absent, look(later(apartMs)));

    expect(twice.process).toMatchObject({ state: 'ended', evidence: 'inferred_absence', conclusion: 'unknown' });
    expect(typesOf(twice)).toEqual(['process.ended']);
  });

  it('has to be missed twice anew where it was seen in between', () => {
    const once = looked(running, absent, look(at)).process;
    const again = looked(once, sight(), look(later(1000))).process;
    const { process } = looked(again, absent, look(later(apartMs)));

    expect(again.absentSince).toBeNull();
    expect(process).toMatchObject({ state: 'running', absentSince: later(apartMs) });
  });

  it.each([
    ['was terminated where a stop of ours was sent', true, 'terminated', 'stopped'],
    ['has ended somehow where the stop that was accepted never went out', false, 'ended', 'unknown'],
  ] as const)('%s', (_, stopWasSent, state, conclusion) => {
    const stopping = aProcess({ state: 'terminating', nativeId: '77', absentSince: at });

    expect(looked(stopping, absent, look(later(apartMs), stopWasSent)).process).toMatchObject({
      state,
      conclusion,
      evidence: 'inferred_absence',
    });
  });

  it.each(processStates.filter((state) => categoryOf[state] === 'closed'))('stays %s where it is closed', (state) => {
    const closed = aProcess({ state, nativeId: '77', absentSince: at });
    const { process, news } = looked(closed, absent, look(later(apartMs)));

    expect(process).toEqual({ ...closed, observedAt: later(apartMs) });
    expect(news).toEqual([]);
  });
});

describe('a run that is seen', () => {
  it('changes nothing but the time of the look where nothing is new', () => {
    expect(looked(running, sight(), look(at))).toMatchObject({ process: { ...running, observedAt: at }, news: [] });
  });

  it('is followed in its native state and result, which are changes but no events', () => {
    const { process, news } = looked(running, sight({ nativeState: 'step 2', result: { code: 1 } }), look(at));

    expect(process).toMatchObject({ state: 'running', nativeState: 'step 2', result: { code: 1 }, revision: 4 });
    expect(news).toEqual([]);
  });

  it('keeps the result that was told before where none is told now', () => {
    const told: Process = { ...running, result: { code: 1 } };

    expect(looked(told, sight(), look(at)).process.result).toEqual({ code: 1 });
  });

  it('fails with the platform’s reason', () => {
    const failure = { code: '3', message: 'Script broke' };
    const { process } = looked(running, sight({ state: 'failed', failure }), look(at));

    expect(process).toMatchObject({ state: 'failed', evidence: 'platform_reported', failure: { ...failure, at } });
  });

  it('goes on stopping while the platform still calls it running', () => {
    const stopping: Process = { ...running, state: 'terminating' };

    expect(looked(stopping, sight(), look(at)).process).toMatchObject({ state: 'terminating', revision: 3 });
  });

  it('runs again after it was thought to have ended', () => {
    const ended = aProcess({ state: 'ended', nativeId: '77', evidence: 'inferred_absence', startedAt: at });
    const back = looked(ended, sight(), look(later(1000)));

    expect(back.process).toMatchObject({ state: 'running', closedAt: null, evidence: 'platform_reported' });
    expect(typesOf(back)).toEqual(['process.outcome-revised']);
  });

  it('does not come back to life where a closed state says as much as a look', () => {
    const completed = aProcess({ state: 'completed', nativeId: '77', evidence: 'platform_reported' });

    const { process, news } = looked(completed, sight(), look(at));

    expect(process).toEqual({ ...completed, observedAt: at });
    expect(news).toEqual([]);
  });
});
