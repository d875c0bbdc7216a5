import { CookieJar } from 'tough-cookie';
import type { Exchange, HttpAnswer } from '../../lib/exchange.js';
import { ask } from '../ask.js';
import type { Call } from '../platform.js';
import { Busy, type PlatformError } from '../platform.errors.js';
import type { Access, Pass } from './access.js';
import type { FormsAuth } from './connection.js';
import { nativeFault } from './creatio.refusals.js';
import { askToSignIn, credentialsRefused, SingleSignIn, signInWithoutVerdict } from './sign-in.js';
import { LoginAnswer, parsed } from './creatio.wire.js';

interface Session {
  readonly jar: CookieJar;
  /** Sessions are numbered in the order of their sign-in. */
  readonly number: number;
  inFlight: number;
}

/**
 * Cookie sessions of one technical user.
 *
 * An instance on .NET Framework handles the requests of one session one after another, so a busy pool asks for one more
 * session, up to its size; beyond that requests share, and the instance lines them up.
 *
 * Source: Academy, "AuthService.svc web service" and "Authentication basics" (cookies, BPMCSRF, ForceUseSession); the
 * lock on a session is inferred from the vendor's default settings.
 */
export class Sessions implements Access {
  readonly #signIn = new SingleSignIn();
  #open: Session[] = [];
  #signedInTimes = 0;

  /** @param address  of the instance, without a trailing slash */
  constructor(
    private readonly address: string,
    private readonly auth: FormsAuth,
    private readonly size: number,
    private readonly exchange: Exchange,
  ) {}

  signedIn(): boolean {
    return this.#open.length >= this.size || this.#open.some(({ inFlight }) => inFlight === 0);
  }

  async signIn(call: Call): Promise<void> {
    // Whatever is still here is newer than the request whose session was refused.
    if (this.signedIn()) return;
    return this.#signIn.run(() => this.#openOne(call));
  }

  take(): Pass | null {
    const session = this.#open.toSorted((one, other) => one.inFlight - other.inFlight)[0];
    if (!session) return null;
    session.inFlight += 1;
    const newest = this.#signedInTimes;
    return {
      headers: (url) => headersOf(session.jar, url),
      learn: (url, answer) => feed(session.jar, url, answer),
      // A restart of the instance ends every session at once; one that was opened after this request left is not meant.
      refused: () => (this.#open = this.#open.filter(({ number }) => number > newest)),
      done: () => (session.inFlight -= 1),
    };
  }

  async close(call: Call): Promise<void> {
    const sessions = this.#open;
    this.#open = [];
    const url = `${this.address}/ServiceModel/AuthService.svc/Logout`;
    await Promise.allSettled(
      sessions.map(({ jar }) =>
        ask(this.exchange, { method: 'POST', url, headers: headersOf(jar, url), body: '{}' }, call),
      ),
    );
  }

  async #openOne(call: Call): Promise<void> {
    // The jar is filled aside: a failed sign-in must not touch a session that works.
    const jar = new CookieJar(undefined, { looseMode: true, rejectPublicSuffixes: false });
    // At the root on both runtimes: the same service under /0 answers 401 on .NET Framework.
    const url = `${this.address}/ServiceModel/AuthService.svc/Login`;
    const body = JSON.stringify({
      UserName: this.auth.username,
      UserPassword: this.auth.password,
      // Times in answers come in the session's zone; 0 makes it UTC where the user's profile names none.
      TimeZoneOffset: 0,
    });
    const answer = await askToSignIn(this.exchange, { url, headers: jsonHeaders, body }, call);
    const refusal = loginRefusal(answer);
    if (refusal) throw refusal;
    feed(jar, url, answer);
    this.#open.push({ jar, number: ++this.#signedInTimes, inFlight: 0 });
  }
}

const jsonHeaders = {
  'content-type': 'application/json; charset=utf-8',
  accept: 'application/json',
  ForceUseSession: 'true',
};

/**
 * Why the answer to a login gives no session; `null`: signed in.
 *
 * Code 2 only recommends a new password. 1 is a refusal of any kind, 3 and 4 want a licence, 5 a new password. Messages
 * are localized and not matched.
 *
 * Source: the vendor's login page.
 */
export function loginRefusal(answer: HttpAnswer): PlatformError | null {
  const login = parsed(LoginAnswer, answer.body);
  if (login) {
    const native = nativeFault(answer, login.Exception?.Type ?? `Code ${login.Code}`, login.Message ?? null);
    if (login.Code === 0 || login.Code === 2) return null;
    return login.Code >= 1 && login.Code <= 5 ? credentialsRefused(native) : signInWithoutVerdict(native);
  }
  const native = nativeFault(answer);
  if (answer.status === 401 || answer.status === 403) return credentialsRefused(native);
  if (answer.status === 404 && answer.body.trim() === '') {
    return new Busy('portal_closed', 'There is no sign-in service at this address', native);
  }
  return signInWithoutVerdict(native);
}

function headersOf(jar: CookieJar, url: string): Record<string, string> {
  // The token must equal the cookie byte for byte, and some builds may ask for it on a GET too.
  const token = jar.getCookiesSync(url).find(({ key }) => key === 'BPMCSRF');
  return { cookie: jar.getCookieStringSync(url), ...(token ? { BPMCSRF: token.value } : {}) };
}

function feed(jar: CookieJar, url: string, { headers }: HttpAnswer): void {
  const cookies = headers['set-cookie'] ?? [];
  for (const cookie of typeof cookies === 'string' ? [cookies] : cookies)
    jar.setCookieSync(cookie, url, { ignoreError: true });
}
