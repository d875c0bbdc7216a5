import { randomBytes } from 'node:crypto';
import type { SimulatedAnswer, SimulatedRequest } from '../../../lib/simulator.js';
import { parseQuery, textOf } from './php-params.js';
import { bodyOf } from './received.js';
import type { PortalState, Tokens } from './state.js';

export const application = {
  clientId: 'local.sandbox.00000001',
  clientSecret: 'sandbox-client-secret',
  memberId: '5a9db0c54b2f4e0e8f5f5b2f7c1d3e77',
} as const;

const lifeMs = 3_600_000;
const codeLifeMs = 30_000;

/** The authorization server: consent, and tokens that rotate. Source: b24restdocs settings/oauth/auto-renewal.md */
export class TokenServer {
  readonly #state: PortalState;
  /** Codes of consents, each for one use, with the time at which they end. */
  readonly #codes = new Map<string, number>();

  constructor(state: PortalState) {
    this.#state = state;
  }

  /** Consents at once and sends the browser back. The real portal knows the address; here it is in `redirect_uri`. */
  authorize({ url }: SimulatedRequest): SimulatedAnswer {
    const back = url.searchParams.get('redirect_uri') ?? '';
    if (!URL.canParse(back)) return json(400, { error: 'invalid_request', error_description: 'No redirect_uri' });
    const code = randomBytes(16).toString('hex');
    this.#codes.set(code, Date.now() + codeLifeMs);
    const location = new URL(back);
    const parameters = {
      code,
      state: url.searchParams.get('state') ?? '',
      domain: 'sandbox',
      member_id: application.memberId,
    };
    for (const [name, value] of Object.entries(parameters)) location.searchParams.set(name, value);
    return { status: 302, headers: { location: location.href }, body: '' };
  }

  async token(request: SimulatedRequest): Promise<SimulatedAnswer> {
    const params = { ...parseQuery(request.url.search.slice(1)), ...bodyOf(request) };
    // An application that is not known is refused with status 200.
    if (textOf(params['client_id']) !== application.clientId) return json(200, { error: 'wrong_client' });
    if (textOf(params['client_secret']) !== application.clientSecret) return json(400, { error: 'invalid_client' });
    const grant = textOf(params['grant_type']);
    if (grant === 'authorization_code') {
      const code = textOf(params['code']);
      const endsAt = this.#codes.get(code) ?? 0;
      this.#codes.delete(code);
      return endsAt > Date.now() ? this.#renewed() : json(400, { error: 'invalid_grant' });
    }
    if (grant !== 'refresh_token' || textOf(params['refresh_token']) === '') {
      return json(400, { error: 'invalid_request', error_description: 'No "refresh_token" parameter found' });
    }
    const valid = textOf(params['refresh_token']) === this.#state.tokens.refresh;
    return valid ? this.#renewed() : json(400, { error: 'invalid_grant' });
  }

  async #renewed(): Promise<SimulatedAnswer> {
    const pair = newTokens();
    const valid = this.#state.tokens.access.filter(({ expiresAtMs }) => expiresAtMs > Date.now());
    this.#state.tokensChanged({ refresh: pair.refresh, access: [...valid, ...pair.access].slice(-20) });
    await this.#state.saved();
    return json(200, {
      access_token: pair.access[0]?.token,
      refresh_token: pair.refresh,
      expires: Math.floor((Date.now() + lifeMs) / 1000),
      expires_in: lifeMs / 1000,
      domain: 'oauth.sandbox',
      member_id: application.memberId,
      scope: 'bizproc,sign.b2e,crm',
      status: 'L',
      user_id: 1,
    });
  }
}

/** A fresh pair. */
export function newTokens(): Tokens {
  const token = randomBytes(16).toString('hex');
  return { refresh: randomBytes(16).toString('hex'), access: [{ token, expiresAtMs: Date.now() + lifeMs }] };
}

function json(status: number, body: object): SimulatedAnswer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) };
}
