import { Busy } from '../platform.errors.js';
import type { PlatformTools } from '../platform-kind.js';
import type { Call } from '../platform.js';
import type { OAuthAuth } from './connection.js';
import { asJson } from './json-of.js';
import { askTokens, defaultTokenUrl, pairOf } from './token-endpoint.js';

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
    const auth = this.#auth;
    const { refreshToken } = auth;
    if (refreshToken === undefined) {
      throw new Busy('credentials', 'The application has no tokens yet; have the connection authorized.');
    }
    const grant = { grant_type: 'refresh_token', refresh_token: refreshToken };
    const { exchange } = this.#tools;
    let renewed = auth;
    await this.#tools.renewAuth(async (mayWrite) => {
      const tokenUrl = auth.tokenUrl ?? defaultTokenUrl;
      const granted = await askTokens({ auth, tokenUrl, exchange, grant }, { ...call, mayWrite });
      renewed = { ...auth, ...pairOf(granted) };
      return asJson(renewed);
    });
    this.#auth = renewed;
    this.#void = null;
  }
}
