import {
  Busy,
  InDoubt,
  PlatformError,
  Refused,
  Unreached,
  type NativeFault,
} from '../../src/platforms/platform.errors.js';
import { attemptRecord, verdictOf, type Verdict } from '../../src/dispatch/verdict.js';

const fault: NativeFault = { code: 'SOME', message: 'As the portal said it', httpStatus: 400 };

/** A kind that somebody adds later and forgets here. */
class AddedLater extends PlatformError {
  override readonly name = 'AddedLater';
  // Even one that says so itself: only what is known to mean "nothing ran" may be sent again.
  readonly executed = 'no';
}

function verdict(error: unknown, signedInAnew = false): Verdict<never> {
  return verdictOf<never>({ error }, signedInAnew);
}

describe('an attempt whose answer was lost', () => {
  it.each([
    ['a lost answer', new InDoubt('The socket closed', fault)],
    ['an error of a kind that is added later', new AddedLater('New', fault)],
  ])('may have happened: %s', (_, error) => {
    expect(verdict(error)).toEqual({ is: 'unknown', fault, message: error.message });
  });

  it.each([
    ['a mistake of ours', new TypeError('x is not a function')],
    ['a call that ran out of time', new DOMException('The operation timed out', 'TimeoutError')],
    ['something that is no error at all', 'thrown text'],
    ['nothing', undefined],
  ])('may have happened: %s, whose words are not for callers', (_, error) => {
    expect(verdict(error)).toEqual({ is: 'unknown', fault: null, message: 'The gateway failed while it was sending' });
  });

  it.each([new InDoubt('cut'), new TypeError('ours')])('may have happened also after signing in anew', (error) => {
    expect(verdict(error, true).is).toBe('unknown');
  });
});

describe('an answer', () => {
  it('is accepted as it is, also one that says no', () => {
    expect(verdictOf({ answer: false }, false)).toEqual({ is: 'accepted', answer: false });
    expect(verdictOf({ answer: undefined }, false)).toEqual({ is: 'accepted', answer: undefined });
  });
});

describe('a refusal', () => {
  it.each(['rejected', 'permission', 'not_found', 'plan', 'capability'] as const)('is final: %s', (because) => {
    const error = new Refused(because, 'No', fault);

    expect(verdict(error)).toEqual({ is: 'refused', error });
  });
});

describe('what did not run', () => {
  it('goes again where no connection was made', () => {
    const error = new Unreached('Refused to connect');

    expect(verdict(error)).toEqual({
      is: 'again',
      class: 'not_sent',
      because: 'unreached',
      retryAfterMs: null,
      error,
    });
  });

  it.each(['limit', 'sign_in', 'credentials', 'portal_closed'] as const)(
    'goes again where the portal turned it away: %s',
    (because) => {
      const error = new Busy(because, 'Not now', fault, 30_000);

      expect(verdict(error)).toEqual({
        is: 'again',
        class: 'refused_before_execution',
        because,
        retryAfterMs: 30_000,
        error,
      });
    },
  );
});

describe('a session that is refused although it is new', () => {
  it('shows that the credentials are worth nothing', () => {
    const error = new Busy('sign_in', 'Expired', { ...fault, httpStatus: 401 });

    expect(verdict(error, true)).toMatchObject({ is: 'again', because: 'credentials', retryAfterMs: null });
  });

  it('shows a missing right where the portal says 403', () => {
    const native = { ...fault, httpStatus: 403 };

    expect(verdict(new Busy('sign_in', 'Forbidden', native), true)).toMatchObject({
      is: 'refused',
      error: { because: 'permission', native },
    });
  });

  it('shows nothing where no session was left to send with', () => {
    expect(verdict(new Busy('sign_in', 'There is no session yet'), true)).toMatchObject({
      is: 'again',
      class: 'not_sent',
      because: 'sign_in',
    });
  });

  it.each(['limit', 'portal_closed'] as const)('leaves %s what it is', (because) => {
    expect(verdict(new Busy(because, 'Not now'), true)).toMatchObject({ is: 'again', because });
  });
});

describe('the row of an attempt', () => {
  const accepted = { class: 'accepted', nativeId: '77' } as const;

  it.each<[string, Verdict<unknown>, object]>([
    [
      'accepted',
      { is: 'accepted', answer: null },
      { class: 'accepted', nativeId: '77', nativeFault: null, message: null },
    ],
    ['unsent', verdict(new Unreached('No way')), { class: 'not_sent', nativeId: null, message: 'No way' }],
    [
      'turned away',
      verdict(new Busy('limit', 'Later', fault)),
      { class: 'refused_before_execution', nativeId: null, nativeFault: fault, message: 'Later' },
    ],
    [
      'refused',
      verdict(new Refused('rejected', 'No', fault)),
      { class: 'refused', nativeId: null, nativeFault: fault },
    ],
    [
      'unknown',
      verdict(new InDoubt('Cut', fault)),
      { class: 'unknown', nativeId: null, nativeFault: fault, message: 'Cut' },
    ],
  ])('keeps that it was %s', (_, given, row) => {
    expect(attemptRecord('id', given, accepted)).toMatchObject({ id: 'id', ...row });
  });
});
