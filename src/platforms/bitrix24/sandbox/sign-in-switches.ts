import { z } from 'zod';
import type { SimulatedAnswer, SimulatedRequest } from '../../../lib/simulator.js';
import { parseJsonObject } from './php-params.js';
import type { PortalState } from './state.js';

const Moved = z.strictObject({
  /** The portal's new address; `null`: it is back. */
  to: z.url().nullable(),
  /** A path that the redirect names instead of the request's own. */
  path: z.string().startsWith('/').optional(),
});

const SignIn = z.strictObject({
  /** The address that the application is registered with. */
  redirectUri: z.url().nullable().optional(),
  /** The next requests for tokens (all, without `next`) are refused so; `null`: none any more. */
  refuse: z
    .strictObject({
      error: z.string(),
      status: z.int().min(200).max(599),
      next: z.int().positive().optional(),
    })
    .nullable()
    .optional(),
  /** Every access token that was given is over. */
  expireTokens: z.literal(true).optional(),
  /** Every access token is unknown from now on. */
  voidTokens: z.literal(true).optional(),
  /** Codes of consents that nobody has used yet are over. */
  expireCodes: z.literal(true).optional(),
});

/** What the simulated portal and its authorization server are told about sign-ins and addresses. */
export class SignInSwitches {
  redirectUri: string | null = null;
  #refusal: { readonly error: string; readonly status: number; left: number } | null = null;
  #moved: z.infer<typeof Moved> | null = null;

  constructor(
    private readonly state: PortalState,
    private readonly scheme: 'http' | 'https',
  ) {}

  /** Turns what `/_sandbox/moved` or `/_sandbox/oauth` says. @returns what was said. @throws ZodError */
  turn(name: 'moved' | 'oauth', text: string, endCodes: () => void): object {
    const body = parseJsonObject(text);
    if (name === 'moved') {
      const moved = Moved.parse(body);
      this.#moved = moved.to === null ? null : moved;
      return moved;
    }
    const said = SignIn.parse(body);
    if (said.redirectUri !== undefined) this.redirectUri = said.redirectUri;
    if (said.refuse !== undefined) {
      this.#refusal = said.refuse && { ...said.refuse, left: said.refuse.next ?? Number.POSITIVE_INFINITY };
    }
    const { tokens } = this.state;
    if (said.expireTokens) {
      this.state.tokensChanged({ ...tokens, access: tokens.access.map((one) => ({ ...one, expiresAtMs: 0 })) });
    }
    if (said.voidTokens) this.state.tokensChanged({ ...tokens, access: [] });
    if (said.expireCodes) endCodes();
    return said;
  }

  takeRefusal(): { readonly error: string; readonly status: number } | null {
    const refusal = this.#refusal;
    if (!refusal || refusal.left === 0) return null;
    refusal.left -= 1;
    return refusal;
  }

  /** What a portal that has moved answers at its old address. Source: settings/how-to-call-rest-api/change-domen.md */
  redirected({ url, headers }: SimulatedRequest): SimulatedAnswer | null {
    const moved = this.#moved;
    if (!moved?.to || headers.host === new URL(moved.to).host) return null;
    const location = new URL((moved.path ?? url.pathname) + url.search, moved.to).href;
    return { status: 302, headers: { 'content-type': 'text/html', location }, body: '<html>Moved</html>' };
  }

  /** Where the portal is now, e.g. `https://portal.example`. */
  portalUrl(request: SimulatedRequest): string {
    return this.#moved?.to ? new URL(this.#moved.to).origin : this.ownUrl(request);
  }

  /** The address that a request came to. */
  ownUrl({ headers }: SimulatedRequest): string {
    return `${this.scheme}://${headers.host ?? 'sandbox'}`;
  }
}
