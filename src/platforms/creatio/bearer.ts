import type { Exchange } from '../../lib/exchange.js';
import type { Call } from '../platform.js';
import type { Access, Pass } from './access.js';
import type { OAuthAuth } from './connection.js';
import { nativeFault } from './creatio.refusals.js';
import { askToSignIn, credentialsRefused, SingleSignIn, signInWithoutVerdict } from './sign-in.js';
import { parsed, TokenAnswer, TokenRefusal } from './creatio.wire.js';

const remedy = 'Check client id, client secret and token address of the application.';
/** Seconds by which a token is given up before its end, so that it does not end on its way. */
const marginSeconds = 60;
const usualLifeSeconds = 3600;

/**
 * Access by OAuth 2.0 client credentials: a bearer token, no cookies, no CSRF token.
 *
 * Source: Academy, Identity Service pages. Error codes are those of RFC 6749; that the vendor sends them is inferred.
 */
export class Bearer implements Access {
  readonly requestsAtOnce = null;
  readonly advice = null;
  readonly #signIn = new SingleSignIn();
  #token: { readonly text: string; readonly endsAtMs: number; readonly number: number } | null = null;
  #issued = 0;

  constructor(
    private readonly auth: OAuthAuth,
    private readonly exchange: Exchange,
    private readonly now: () => number = Date.now,
  ) {}

  signedIn(): boolean {
    return this.#token !== null && this.now() < this.#token.endsAtMs;
  }

  async signIn(call: Call): Promise<void> {
    if (this.signedIn()) return;
    return this.#signIn.run(() => this.#fetch(call));
  }

  async take(): Promise<Pass | null> {
    const token = this.#token;
    if (!token || !this.signedIn()) return null;
    return {
      headers: () => ({ authorization: `Bearer ${token.text}` }),
      learn: () => undefined,
      refused: () => {
        if (this.#token?.number === token.number) this.#token = null;
      },
      done: () => undefined,
    };
  }

  async close(): Promise<void> {
    this.#token = null;
  }

  async #fetch(call: Call): Promise<void> {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: this.auth.clientId,
      client_secret: this.auth.clientSecret,
    }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
    const answer = await askToSignIn(this.exchange, { url: this.auth.tokenUrl, headers, body }, call);
    const token = answer.status === 200 ? parsed(TokenAnswer, answer.body) : null;
    if (!token) {
      const refusal = parsed(TokenRefusal, answer.body);
      const native = nativeFault(answer, refusal?.error ?? null, refusal?.error_description ?? null);
      const refused = refusal !== null && (answer.status === 400 || answer.status === 401);
      throw refused ? credentialsRefused(native, remedy) : signInWithoutVerdict(native);
    }
    const lifeSeconds = token.expires_in ?? usualLifeSeconds;
    // One that lives for a minute or less would never be used otherwise.
    const usedMs = (lifeSeconds - Math.min(marginSeconds, lifeSeconds / 2)) * 1000;
    this.#token = { text: token.access_token, endsAtMs: this.now() + usedMs, number: ++this.#issued };
  }
}
