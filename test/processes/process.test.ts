import { evidenceRank, IllegalMove, mayMove, move, type Evidence, type Process } from '../../src/processes/process.js';
import { processStates, statesAfter } from '../../src/processes/process-state.js';
import { aProcess, at, later } from './samples.js';

describe('a step of a life', () => {
  it.each(processStates)('from %s goes where the table says, and nowhere else', (state) => {
    const process = aProcess({ state });
    const reached = processStates.filter((to) => {
      try {
        return move(process, { to, at }).state === to;
      } catch (error) {
        if (error instanceof IllegalMove) return false;
        throw error;
      }
    });

    expect(reached.toSorted()).toEqual([state, ...statesAfter(state)].toSorted());
  });

  it('counts one revision on and leaves the process that it began with as it was', () => {
    const before = Object.freeze(aProcess({ state: 'queued', revision: 4 }));

    expect(move(before, { to: 'starting', at }).revision).toBe(5);
    expect(before.revision).toBe(4);
  });

  it('keeps what is not given and takes what was learnt', () => {
    const before = aProcess({ state: 'starting', nativeState: 'old', evidence: null });
    const after = move(before, { to: 'running', at, evidence: 'platform_reported', learnt: { nativeId: '77' } });

    expect(after).toMatchObject({ nativeId: '77', nativeState: 'old', evidence: 'platform_reported' });
  });

  it('ends whatever it waited for, unless it waits for something new', () => {
    const waiting = aProcess({ waitingFor: { reason: 'paused' } });

    expect(move(waiting, { to: 'starting', at }).waitingFor).toBeNull();
    expect(move(waiting, { to: 'queued', at, learnt: { waitingFor: { reason: 'retry' } } }).waitingFor).toEqual({
      reason: 'retry',
    });
  });
});

describe('a closed state', () => {
  const kinds: readonly Evidence[] = [
    'platform_reported',
    'report_back',
    'gateway_command',
    'operator',
    'inferred_absence',
  ];
  const pairs = kinds.flatMap((known) => kinds.map((heard): [Evidence, Evidence] => [known, heard]));

  it.each(pairs)('by %s changes by %s only where that says more', (known, heard) => {
    const process = aProcess({ state: 'terminated', evidence: known });

    expect(mayMove(process, 'completed', heard)).toBe(evidenceRank[heard] > evidenceRank[known]);
  });

  it('of an end by absence does not hide a run that is seen again', () => {
    expect(mayMove(aProcess({ state: 'ended', evidence: 'operator' }), 'running', 'inferred_absence')).toBe(true);
  });

  it('rejected by a person is a run where the platform names it', () => {
    const process = aProcess({ state: 'rejected', evidence: 'operator' });

    expect(mayMove(process, 'running', 'platform_reported')).toBe(true);
    expect(mayMove(process, 'running', 'inferred_absence')).toBe(false);
  });

  it('never changes without evidence', () => {
    expect(mayMove(aProcess({ state: 'completed', evidence: 'inferred_absence' }), 'failed', null)).toBe(false);
  });
});

describe('the times of a process', () => {
  it('say when it was first known to run, and that stays', () => {
    const running = move(aProcess({ state: 'starting' }), { to: 'running', at });

    expect(running.startedAt).toEqual(at);
    expect(move(running, { to: 'terminating', at: later(1000) }).startedAt).toEqual(at);
  });

  it.each(['rejected', 'withdrawn', 'expired'] as const)('have no start where it is %s', (to) => {
    expect(move(aProcess({ state: 'starting' }), { to, at })).toMatchObject({
      startedAt: null,
      closedAt: at,
      conclusion: 'not_started',
    });
  });

  it('have both where the run ended inside the start', () => {
    expect(move(aProcess({ state: 'starting' }), { to: 'completed', at })).toMatchObject({
      startedAt: at,
      closedAt: at,
      conclusion: 'succeeded',
    });
  });

  it('have no end and no conclusion any more where the run is seen again', () => {
    const ended: Process = aProcess({ state: 'ended', startedAt: at, closedAt: at });

    expect(move(ended, { to: 'running', at: later(1000) })).toMatchObject({
      startedAt: at,
      closedAt: null,
      conclusion: null,
    });
  });

  it('keep the first end where better evidence comes', () => {
    const ended = aProcess({ state: 'ended', startedAt: at, closedAt: at, evidence: 'inferred_absence' });
    const after = move(ended, { to: 'completed', at: later(1000), evidence: 'report_back' });

    expect(after).toMatchObject({ closedAt: at, conclusion: 'succeeded', evidence: 'report_back' });
  });
});
