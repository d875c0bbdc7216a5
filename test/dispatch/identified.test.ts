import { identified, sightingOf, type Sighting, type SightingContext } from '../../src/dispatch/identified.js';
import type { Change } from '../../src/processes/change.js';
import type { Started } from '../../src/platforms/run.js';
import { aProcess, at } from '../processes/samples.js';
import type { Process } from '../../src/processes/process.js';

const context: SightingContext = { at, data: {}, idIsTaken: false, isSecond: false };

function sighting(given: Partial<Sighting> = {}): Sighting {
  const run = { state: 'running', nativeState: null, result: null, failure: null } as const;
  return { nativeId: '77', run, adoption: 'reconciled_exact', evidence: 'platform_reported', ...given };
}

function seen(process: Process, given: Partial<Sighting> = {}, now: Partial<SightingContext> = {}): Change {
  return identified(process, sighting(given), { ...context, ...now });
}

const running = aProcess({ state: 'running', nativeId: '66', startedAt: at, revision: 3 });

describe('a run that is found for a process without one', () => {
  it.each(['starting', 'indeterminate', 'queued'] as const)('is its run: %s', (state) => {
    expect(seen(aProcess({ state }))).toMatchObject({
      process: { state: 'running', nativeId: '77', adoption: 'reconciled_exact', evidence: 'platform_reported' },
      claims: [{ nativeId: '77', claim: 'reconciled_exact' }],
      looks: 'none',
      lane: 'free',
    });
  });

  it('ends the incidents of its being lost, and no others', () => {
    const process = aProcess({ state: 'indeterminate', openIncidents: ['outcome-unknown', 'stop-stuck'] });

    expect(seen(process)).toMatchObject({
      process: { openIncidents: ['stop-stuck'] },
      resolves: { kinds: ['outcome-unknown'], resolution: { action: 'found', nativeId: '77' } },
    });
  });

  it('is its run although a person said that it did not start, or closed it', () => {
    for (const state of ['rejected', 'ended'] as const) {
      expect(seen(aProcess({ state, evidence: 'operator' })).process).toMatchObject({
        state: 'running',
        nativeId: '77',
      });
    }
  });

  it('leaves the end that a report has told before, with its words', () => {
    const failure = { code: 'reported-failure', message: 'No stock', platform: null, at };
    const reported = aProcess({ state: 'failed', evidence: 'report_back', failure, result: { Sum: 1 }, startedAt: at });

    expect(seen(reported).process).toMatchObject({ state: 'failed', nativeId: '77', failure, result: { Sum: 1 } });
  });

  it('does not undo a stop that is under way', () => {
    expect(seen(aProcess({ state: 'terminating', nativeId: null })).process).toMatchObject({ state: 'terminating' });
  });

  it('has ended where the platform met it and lists it no more', () => {
    const started: Started = {
      state: 'ended',
      nativeId: '77',
      nativeState: null,
      result: null,
      failure: null,
      runId: 'kept',
      startedBefore: true,
    };
    const change = identified(aProcess({ state: 'indeterminate' }), sightingOf(started), context);

    expect(change.process).toMatchObject({ state: 'ended', adoption: 'reconciled_exact' });
  });

  it('stays without a name where another process has it by no weaker right, and a person is told', () => {
    expect(seen(aProcess({ state: 'indeterminate' }), {}, { idIsTaken: true })).toMatchObject({
      process: { state: 'running', nativeId: null, openIncidents: ['unidentified-run'] },
      claims: [],
    });
  });
});

describe('a run that is found for a process with another one', () => {
  it.each(['direct', 'reconciled_exact'] as const)('is a second run where the first is known as %s', (adoption) => {
    expect(seen({ ...running, adoption })).toMatchObject({
      process: { state: 'running', nativeId: '66', adoption, openIncidents: ['second-run'] },
      claims: [{ nativeId: '77' }],
    });
  });

  it.each(['reconciled_probable', 'operator'] as const)('takes the place of one that is %s', (adoption) => {
    expect(seen({ ...running, adoption })).toMatchObject({
      process: { state: 'running', nativeId: '77', adoption: 'reconciled_exact', openIncidents: [] },
      claims: [{ nativeId: '77', claim: 'reconciled_exact' }],
    });
  });
});

describe('a run that is known already', () => {
  it('is surer now', () => {
    const change = seen({ ...running, nativeId: '77', adoption: 'reconciled_probable' });

    expect(change.process).toMatchObject({ state: 'running', nativeId: '77', adoption: 'reconciled_exact' });
    expect(change.claims).toEqual([{ nativeId: '77', claim: 'reconciled_exact' }]);
  });

  it('stays as sure as it is where somebody merely guesses it again', () => {
    const change = seen({ ...running, nativeId: '77', adoption: 'direct' }, { adoption: 'reconciled_probable' });

    expect(change).toMatchObject({ process: { adoption: 'direct' }, claims: [] });
  });
});
