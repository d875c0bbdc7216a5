import type { HttpAnswer } from '../../lib/exchange.js';
import { Busy, type PlatformError } from '../platform.errors.js';
import { nativeFault } from './creatio.refusals.js';
import { LoginAnswer, parsed } from './creatio.wire.js';
import { credentialsRefused, signInWithoutVerdict } from './sign-in.js';

/**
 * What a person should do, by the code of a refused login. 0 and 2 are no refusals: 2 only recommends a new password.
 *
 * Source: the vendor's login page.
 */
const remedyOfCode: Readonly<Record<number, string>> = {
  1: 'Check user name and password, that the user is active, not locked for a while, and may sign in from this address.',
  3: 'The technical user has no login licence, but may give itself one: sign in as that user and do so.',
  4: 'The technical user has no login licence: let an administrator of the instance give it one.',
  5: 'The password of the technical user has expired: set a new one there, then here.',
};

/** The same by the type of the exception, which says more than the code. Source: the vendor's login page. */
const remedyOfType: Readonly<Record<string, string>> = {
  'Terrasoft.Authentication.TwoFactor.Exceptions.StartAuthFlowException':
    'The technical user is asked for a second factor: exempt it from that, or use OAuth.',
  'Terrasoft.Authentication.TOTP.Exceptions.TotpIsNotEnabledException':
    'The technical user has to set up one-time passwords first: exempt it from that, or use OAuth.',
};

/**
 * What a person should do although the login gave a session; `null`: nothing. A recommended password becomes a required one
 * (Code 5) after a time that is the instance's own.
 */
export function loginAdvice(answer: HttpAnswer): string | null {
  return parsed(LoginAnswer, answer.body)?.Code === 2
    ? 'The instance recommends a new password for the technical user (Code 2): set one there, then here, before it expires.'
    : null;
}

const notHere =
  'The instance takes no password at this address: check the address, and that sign-in by form is allowed.';

/**
 * Why the answer to a login gives no session; `null`: signed in. Messages are localized and not matched.
 */
export function loginRefusal(answer: HttpAnswer): PlatformError | null {
  const login = parsed(LoginAnswer, answer.body);
  if (login) {
    const type = login.Exception?.Type ?? null;
    const native = nativeFault(answer, type ?? `Code ${login.Code}`, login.Message ?? login.Exception?.Message ?? null);
    if (login.Code === 0 || login.Code === 2) return null;
    const remedy = remedyOfCode[login.Code];
    if (remedy === undefined) return signInWithoutVerdict(native);
    return credentialsRefused(native, (type === null ? null : remedyOfType[type]) ?? remedy);
  }
  const native = nativeFault(answer);
  if (answer.status === 401 || answer.status === 403) return credentialsRefused(native, notHere);
  if (answer.status === 404 && answer.body.trim() === '') {
    return new Busy('portal_closed', 'There is no sign-in service at this address', native);
  }
  return signInWithoutVerdict(native);
}
