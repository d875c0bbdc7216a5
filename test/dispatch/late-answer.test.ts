import { describe, expect, it } from '@jest/globals';
import { LateAnswers, lateVerdict } from '../../src/dispatch/late-answer.js';
import { TakeOver } from '../../src/dispatch/take-over.js';
import type { KeptAnswer } from '../../src/processes/lost.store.js';
import type { Attempt, AttemptClass } from '../../src/processes/operation.js';
import { Outcomes } from '../../src/processes/outcomes.js';
import { aProcess, at as now, aWatch, intended } from '../processes/samples.js';
import { BlindReader, KeptLog, QuietLostStore, QuietStore } from './engine.js';

function attempt(learnt: AttemptClass | null): Attempt {
  const at = new Date('2026-11-21T10:00:00Z');
  return {
    id: 'a',
    operationId: 'o',
    processId: 'p',
    number: 1,
    kind: 'send',
    chosenId: null,
    lifeSeconds: 60,
    batchId: null,
    class: learnt,
    sentAt: at,
    answeredAt: learnt && at,
    nativeId: learnt === 'accepted' ? '77' : null,
    nativeFault: null,
    message: null,
  };
}

describe('a probe whose answer came after its worker had lost it', () => {
  /** What is written of it, and which connections are trusted no more. */
  async function read(given: Pick<Attempt, 'kind' | 'nativeId'>): Promise<{ kinds: string[]; distrusted: string[] }> {
    const process = aProcess({ state: 'indeterminate', revision: 3 });
    const sent = intended(process, 'start', { state: 'unknown', attempts: 2 });
    const late: Attempt = { ...sent.attempt, ...given, class: 'accepted', chosenId: process.runId };
    const rest = { isOut: false, otherUnknown: true, provesNothing: false };
    const lost = new (class extends QuietLostStore {
      override async kept(): Promise<readonly KeptAnswer[]> {
        return [{ ...sent, ...rest, attempt: late }];
      }
    })();
    const distrusted: string[] = [];
    const [store, reader, clock] = [new QuietStore(), new BlindReader(), { now: () => now }];
    const takeOver = new TakeOver(lost, reader, clock);
    const outcomes = new Outcomes(reader, aWatch());
    const runIds = { distrust: async (key: string) => void distrusted.push(key) };
    await new LateAnswers({ store, lost, reader, takeOver, outcomes, runIds, clock, log: new KeptLog() }).read();
    const kinds = store.settlements.flatMap(({ change }) => change.opens.map(({ kind }) => kind));
    return { kinds, distrusted };
  }

  it.each([
    ['has made a second run where it got another id than it was offered', 'probe', '99', ['second-run'], ['sales']],
    ['has made the only run where it got the id that it was offered', 'probe', 'f'.repeat(32), [], []],
    ['is no probe where it was sent once', 'send', '99', [], []],
  ] as const)('%s', async (_, kind, nativeId, kinds, distrusted) => {
    expect(await read({ kind, nativeId })).toEqual({ kinds, distrusted });
  });
});

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
