import { AccessTokens } from './access-tokens.js';
import type { KnownCaller, KnownCallers } from './known-callers.js';

/** Who is behind what stands after `Bearer`: an API key, or an access token where an issuer is trusted. */
export class Bearers {
  /** @param tokens  `null`: no issuer is trusted, so a token is a key that nobody has */
  constructor(
    private readonly callers: KnownCallers,
    private readonly tokens: AccessTokens | null,
  ) {}

  /** `null`: nobody. @throws TokenRefused, IssuerKeysUnreadable */
  async behind(bearer: string): Promise<KnownCaller | null> {
    if (this.tokens && AccessTokens.haveForm(bearer)) return this.tokens.behind(bearer);
    return this.callers.behind(bearer);
  }
}
