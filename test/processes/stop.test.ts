import type { OperationKind } from '../../src/processes/operation.js';
import { processStates, categoryOf } from '../../src/processes/process-state.js';
import { decideStop, type StopDecision } from '../../src/processes/stop.js';
import { anOperation, aProcess } from './samples.js';
import type { Process } from '../../src/processes/process.js';

interface Asked {
  readonly kind?: 'terminate' | 'kill';
  readonly open?: OperationKind;
  readonly whenFound?: boolean;
  readonly mayHaveRun?: boolean;
  readonly isHeld?: boolean;
}

function decided(
  given: Partial<Process>,
  { kind = 'terminate', open, whenFound = false, ...circumstances }: Asked = {},
): StopDecision['do'] {
  const process = aProcess(given);
  return decideStop(process, kind, open ? [anOperation(process, open)] : [], { whenFound, ...circumstances }).do;
}

describe.each(['terminate', 'kill'] as const)('a %s', (kind) => {
  it('withdraws what was not sent', () => {
    expect(decided({ state: 'queued' }, { kind, open: 'start' })).toBe('withdraw');
  });

  it('is remembered where the database is older than the start, which may have been sent', () => {
    expect(decided({ state: 'queued' }, { kind, open: 'start', isHeld: true })).toBe('remember');
    expect(decided({ state: 'queued' }, { kind, open: 'start', isHeld: true, mayHaveRun: true })).toBe('remember');
  });

  it('takes back what waits for its resend, and waits for what the first attempt came to', () => {
    expect(decided({ state: 'queued' }, { kind, open: 'start', mayHaveRun: true })).toBe('take_back');
  });

  it('is remembered while the start is out', () => {
    expect(decided({ state: 'starting' }, { kind, open: 'start' })).toBe('remember');
  });

  it('is sent to a run that is known', () => {
    expect(decided({ state: 'running', nativeId: '1' }, { kind })).toBe('send');
    expect(decided({ state: 'running', nativeId: '1' }, { kind, open: 'complete_element' })).toBe('send');
  });

  it.each([
    { state: 'indeterminate', nativeId: null },
    { state: 'running', nativeId: null },
  ] as const)('of a run that nobody can name ($state) is refused, unless the caller agrees to wait', (given) => {
    expect(decided(given, { kind })).toBe('refuse_unknown');
    expect(decided(given, { kind, whenFound: true })).toBe('remember');
  });

  it('joins one of its own kind that is under way', () => {
    const process = aProcess({ state: 'terminating', nativeId: '1' });
    const underWay = anOperation(process, kind);

    expect(decideStop(process, kind, [underWay], { whenFound: false })).toEqual({
      do: 'join',
      operationId: underWay.id,
    });
  });

  it.each(processStates.filter((state) => categoryOf[state] === 'closed'))('finds nothing to stop in %s', (state) => {
    expect(decided({ state }, { kind })).toBe('gone');
  });
});

describe('two kinds of stop', () => {
  it('do not meet: a kill waits for the outcome of a terminate', () => {
    expect(decided({ state: 'terminating', nativeId: '1' }, { kind: 'kill', open: 'terminate' })).toBe(
      'refuse_other_stop',
    );
    expect(decided({ state: 'starting' }, { kind: 'kill', open: 'terminate' })).toBe('refuse_other_stop');
  });

  it('are one where a terminate comes after a kill, which does more', () => {
    expect(decided({ state: 'terminating', nativeId: '1' }, { kind: 'terminate', open: 'kill' })).toBe('join');
  });
});

describe('a run that the platform stops by itself', () => {
  const process = aProcess({ state: 'terminating', nativeId: '1' });

  it('is joined by a terminate that has no operation to point at', () => {
    expect(decideStop(process, 'terminate', [], { whenFound: false })).toEqual({ do: 'join', operationId: null });
  });

  it('is not killed meanwhile', () => {
    expect(decideStop(process, 'kill', [], { whenFound: false })).toEqual({ do: 'refuse_other_stop' });
  });
});
