import { randomBytes } from 'node:crypto';
import { simulatedMark, simulatedSecret } from '../../../lib/simulated-secret.js';
import type { SimulatedAnswer, SimulatedRequest } from '../../../lib/simulator.js';
import { html, json } from './answers.js';
import { bodyOf, LoginBody } from './bodies.js';
import { SessionOrders } from './session-orders.js';
import { turnedAway } from './void-session.js';

/** Who signs in to the simulated instance; no secret, it lives on loopback and holds nothing. */
export const sandboxUser = { username: 'Supervisor', password: passwordOf('Supervisor') };

/** Every user with the contact of that user. */
const contactOf: Readonly<Record<string, string>> = {
  Supervisor: '410006e1-ca4e-4502-a9ec-e54d922d2c00',
  Colleague: '76929f8c-7e15-4c64-bdb0-adc62d383727',
};
/** Applications act as this user. */
const applicationContact = contactOf['Supervisor'] ?? '';
export const sandboxClient = { clientId: 'sandbox', clientSecret: 'sandbox-secret' };

interface Session {
  readonly ticket: string;
  csrf: string;
  /** The contact of who signed in. */
  readonly contactId: string;
  workspace: string | null;
  /** The end of the requests that have come in: .NET Framework serves those of one session one after another. */
  tail: Promise<unknown>;
}

/** What the gate says of a request: it may pass, or the answer that turns it away. */
export type Passage =
  | {
      readonly session: Session | null;
      readonly contactId: string;
      readonly headers: Readonly<Record<string, readonly string[]>>;
    }
  | { readonly turnedAway: SimulatedAnswer };

/** Sign-in, sessions, cookies and CSRF of the simulated instance. */
export class Gate {
  readonly orders = new SessionOrders();
  #sessions: Session[] = [];
  readonly #tokens = new Set<string>();

  constructor(private readonly runtime: 'netframework' | 'net') {}

  /** Sign-in: always HTTP 200, the verdict in `Code`. */
  login({ body }: SimulatedRequest): SimulatedAnswer {
    const { UserName, UserPassword } = bodyOf(LoginBody, body);
    const { login, password } = this.orders.now;
    if (login && login.code !== 2) return refusedLogin(login.code, login.type);
    const contactId = Object.hasOwn(contactOf, UserName) ? contactOf[UserName] : undefined;
    if (contactId === undefined || UserPassword !== (password ?? passwordOf(UserName))) {
      return refusedLogin(1, 'System.Security.SecurityException');
    }
    const session: Session = {
      ticket: simulatedSecret(48).toUpperCase(),
      csrf: newToken(),
      contactId,
      workspace: null,
      tail: Promise.resolve(),
    };
    this.#sessions.push(session);
    const charCodes = Array.from(UserName, (letter) => letter.charCodeAt(0)).join('|');
    return {
      ...json(200, { Code: login ? 2 : 0, Message: '', Exception: null, PasswordChangeUrl: null, RedirectUrl: null }),
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'set-cookie': [
          `BPMLOADER=${simulatedSecret(12)}; path=/; HttpOnly; SameSite=Lax`,
          `.ASPXAUTH=${session.ticket}; path=/; HttpOnly; SameSite=Lax`,
          `BPMCSRF=${session.csrf}; path=/; SameSite=Lax`,
          `UserName=${charCodes}; path=/; HttpOnly`,
          'UserType=General; path=/',
        ],
      },
    };
  }

  logout(request: SimulatedRequest): SimulatedAnswer {
    this.end(this.#sessionOf(request));
    return { status: 200, body: '' };
  }

  /** OAuth 2.0 client credentials. */
  token({ body }: SimulatedRequest): SimulatedAnswer {
    const form = new URLSearchParams(body);
    const knows =
      form.get('client_id') === sandboxClient.clientId && form.get('client_secret') === sandboxClient.clientSecret;
    if (!knows) return json(400, { error: 'invalid_client' });
    const token = simulatedSecret(32);
    this.#tokens.add(token);
    return json(200, {
      access_token: token,
      expires_in: 3600,
      token_type: 'Bearer',
      scope: 'ApplicationAccess_sandbox',
    });
  }

  /** Lets a request into the application, or turns it away as the runtime does. */
  pass(request: SimulatedRequest, isService: boolean): Passage {
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (isStart(request) && (this.#tokens.has(bearer) || this.#sessionOf(request))) this.#obey(request, bearer);
    if (this.#tokens.has(bearer)) return { session: null, contactId: applicationContact, headers: {} };
    const session = this.#sessionOf(request);
    if (!session) return { turnedAway: this.ended(request, isService) };
    if (request.method === 'POST' && request.headers['bpmcsrf'] !== session.csrf) {
      return { turnedAway: html(403, 'Forbidden') };
    }
    const { contactId } = session;
    if (session.workspace !== null) return { session, contactId, headers: {} };
    session.workspace = simulatedSecret(12);
    return { session, contactId, headers: { 'set-cookie': [`BPMSESSIONID=${session.workspace}; path=/; HttpOnly`] } };
  }

  /** The session is over, as after a restart of the instance. */
  end(session: Session | null): void {
    this.#sessions = this.#sessions.filter((one) => one !== session);
  }

  /** Ends every session and token at once. */
  endAll(): void {
    this.#sessions = [];
    this.#tokens.clear();
  }

  /** How this runtime turns away a request without a session. */
  ended(request: SimulatedRequest, isService: boolean): SimulatedAnswer {
    return turnedAway(request, { runtime: this.runtime, isService, shape: this.orders.now.shape });
  }

  /** A start has come with a session, or with this token. */
  #obey(request: SimulatedRequest, bearer: string): void {
    const session = this.#sessionOf(request);
    const which = this.orders.startCame();
    if (which === null) return;
    if (which === 'all') this.#tokens.clear();
    this.#tokens.delete(bearer);
    const over = this.#sessions.filter((one) => which === 'all' || one === session);
    if (this.orders.now.shape === 'forbidden') for (const one of over) one.csrf = newToken();
    else for (const one of over) this.end(one);
  }

  #sessionOf({ headers }: SimulatedRequest): Session | null {
    const ticket = /(?:^|;\s*)\.ASPXAUTH=([^;]+)/.exec(headers.cookie ?? '')?.[1];
    return this.#sessions.find((session) => session.ticket === ticket) ?? null;
  }
}

/** As the token looks: it may hold `/` and `+`. */
function newToken(): string {
  return simulatedMark + randomBytes(8).toString('base64').slice(0, 10);
}

/** Not the name itself, which may be shown: `Supervisor-password`. */
function passwordOf(username: string): string {
  return `${username}-password`;
}

function isStart({ url }: SimulatedRequest): boolean {
  return /\/(RunProcess|Execute)$/.test(url.pathname);
}

function refusedLogin(Code: number, Type: string | null): SimulatedAnswer {
  const Message = Code === 1 ? 'Wrong user name or password' : 'The sign-in was refused';
  const Exception = Type === null ? null : { Message, Type };
  return json(200, { Code, Message, Exception, PasswordChangeUrl: null, RedirectUrl: null });
}
