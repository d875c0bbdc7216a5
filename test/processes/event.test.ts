import { newsOf, type EventType } from '../../src/processes/event.js';
import { move, type Process, type Step } from '../../src/processes/process.js';
import type { ProcessState } from '../../src/processes/process-state.js';
import { aProcess, at } from './samples.js';

function news(before: Process, to: ProcessState, learnt: Step['learnt'] = {}): EventType[] {
  return newsOf(before, move(before, { to, at, learnt }));
}

describe('the news of a step', () => {
  const starting = aProcess({ state: 'starting' });

  it('is the start, once the run is known', () => {
    expect(news(starting, 'running', { nativeId: '1' })).toEqual(['process.started']);
  });

  it('is the start and the end where both came in one answer', () => {
    expect(news(starting, 'completed', { nativeId: '1' })).toEqual(['process.started', 'process.completed']);
  });

  it('is a reconciliation where the run is an earlier attempt’s', () => {
    expect(news(starting, 'running', { nativeId: '1', adoption: 'reconciled_exact' })).toEqual(['process.reconciled']);
  });

  it('is the identification where a run gets its native id later', () => {
    const running = aProcess({ state: 'running', nativeId: null });

    expect(news(running, 'running', { nativeId: '1' })).toEqual(['process.identified']);
  });

  it.each([
    ['starting', 'rejected', 'process.rejected'],
    ['starting', 'indeterminate', 'process.indeterminate'],
    ['starting', 'withdrawn', 'process.withdrawn'],
    ['queued', 'expired', 'process.expired'],
    ['running', 'terminating', 'process.terminating'],
    ['running', 'failed', 'process.failed'],
    ['running', 'ended', 'process.ended'],
    ['terminating', 'terminated', 'process.terminated'],
    ['terminating', 'killed', 'process.killed'],
  ] as const)('from %s to %s is %s', (from, to, type) => {
    expect(news(aProcess({ state: from }), to)).toEqual([type]);
  });

  it('is a revision, not a second end, where a closed state changes', () => {
    const ended = aProcess({ state: 'ended', startedAt: at });

    expect(news(ended, 'completed')).toEqual(['process.outcome-revised']);
    expect(news(ended, 'running')).toEqual(['process.outcome-revised']);
  });

  it('is nothing where only an attempt began or came back unsent', () => {
    expect(news(aProcess({ state: 'queued' }), 'starting')).toEqual([]);
    expect(news(starting, 'queued')).toEqual([]);
  });

  it('is nothing where the state stays', () => {
    expect(news(aProcess({ state: 'running', nativeId: '1' }), 'running', { nativeState: 'step 2' })).toEqual([]);
  });
});
