import { ask } from '../ask.js';
import type { PlatformTools } from '../platform-kind.js';
import type { Call } from '../platform.js';
import type { Access, Pass } from './access.js';
import type { FormsAuth } from './connection.js';
import { Cookies } from './cookies.js';
import { headersFor } from './creatio.client.js';
import { nativeFault } from './creatio.refusals.js';
import { isOfOperation } from './creatio.wire.js';
import { loginAdvice, loginRefusal } from './login-refusal.js';
import { ourself } from './ourself.js';
import type { Runtime } from './runtime.js';
import { SessionPool } from './session-pool.js';
import { askToSignIn, signInWithoutVerdict, SingleSignIn } from './sign-in.js';

/** So much apart sessions are opened again after an instance has ended them, in milliseconds. */
const growAgainMs = 5000;

/**
 * Cookie sessions of one technical user.
 *
 * An instance on .NET Framework handles the requests of one session one after another, so each session is given one, and
 * more sessions are opened as they are needed. On .NET one session serves all.
 *
 * Source: Academy, "AuthService.svc web service" and "Authentication basics" (cookies, BPMCSRF, ForceUseSession); the
 * lock on a session is inferred from the vendor's default settings; that .NET has none, from request logs.
 */
export class Sessions implements Access {
  readonly #signIn = new SingleSignIn();
  readonly #pool: SessionPool;
  #advice: string | null = null;

  constructor(
    private readonly runtime: Runtime,
    private readonly auth: FormsAuth,
    size: number,
    private readonly tools: Pick<PlatformTools, 'exchange' | 'signInAlone' | 'strange'>,
  ) {
    this.#pool = new SessionPool({
      size: () => (runtime.isNet ? 1 : size),
      each: () => (runtime.isNet ? Number.POSITIVE_INFINITY : 1),
      growAgainMs,
    });
  }

  get advice(): string | null {
    return this.#advice;
  }

  get requestsAtOnce(): number | null {
    return this.runtime.isNet ? null : this.#pool.mostNow;
  }

  signedIn(): boolean {
    return this.#pool.isReady;
  }

  async signIn(call: Call): Promise<void> {
    // Whatever is still here is newer than the request whose session was refused.
    if (this.signedIn()) return;
    const { signInAlone } = this.tools;
    const open = (): Promise<void> => this.#openOne(call);
    return this.#signIn.run(signInAlone ? () => signInAlone(open, call) : open);
  }

  async take(call: Call): Promise<Pass | null> {
    const pool = this.#pool;
    const session = await pool.take(call);
    if (!session) return null;
    const { newest } = pool;
    return {
      headers: (url) => session.cookies.headers(url),
      learn: (url, answer) => session.cookies.learn(url, answer),
      refused: (because) => pool.refused(session, because, newest),
      done: () => pool.giveBack(session),
    };
  }

  async close(call: Call): Promise<void> {
    const sessions = this.#pool.all;
    this.#pool.clear();
    const url = this.#serviceUrl('Logout');
    await Promise.allSettled(
      sessions.map(({ cookies }) =>
        ask(
          this.tools.exchange,
          { method: 'POST', url, headers: { ...jsonHeaders, ...cookies.headers(url) }, body: '{}' },
          call,
        ),
      ),
    );
  }

  async #openOne(call: Call): Promise<void> {
    const { doubted } = this.#pool;
    if (doubted && (await this.#works(doubted.cookies, call))) return this.#pool.trust(doubted);
    this.#pool.add(await this.#login(call));
    if (doubted) this.#pool.drop(doubted);
  }

  /** Whether a session stands and its CSRF token is taken, asked by a read: that costs no sign-in where only another was over. */
  async #works(cookies: Cookies, call: Call): Promise<boolean> {
    const { path, body } = ourself;
    const url = this.runtime.urlOf(path);
    const answer = await askToSignIn(
      this.tools.exchange,
      { url, headers: { ...headersFor(body), ...cookies.headers(url) }, body },
      call,
    );
    cookies.learn(url, answer);
    return answer.status === 200 && isOfOperation(answer.body);
  }

  /** A session with cookies of its own: a sign-in that fails must not touch one that works. */
  async #login(call: Call): Promise<Cookies> {
    const url = this.#serviceUrl('Login');
    const body = JSON.stringify({
      UserName: this.auth.username,
      UserPassword: this.auth.password,
      // Times in answers come in the session's zone; 0 makes it UTC where the user's profile names none.
      TimeZoneOffset: 0,
    });
    const answer = await askToSignIn(this.tools.exchange, { url, headers: jsonHeaders, body }, call);
    const refusal = loginRefusal(answer);
    if (refusal) throw refusal;
    const cookies = new Cookies();
    cookies.learn(url, answer);
    if (cookies.isEmpty(url)) throw signInWithoutVerdict(nativeFault(answer));
    this.#heed(loginAdvice(answer));
    return cookies;
  }

  #heed(advice: string | null): void {
    if (advice !== null && advice !== this.#advice) this.tools.strange?.(advice);
    this.#advice = advice;
  }

  // At the root on both runtimes: the same service under /0 answers 401 on .NET Framework.
  #serviceUrl(operation: 'Login' | 'Logout'): string {
    return `${this.runtime.address}/ServiceModel/AuthService.svc/${operation}`;
  }
}

const jsonHeaders = {
  'content-type': 'application/json; charset=utf-8',
  accept: 'application/json',
  ForceUseSession: 'true',
};
