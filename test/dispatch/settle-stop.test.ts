import { settleStop, type StopOutcome } from '../../src/dispatch/settle-stop.js';
import { verdictOf } from '../../src/dispatch/verdict.js';
import { Busy, InDoubt, Refused, Unreached, type NativeFault } from '../../src/platforms/platform.errors.js';
import type { Observation } from '../../src/platforms/run.js';
import type { Process } from '../../src/processes/process.js';
import type { ProcessState } from '../../src/processes/process-state.js';
import type { Settlement } from '../../src/processes/process.store.js';
import { aProcess, at, intended, later } from '../processes/samples.js';

type Answer = 'terminated' | 'terminating' | 'killed';

const fault: NativeFault = { code: 'SOME', message: 'As the portal said it', httpStatus: 403 };
const terminating = aProcess({ state: 'terminating', nativeId: '77', startedAt: at, revision: 4 });
const notFound = new Refused('not_found', 'There is no such run', fault);

function settled(
  outcome: { answer: Answer } | { error: Error },
  given: Partial<StopOutcome> = {},
  process: Process = terminating,
): Settlement {
  return settleStop(intended(process, 'terminate'), process, {
    verdict: verdictOf<Answer>(outcome, false),
    seen: null,
    mayHaveStoppedBefore: false,
    at: later(1000),
    retryAfterMs: 2000,
    ...given,
  });
}

function typesOf({ change }: Settlement): string[] {
  return change.news.map(({ type }) => type);
}

function seen(state: Extract<Observation, { seen: true }>['state']): Observation {
  return { seen: true, state, nativeState: null, result: null, failure: null };
}

describe('a stop that was carried out', () => {
  it.each(['terminated', 'killed'] as const)('leaves the process %s by our command', (answer) => {
    const settlement = settled({ answer });

    expect(settlement).toMatchObject({
      attempt: { class: 'accepted' },
      operation: { state: 'done' },
      change: { process: { state: answer, evidence: 'gateway_command', conclusion: 'stopped' } },
      answer: { word: 'confirmed' },
    });
    expect(typesOf(settlement)).toEqual([`process.${answer}`]);
  });

  it('is done without a last word while the platform takes its time', () => {
    expect(settled({ answer: 'terminating' })).toMatchObject({
      operation: { state: 'done' },
      change: { process: { state: 'terminating' }, news: [] },
      answer: null,
    });
  });
});

describe('a stop that may or may not have been carried out', () => {
  it.each<[string, Error, number]>([
    ['lost', new InDoubt('Cut'), 2000],
    ['never sent', new Unreached('Refused to connect'), 2000],
    ['turned away', new Busy('limit', 'Later', null, 30_000), 30_000],
  ])('is simply said again: %s', (_, error, retryAfterMs) => {
    expect(settled({ error })).toMatchObject({
      operation: { state: 'queued', retryAfterMs },
      change: { process: { ...terminating, revision: 5 }, news: [] },
      answer: null,
    });
  });
});

describe('a stop that was refused', () => {
  it.each([
    ['permission', 'platform-permission-denied'],
    ['rejected', 'platform-rejected'],
  ] as const)('leaves the run running and says why: %s', (because, code) => {
    const settlement = settled({ error: new Refused(because, 'You may not', fault) });

    expect(settlement).toMatchObject({
      attempt: { class: 'refused', nativeFault: fault },
      operation: { state: 'refused' },
      change: { process: { state: 'running', failure: { code, message: 'You may not', platform: fault } } },
      answer: { word: 'refused', extra: { code, message: 'You may not', platform: fault } },
    });
    expect(typesOf(settlement)).toEqual(['process.stop-refused']);
  });
});

