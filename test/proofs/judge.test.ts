import { describe, expect, it } from '@jest/globals';
import { judged, type Caller, type Evidence } from './judge.js';

const caller = (more: Partial<Caller> = {}): Caller => ({
  unique: 'u',
  ids: new Set(['p']),
  told: 'running',
  toldNothingHappened: false,
  odd: [],
  ...more,
});

const verdict = (evidence: Partial<Evidence>) => {
  const { lost, executedTwice, untrue, odd } = judged({
    callers: [caller()],
    executed: ['u'],
    states: new Map([['p', 'running']]),
    ...evidence,
  });
  return { lost: lost.length, twice: executedTwice.length, untrue: untrue.length, odd: odd.length };
};

const nothing = { lost: 0, twice: 0, untrue: 0, odd: 0 };

describe('the judge of a proof', () => {
  it.each(['running', 'ended', 'completed', 'indeterminate', 'terminated'])('takes a run that is %s', (state) => {
    expect(verdict({ states: new Map([['p', state]]) })).toEqual(nothing);
  });

  it.each(['rejected', 'withdrawn', 'expired', 'indeterminate', 'queued'])('takes no run that is %s', (state) => {
    expect(verdict({ executed: [], states: new Map([['p', state]]) })).toEqual(nothing);
  });

  it.each<[string, Partial<Evidence>, Partial<typeof nothing>]>([
    ['a process that is gone', { states: new Map() }, { lost: 1 }],
    ['a caller without a process', { callers: [caller({ ids: new Set() })] }, { lost: 1 }],
    ['a start that never comes to rest', { states: new Map([['p', 'starting']]) }, { lost: 1 }],
    ['a start that ran twice', { executed: ['u', 'u'] }, { twice: 1 }],
    ['a run behind a withdrawn process', { states: new Map([['p', 'withdrawn']]) }, { untrue: 1 }],
    ['a run behind a queued process', { states: new Map([['p', 'queued']]) }, { untrue: 1 }],
    ['a running process without a run', { executed: [] }, { untrue: 1 }],
    ['two processes behind one key', { callers: [caller({ ids: new Set(['p', 'q']) })] }, { untrue: 1 }],
    ['a run that nobody started', { executed: ['u', 'stranger'] }, { untrue: 1 }],
    [
      'a run of which nothing was to have happened',
      { callers: [caller({ toldNothingHappened: true })] },
      { untrue: 1 },
    ],
    ['an answer that nobody should get', { callers: [caller({ odd: ['500'] })] }, { odd: 1 }],
  ])('finds %s', (_, evidence, found) => {
    expect(verdict(evidence)).toEqual({ ...nothing, ...found });
  });
});
