import type { HttpAnswer } from '../../lib/exchange.js';
import { ask } from '../ask.js';
import { Busy } from '../platform.errors.js';
import type { PlatformTools } from '../platform-kind.js';
import type { Call } from '../platform.js';
import { TokenPair } from './bitrix24.wire.js';
import { secretsOf, type OAuthAuth } from './connection.js';
import { asJson } from './json-of.js';
import { unlessRefused, unreadable } from './verdict.js';

/** Where tokens are renewed, unless the connection says otherwise. Source: b24restdocs settings/oauth/auto-renewal.md */
const defaultTokenUrl = 'https://oauth.bitrix.info/oauth/token/';

/**
 * The pair of tokens of one application at one portal.
 *
 * A refresh token is good for one use, so renewing goes through the house, which lets one replica at a time do it.
 */
export class PortalTokens {
  #auth: OAuthAuth;
  /** The access token that an answer showed to be void. */
  #void: string | null = null;
  readonly #tools: PlatformTools;

  constructor(auth: OAuthAuth, tools: PlatformTools) {
    this.#auth = auth;
    this.#tools = tools;
  }

  get auth(): OAuthAuth {
    return this.#auth;
  }

  /** False: there is no access token, or it was shown to be void. Its age is not asked: the vendor wants renewals on need only. */
  get usable(): boolean {
    return this.#auth.accessToken !== undefined && this.#auth.accessToken !== this.#void;
  }

  forget(): void {
    this.#void = this.#auth.accessToken ?? null;
  }

  /**
   * Renews the pair and has it stored before it is used.
   *
   * @throws Busy('credentials')  there is no refresh token, or the authorization server refuses it
   * @throws InDoubt  no verdict; the refresh token may be used up
   */
  async renew(call: Call): Promise<void> {
    const { refreshToken, clientId, clientSecret, tokenUrl } = this.#auth;
    if (refreshToken === undefined) {
      throw new Busy('credentials', 'The application has no tokens yet; have the connection authorized.');
    }
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: refreshToken,
    });
    let renewed = this.#auth;
    await this.#tools.renewAuth(async (mayWrite) => {
      // By POST, so that the secret is in no address; GET is the documented form, POST was seen to be taken.
      const answer = await ask(
        this.#tools.exchange,
        {
          method: 'POST',
          url: tokenUrl ?? defaultTokenUrl,
          headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
          body: form.toString(),
        },
        { ...call, mayWrite },
      );
      renewed = { ...this.#auth, ...pairIn(answer, secretsOf(this.#auth)) };
      return asJson(renewed);
    });
    this.#auth = renewed;
    this.#void = null;
  }
}

type Pair = Required<Pick<OAuthAuth, 'accessToken' | 'refreshToken'>> & Pick<OAuthAuth, 'expiresAt'>;

function pairIn(answer: HttpAnswer, secrets: readonly string[]): Pair {
  const read = TokenPair.safeParse(unlessRefused(answer, 'token', secrets));
  if (answer.status !== 200 || !read.success) throw unreadable(answer);
  const { access_token: accessToken, refresh_token: refreshToken, expires } = read.data;
  const expiresAt = expires === undefined ? undefined : new Date(expires * 1000).toISOString();
  return { accessToken, refreshToken, expiresAt };
}
