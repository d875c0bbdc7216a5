import { describe, expect, it } from '@jest/globals';
import { lateVerdict } from '../../src/dispatch/late-answer.js';
import type { Attempt, AttemptClass } from '../../src/processes/operation.js';

function attempt(learnt: AttemptClass | null): Attempt {
  const at = new Date('2026-11-21T10:00:00Z');
  return {
    id: 'a',
    operationId: 'o',
    processId: 'p',
    number: 1,
    kind: 'send',
    class: learnt,
    sentAt: at,
    answeredAt: learnt && at,
    nativeId: learnt === 'accepted' ? '77' : null,
    nativeFault: null,
    message: null,
  };
}

describe('a start whose answer came after its worker had lost it', () => {
  it('is an exact match where the platform said yes', () => {
    expect(lateVerdict(attempt('accepted'))).toMatchObject({
      is: 'accepted',
      answer: { state: 'running', nativeId: '77', startedBefore: true },
    });
  });

  it('is refused where the platform said no', () => {
    expect(lateVerdict(attempt('refused'))?.is).toBe('refused');
  });

  it.each(['not_sent', 'refused_before_execution'] as const)('may go again where nothing ran: %s', (learnt) => {
    expect(lateVerdict(attempt(learnt))).toMatchObject({ is: 'again', class: learnt });
  });

  it.each(['unknown', null] as const)('stays in doubt where nothing certain came: %s', (learnt) => {
    expect(lateVerdict(attempt(learnt))).toBeNull();
  });
});
