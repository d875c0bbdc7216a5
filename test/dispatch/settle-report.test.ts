import { describe, expect, it } from '@jest/globals';
import { settleReport, type ToldByRun } from '../../src/dispatch/settle-report.js';
import type { Change } from '../../src/processes/change.js';
import type { Process } from '../../src/processes/process.js';
import { aProcess, at } from '../processes/samples.js';

const running = aProcess({ state: 'running', nativeId: '66', startedAt: at, evidence: 'platform_reported' });

function told(process: Process, given: Partial<ToldByRun> = {}, isOurs = true, hasRun = !isOurs): Change | null {
  const report: ToldByRun = {
    nativeId: null,
    outcome: 'completed',
    message: null,
    result: null,
    reportId: 'r-1',
    via: 'token',
    ...given,
  };
  return settleReport({ process, isOurs, hasRun }, report, at);
}

describe('a report with our id and that of the run', () => {
  it.each(['queued', 'starting', 'indeterminate'] as const)('is an exact match: %s', (state) => {
    expect(told(aProcess({ state }), { outcome: 'started', nativeId: '77' })).toMatchObject({
      process: { state: 'running', nativeId: '77', adoption: 'reconciled_exact', evidence: 'report_back' },
      claims: [{ nativeId: '77', claim: 'reconciled_exact' }],
      news: [{ type: 'process.reconciled', data: { by: 'report', via: 'token', reportId: 'r-1' } }],
      looks: 'none',
      lane: 'free',
    });
  });

  it.each(['reconciled_probable', 'operator'] as const)('takes the place of what was %s', (adoption) => {
    expect(told({ ...running, adoption }, { nativeId: '77' })).toMatchObject({
      process: { state: 'completed', nativeId: '77', adoption: 'reconciled_exact' },
      claims: [{ nativeId: '77', claim: 'reconciled_exact' }],
    });
  });

  it('makes sure what was likely', () => {
    const likely: Process = { ...running, adoption: 'reconciled_probable' };

    for (const outcome of ['started', 'completed'] as const) {
      expect(told(likely, { nativeId: '66', outcome })).toMatchObject({
        process: { adoption: 'reconciled_exact' },
        claims: [{ nativeId: '66', claim: 'reconciled_exact' }],
      });
    }
  });

  it('leaves a direct answer what it is, and says nothing new of it', () => {
    expect(told(running, { nativeId: '66', outcome: 'started' })).toBeNull();
    expect(told(running, { nativeId: '66' })).toMatchObject({ process: { state: 'completed', adoption: 'direct' } });
  });

  it('is a second run where another one is known, whose end is not the end of this one', () => {
    expect(told(running, { nativeId: '77' })).toMatchObject({
      process: { state: 'running', nativeId: '66' },
      opens: [{ kind: 'second-run', candidates: [{ nativeId: '77' }] }],
    });
  });
});

describe('a report of another run than the one that has ended', () => {
  it('is a second run too', () => {
    const over: Process = {
      ...aProcess({ state: 'completed', evidence: 'report_back' }),
      nativeId: '66',
      startedAt: at,
    };

    expect(told(over, { nativeId: '77' })).toMatchObject({ opens: [{ kind: 'second-run' }] });
  });
});

describe('a report of a second run that is known', () => {
  it.each([true, false])('tells nothing of the process; with our id: %s', (isOurs) => {
    expect(told(running, { nativeId: '77' }, isOurs, true)).toBeNull();
  });
});

describe('a report that was found by a native id', () => {
  it('counts although the answer that brought the id is not read yet', () => {
    expect(told(aProcess({ state: 'indeterminate' }), { nativeId: '77' }, false)).toMatchObject({
      process: { state: 'completed' },
    });
  });

  it('ends the run and claims nothing', () => {
    const likely: Process = { ...running, adoption: 'reconciled_probable' };

    expect(told(likely, { nativeId: '66' }, false)).toMatchObject({
      process: { state: 'completed', adoption: 'reconciled_probable' },
      claims: [],
    });
  });
});

describe('a report without the id of the run', () => {
  it('that it has begun has the run looked for', () => {
    expect(
      told(aProcess({ state: 'indeterminate', openIncidents: ['outcome-unknown'] }), { outcome: 'started' }),
    ).toMatchObject({
      process: { state: 'running', nativeId: null, openIncidents: [] },
      looks: 'restart',
    });
  });

  it('that it has begun is no news of a run that is known to be, and nobody stops asking for its name', () => {
    const unnamed = aProcess({ state: 'running', startedAt: at, openIncidents: ['unidentified-run'] });

    expect(told(unnamed, { outcome: 'started' })).toBeNull();
  });

  it('that it is over ends the looking', () => {
    expect(told(aProcess({ state: 'indeterminate' }))).toMatchObject({
      process: { state: 'completed', conclusion: 'succeeded', evidence: 'report_back', closedAt: at },
      looks: 'none',
      lane: 'free',
    });
  });
});

describe('the end that a report tells', () => {
  it('of a failure has its words', () => {
    expect(told(running, { outcome: 'failed', message: 'No stock' })?.process.failure).toEqual({
      code: 'reported-failure',
      message: 'No stock',
      platform: null,
      at,
    });
  });

  it('ends a stop that was under way, and the incident that it was stuck', () => {
    expect(told({ ...running, state: 'terminating', openIncidents: ['stop-stuck'] })).toMatchObject({
      process: { state: 'completed', openIncidents: [] },
      resolves: { kinds: ['stop-stuck'] },
    });
  });

  it('keeps a result that was known where it brings none', () => {
    expect(told({ ...running, result: { Sum: 1 } })?.process.result).toEqual({ Sum: 1 });
  });
});

describe('a report on what is closed', () => {
  const closed = (state: Process['state'], evidence: Process['evidence']): Process => ({
    ...running,
    ...aProcess({ state, evidence, nativeId: '66', startedAt: at }),
  });

  it.each([
    ['ended', 'inferred_absence'],
    ['terminated', 'gateway_command'],
    ['failed', 'operator'],
  ] as const)('revises %s by %s', (state, evidence) => {
    expect(told(closed(state, evidence))).toMatchObject({
      process: { state: 'completed', evidence: 'report_back' },
      news: [{ type: 'process.outcome-revised' }],
    });
  });

  it.each([
    ['failed', 'platform_reported'],
    ['failed', 'report_back'],
    ['completed', 'platform_reported'],
    ['killed', 'gateway_command'],
    ['withdrawn', 'gateway_command'],
    ['expired', null],
  ] as const)('changes nothing of %s by %s', (state, evidence) => {
    expect(told(closed(state, evidence))).toBeNull();
  });

  it('raises the evidence of the same end', () => {
    expect(told(closed('completed', 'operator'))).toMatchObject({ process: { evidence: 'report_back' }, news: [] });
  });

  it('that it has begun does not open again what is over', () => {
    for (const state of ['ended', 'completed', 'terminated'] as const) {
      expect(told(closed(state, 'inferred_absence'), { outcome: 'started' })).toBeNull();
    }
  });

  it('that it has begun does not open again what a person has closed without a run', () => {
    const closedByHand = aProcess({ state: 'ended', evidence: 'operator', startedAt: at });

    expect(told(closedByHand, { outcome: 'started', nativeId: '77' })).toBeNull();
  });

  it('shows that a start ran which was thought to be refused', () => {
    expect(
      told(aProcess({ state: 'rejected', evidence: 'operator' }), { outcome: 'started', nativeId: '77' }),
    ).toMatchObject({ process: { state: 'running', nativeId: '77', conclusion: null } });
  });
});
