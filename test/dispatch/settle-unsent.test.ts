import { settleExpired } from '../../src/dispatch/settle-unsent.js';
import { lostItsRun, takesFrom } from '../../src/dispatch/take-over.js';
import { aProcess, at, intended } from '../processes/samples.js';

describe('a start whose time has passed while it was unsent', () => {
  const queued = aProcess({ state: 'queued', startBefore: at });

  it('is expired', () => {
    expect(settleExpired(intended(queued, 'start'), queued, { at, otherUnknown: false })).toMatchObject({
      operation: { state: 'done' },
      change: { process: { state: 'expired' } },
      answer: { word: 'unsent' },
    });
  });

  it('is unknown again, and looked for, where an earlier attempt of it may have run', () => {
    expect(settleExpired(intended(queued, 'start'), queued, { at, otherUnknown: true })).toMatchObject({
      operation: { state: 'unknown' },
      change: { process: { state: 'indeterminate' }, looks: 'restart', lane: 'hold' },
      answer: null,
    });
  });
});

describe('a claim of a native id', () => {
  it.each([
    ['direct', 'reconciled_probable', true],
    ['reconciled_exact', 'operator', true],
    ['direct', 'reconciled_exact', false],
    ['reconciled_exact', 'direct', false],
    ['reconciled_probable', 'reconciled_probable', false],
    ['operator', 'reconciled_probable', false],
  ] as const)('as %s takes it from %s: %s', (claim, holder, takes) => {
    expect(takesFrom(claim, { claim: holder })).toBe(takes);
  });
});

describe('a process that loses its run to a better claim', () => {
  it('is unknown again, for a person', () => {
    const running = aProcess({ state: 'running', nativeId: '77', adoption: 'reconciled_probable', startedAt: at });

    expect(lostItsRun(running, at)).toMatchObject({
      process: { state: 'indeterminate', nativeId: null, adoption: 'direct', openIncidents: ['id-taken'] },
      looks: 'none',
      lane: 'free',
    });
  });

  it('has ended where it was adopted: it was about that run alone', () => {
    const given = { state: 'running', nativeId: '77', adoption: 'operator', runId: null, startedAt: at } as const;

    expect(lostItsRun(aProcess(given), at)).toMatchObject({
      process: {
        state: 'ended',
        conclusion: 'unknown',
        nativeId: null,
        adoption: 'operator',
        openIncidents: ['id-taken'],
      },
      looks: 'none',
      lane: 'free',
    });
  });

  it('keeps its state where it is closed', () => {
    const ended = aProcess({ state: 'ended', nativeId: '77', adoption: 'operator' });

    expect(lostItsRun(ended, at).process).toMatchObject({
      state: 'ended',
      nativeId: null,
      openIncidents: ['id-taken'],
    });
  });
});