describe('a run that the platform does not find', () => {
  it('has ended by itself, and there was nothing left to command', () => {
    expect(settled({ error: notFound }, { seen: { seen: false } })).toMatchObject({
      operation: { state: 'done' },
      change: { process: { state: 'ended', evidence: 'inferred_absence' } },
      answer: { word: 'gone' },
    });
  });

  it('was stopped by us where an earlier try may have gone through', () => {
    expect(settled({ error: notFound }, { seen: { seen: false }, mayHaveStoppedBefore: true })).toMatchObject({
      change: { process: { state: 'terminated', evidence: 'inferred_absence' } },
      answer: { word: 'confirmed' },
    });
  });

  it.each<[Observation & { seen: true }]>([[seen('completed') as Observation & { seen: true }]])(
    'has ended as a look shows',
    (look) => {
      expect(settled({ error: notFound }, { seen: look })).toMatchObject({
        change: { process: { state: 'completed', evidence: 'platform_reported' } },
        answer: { word: 'gone' },
      });
    },
  );

  it.each<[string, Observation | null]>([
    ['a look shows it running', seen('running')],
    ['nobody could look', null],
  ])('is no proof of an end where %s', (_, look) => {
    expect(settled({ error: notFound }, { seen: look })).toMatchObject({
      operation: { state: 'refused' },
      change: { process: { state: 'running' } },
      answer: { word: 'refused' },
    });
  });
});

describe('a process that lost its run to a better claim while the stop was out', () => {
  const lost = aProcess({ state: 'indeterminate', nativeId: null, revision: 6 });

  function answered(outcome: { answer: Answer } | { error: Error }, now: Process): Settlement {
    const verdict = verdictOf<Answer>(outcome, false);
    const known = { verdict, mayHaveStoppedBefore: false, at: later(1000), retryAfterMs: 2000 };
    return settleStop(intended(terminating, 'terminate'), now, { ...known, seen: { seen: false } });
  }

  it.each<[string, { answer: Answer } | { error: Error }]>([
    ['terminated', { answer: 'terminated' }],
    ['killed', { answer: 'killed' }],
    ['terminating', { answer: 'terminating' }],
    ['not found', { error: notFound }],
    ['not allowed', { error: new Refused('permission', 'You may not', fault) }],
  ])('stays as it is, and the stop waits for its own run: %s', (_, outcome) => {
    expect(answered(outcome, lost)).toMatchObject({
      operation: { state: 'queued', retryAfterMs: 2000 },
      change: { process: { ...lost, revision: 7 }, news: [] },
      answer: null,
    });
  });

  it('goes on where it has found another run by then', () => {
    const other: Process = { ...terminating, state: 'running', nativeId: '78' };

    expect(answered({ answer: 'killed' }, other)).toMatchObject({
      operation: { state: 'queued' },
      change: { process: { state: 'running', nativeId: '78' } },
    });
  });

  it('is told nothing of a stop that was another’s where it is closed', () => {
    const closed = aProcess({ state: 'ended', nativeId: null });

    expect(answered({ answer: 'terminated' }, closed)).toMatchObject({
      operation: { state: 'done' },
      answer: { word: 'gone' },
    });
  });
});

describe('a process that closed while the stop was out', () => {
  it.each<ProcessState>(['completed', 'ended', 'terminated'])(
    'stays %s, and the stop that was carried out is confirmed',
    (state) => {
      const closed = aProcess({ state, nativeId: '77', revision: 7 });
      const settlement = settled({ answer: 'terminated' }, {}, closed);

      expect(settlement).toMatchObject({
        operation: { state: 'done' },
        change: { news: [] },
        answer: { word: 'confirmed' },
      });
      expect(settlement.change.process).toEqual({ ...closed, revision: 8 });
    },
  );

  it('leaves nothing to command for a stop that was not carried out', () => {
    const closed = aProcess({ state: 'completed', nativeId: '77' });

    expect(settled({ error: notFound }, {}, closed).answer).toEqual({ word: 'gone', extra: null });
    expect(settled({ error: new InDoubt('Cut') }, {}, closed).answer).toEqual({ word: 'gone', extra: null });
  });
});
