import { nextStep, spanOf, type LookResult, type NextStep } from '../../src/dispatch/next-look.js';
import type { Candidate } from '../../src/platforms/run.js';
import type { LostStart } from '../../src/processes/lost.store.js';
import { anAttempt, anOperation, aProcess, at, later } from '../processes/samples.js';

const process = aProcess({ state: 'indeterminate' });
const operation = anOperation(process, 'start', { state: 'unknown', attempts: 1 });
const lost: LostStart = {
  operation,
  process,
  lease: { operationId: operation.id, fencingToken: 1n },
  attempts: [anAttempt(operation, { class: 'unknown', sentAt: at })],
  looks: 0,
  isOver: false,
  overAt: later(90_000),
  lifeSeconds: 90,
  restoredAt: null,
};
const one: Candidate = { nativeId: '77', startedAt: later(1000), reasons: ['It fits'], run: null };
const nothing: LookResult = { candidates: [], isAbsentById: false, mayProbe: false };
const absent: LookResult = { candidates: [], isAbsentById: true, mayProbe: true };

function next(given: Partial<LostStart>, seen: Partial<LookResult>, delays = [5, 30, 120]): NextStep {
  return nextStep({ ...lost, ...given }, { ...nothing, ...seen }, delays, later(5000));
}

describe('one run that fits', () => {
  it('is adopted, unless an attempt since a life before it may have made it', () => {
    const adopted = { do: 'adopt', candidate: one, onlyOneSince: later(1000 - 90_000 - 5000) };

    expect(next({}, { candidates: [one] })).toEqual(adopted);
  });

  it('is no proof where the platform does not say when it began: then all attempts count', () => {
    const untimed = { ...one, startedAt: null };

    expect(next({}, { candidates: [untimed] })).toMatchObject({ onlyOneSince: new Date(0) });
  });

  it('is not adopted where a database was put back since the start was sent', () => {
    expect(next({ restoredAt: later(1) }, { candidates: [one] })).toMatchObject({ do: 'wait' });
    expect(next({ restoredAt: later(-1) }, { candidates: [one] })).toMatchObject({ do: 'adopt' });
  });

  it('is not adopted beside another', () => {
    expect(next({}, { candidates: [one, { ...one, nativeId: '78' }] })).toMatchObject({ do: 'wait' });
  });
});

describe('a start that is not found', () => {
  it('is looked for by the delays, and at last a person is asked', () => {
    expect([0, 1, 2].map((looks) => next({ looks }, {}))).toEqual([
      { do: 'wait', afterMs: 25_000 },
      { do: 'wait', afterMs: 90_000 },
      { do: 'ask' },
    ]);
  });

  it('is looked for as long where the platform cannot be asked', () => {
    expect(next({}, { candidates: null })).toEqual({ do: 'wait', afterMs: 25_000 });
  });
});

describe('a start that a portal which keeps run ids does not list', () => {
  it('is probed when its longest life is over, and not before', () => {
    expect(next({ isOver: true }, absent)).toEqual({ do: 'probe' });
    expect(next({ isOver: false }, absent)).toMatchObject({ do: 'wait' });
  });

  it('waits for that time after the last look too', () => {
    expect(next({ looks: 2 }, absent)).toEqual({ do: 'wait', afterMs: 85_500 });
  });

  it('is for a person where no probe may go', () => {
    expect(next({ looks: 2, isOver: true }, { ...absent, mayProbe: false })).toEqual({ do: 'ask' });
  });
});

describe('the span in which a lost start can have begun', () => {
  it('goes from its first attempt without a run to the end of its longest life', () => {
    const attempts = [
      anAttempt(operation, { class: 'not_sent', sentAt: later(-9000) }),
      anAttempt(operation, { class: 'unknown', nativeId: '66', sentAt: later(-8000) }),
      anAttempt(operation, { class: 'unknown', sentAt: later(-7000) }),
      anAttempt(operation, { class: null, sentAt: later(-6000) }),
    ];

    expect(spanOf({ ...lost, attempts })).toEqual({ from: later(-7000), to: later(90_000) });
  });
});
