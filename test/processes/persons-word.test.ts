import type { Run } from '../../src/platforms/run.js';
import { requireMay, mayBeClosed, type Wording } from '../../src/processes/may-say.js';
import { said, type PersonsWord } from '../../src/processes/persons-word.js';
import type { Process } from '../../src/processes/process.js';
import { InvalidState, ProcessClosed } from '../../src/processes/process.errors.js';
import type { Standing } from '../../src/processes/word.store.js';
import { aProcess, at, later } from './samples.js';

const unknown = aProcess({ state: 'indeterminate', attempts: 1, openIncidents: ['outcome-unknown'] });
const who = { by: 'operator', reason: 'looked', at };
const listed: Run = { state: 'completed', nativeState: 'Done', result: { Total: 3 }, failure: null };

function standing(given: Partial<Standing> = {}): Standing {
  return {
    process: unknown,
    isOut: false,
    isUnread: false,
    isStopped: false,
    isHeld: false,
    overAt: at,
    isOver: true,
    ...given,
  };
}

/** Whether the word may be given; any other error than a state that forbids it is one of this test. */
function mayGive(now: Standing, wording: Wording): boolean {
  try {
    requireMay(now, wording);
    return true;
  } catch (error) {
    if (error instanceof InvalidState) return false;
    throw error;
  }
}

function follows(process: Process, word: PersonsWord) {
  return said({ process }, word, who);
}

const adopt = { does: 'adopt', isHeldStart: false } as const;
const confirm = { does: 'confirm_not_started' } as const;
const resend = { does: 'resend' } as const;
const close = { does: 'close', as: 'ended' } as const;

describe('a word on a start whose outcome is unknown', () => {
  it.each<[string, Partial<Standing>, readonly Wording[]]>([
    ['an attempt is out', { isOut: true }, [adopt, confirm, resend, close]],
    ['an answer is unread', { isUnread: true }, [adopt, confirm, resend, close]],
    ['its request may be running', { isOver: false }, [confirm, resend, close]],
    ['a stop was accepted', { isStopped: true }, [resend]],
  ])('waits while %s', (_, now, waiting) => {
    const passing = [adopt, confirm, resend, close].filter((wording) => mayGive(standing(now), wording));

    expect(passing).toEqual([adopt, confirm, resend, close].filter((wording) => !waiting.includes(wording)));
  });

  it('is none that leaves it unknown', () => {
    expect(() => requireMay(standing(), { does: 'acknowledge' })).toThrow(InvalidState);
  });

  it.each(['queued', 'running', 'rejected'] as const)('is no confirmation and no resend once it is %s', (state) => {
    const process = aProcess({ state });

    expect(() => requireMay(standing({ process }), confirm)).toThrow(InvalidState);
    expect(() => requireMay(standing({ process }), resend)).toThrow(InvalidState);
  });
});

describe('a held start', () => {
  const held = { does: 'adopt', isHeldStart: true } as const;

  it('is given its run while it is held', () => {
    const process = aProcess();

    expect(() => requireMay(standing({ process, isHeld: true }), held)).not.toThrow();
    expect(() => requireMay(standing({ process, isHeld: false }), held)).toThrow(InvalidState);
    expect(() => requireMay(standing({ process, isHeld: true }), adopt)).toThrow(InvalidState);
    expect(follows(process, { ...held, nativeId: '7', run: null })).toMatchObject({
      asks: { quiet: true, held: true },
      start: { state: 'done' },
    });
  });
});

describe('an adoption', () => {
  it('takes the state that the platform tells', () => {
    const { change, start } = follows(unknown, { ...adopt, nativeId: '7', run: listed });

    expect(change.process).toMatchObject({
      state: 'completed',
      nativeId: '7',
      adoption: 'operator',
      evidence: 'platform_reported',
      result: { Total: 3 },
      openIncidents: [],
    });
    expect(change.claims).toEqual([{ nativeId: '7', claim: 'operator' }]);
    expect(change.resolves).toMatchObject({ resolution: { action: 'adopt', by: 'operator', nativeId: '7' } });
    expect(change).toMatchObject({ looks: 'none', lane: 'free' });
    expect(start).toMatchObject({ state: 'done', answer: { word: 'confirmed' } });
  });

  it('of a run that is not listed runs until a second look', () => {
    const { change } = follows(unknown, { ...adopt, nativeId: '7', run: null });

    expect(change.process).toMatchObject({ state: 'running', evidence: 'operator', absentSince: at });
  });

  it('lets a stop that is under way go on', () => {
    const stopping = aProcess({ state: 'terminating' });
    const { change } = follows(stopping, { ...adopt, nativeId: '7', run: { ...listed, state: 'running' } });

    expect(change.process.state).toBe('terminating');
  });
});

describe('that nothing started', () => {
  it('rejects it, on the word of the operator', () => {
    const { change, start, asks } = follows(unknown, { ...confirm, note: 'Proves nothing.' });

    expect(change.process).toMatchObject({ state: 'rejected', conclusion: 'not_started', evidence: 'operator' });
    expect(change.process.failure?.message).toContain('looked');
    expect(change.resolves?.resolution.note).toBe('Proves nothing.');
    expect(start?.answer?.word).toBe('refused');
    expect(asks).toEqual({ quiet: true, over: true, notStopped: false, held: false });
  });
});

describe('a resend', () => {
  it.each([
    ['begins its seconds anew', { startWithinSeconds: 60, startBefore: later(-1) }, later(60_000)],
    ['drops a time that has passed', { startBefore: later(-1) }, null],
    ['keeps a time that is to come', { startBefore: later(1) }, later(1)],
  ])('%s', (_, given, startBefore) => {
    const { change, start, asks } = follows({ ...unknown, ...given }, resend);

    expect(change.process).toMatchObject({ state: 'queued', startBefore, openIncidents: [] });
    expect(change.news.map(({ type }) => type)).toEqual(['operation.resent', 'incident.resolved']);
    expect(start).toEqual({ state: 'queued', answer: null });
    expect(asks).toMatchObject({ quiet: true, over: true, notStopped: true });
  });
});

describe('closing', () => {
  it.each([
    ['running', 'completed', true],
    ['terminating', 'terminated', true],
    ['ended', 'failed', true],
    ['running', 'rejected', false],
    ['queued', 'ended', false],
    ['starting', 'ended', false],
  ] as const)('what is %s as %s is possible: %s', (state, as, possible) => {
    const process = aProcess({ state, evidence: state === 'ended' ? 'inferred_absence' : null });

    expect(mayGive(standing({ process, isOver: false }), { does: 'close', as })).toBe(possible);
  });

  it('what is closed is too late', () => {
    const process = aProcess({ state: 'completed' });

    expect(() => requireMay(standing({ process }), close)).toThrow(ProcessClosed);
  });

  it('changes no better word', () => {
    expect(mayBeClosed(aProcess({ state: 'ended', evidence: 'inferred_absence' }))).toBe(true);
    expect(mayBeClosed(aProcess({ state: 'ended', evidence: 'operator' }))).toBe(false);
  });

  it('ends all its incidents', () => {
    const process = { ...unknown, openIncidents: ['outcome-unknown', 'second-run'] as const };
    const { change } = follows(process, { does: 'close', as: 'ended' });

    expect(change.process).toMatchObject({ state: 'ended', evidence: 'operator', openIncidents: [] });
    expect(change.resolves?.kinds).toEqual(['outcome-unknown', 'second-run']);
  });
});
