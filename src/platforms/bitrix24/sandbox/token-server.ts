import { simulatedSecret } from '../../../lib/simulated-secret.js';
import type { SimulatedAnswer, SimulatedRequest } from '../../../lib/simulator.js';
import { parseQuery, textOf } from './php-params.js';
import { bodyOf } from './received.js';
import type { SignInSwitches } from './sign-in-switches.js';
import type { PortalState, Tokens } from './state.js';

export const application = {
  clientId: 'local.sandbox.00000001',
  clientSecret: 'sandbox-client-secret',
  memberId: '5a9db0c54b2f4e0e8f5f5b2f7c1d3e77',
} as const;

const scope = 'bizproc,sign.b2e,crm';
const lifeMs = 3_600_000;
const codeLifeMs = 30_000;

/** The authorization server: consent, and tokens that rotate. Source: b24restdocs settings/oauth/auto-renewal.md */
export class TokenServer {
  readonly #state: PortalState;
  readonly #switches: SignInSwitches;
  /** Codes of consents, each for one use, with the time at which they end. */
  readonly #codes = new Map<string, number>();

  constructor(state: PortalState, switches: SignInSwitches) {
    this.#state = state;
    this.#switches = switches;
  }

  /**
   * Consents at once and sends the browser back to the address that the application is registered with, or that
   * `redirect_uri` names. Where there is none it asks for one. Failures are pages too: there is no error redirect.
   */
  authorize(request: SimulatedRequest): SimulatedAnswer {
    const { searchParams } = request.url;
    if (searchParams.get('client_id') !== application.clientId) return page(400, 'Application not found');
    const back = this.#switches.redirectUri ?? searchParams.get('redirect_uri') ?? '';
    if (!URL.canParse(back)) return askedWhere(searchParams);
    const code = simulatedSecret(16);
    this.#codes.set(code, Date.now() + codeLifeMs);
    const location = new URL(back);
    const { host } = new URL(this.#switches.portalUrl(request));
    const parameters = {
      code,
      state: searchParams.get('state') ?? '',
      domain: host,
      member_id: application.memberId,
      scope,
      server_domain: host,
    };
    for (const [name, value] of Object.entries(parameters)) location.searchParams.set(name, value);
    return { status: 302, headers: { location: location.href }, body: '' };
  }

  async token(request: SimulatedRequest): Promise<SimulatedAnswer> {
    const refusal = this.#switches.takeRefusal();
    if (refusal) return json(refusal.status, { error: refusal.error });
    const params = { ...parseQuery(request.url.search.slice(1)), ...bodyOf(request) };
    // An application that is not known is refused with status 200.
    if (textOf(params['client_id']) !== application.clientId) return json(200, { error: 'wrong_client' });
    if (textOf(params['client_secret']) !== application.clientSecret) return json(400, { error: 'invalid_client' });
    const grant = textOf(params['grant_type']);
    if (grant === 'authorization_code') {
      const code = textOf(params['code']);
      const endsAt = this.#codes.get(code) ?? 0;
      this.#codes.delete(code);
      return endsAt > Date.now() ? this.#renewed(request) : json(400, { error: 'invalid_grant' });
    }
    if (grant !== 'refresh_token' || textOf(params['refresh_token']) === '') {
      return json(400, { error: 'invalid_request', error_description: 'No "refresh_token" parameter found' });
    }
    const valid = textOf(params['refresh_token']) === this.#state.tokens.refresh;
    return valid ? this.#renewed(request) : json(400, { error: 'invalid_grant' });
  }

  /** Codes that were given and not used yet end now. */
  endCodes(): void {
    for (const code of this.#codes.keys()) this.#codes.set(code, 0);
  }

  async #renewed(request: SimulatedRequest): Promise<SimulatedAnswer> {
    const pair = newTokens();
    const valid = this.#state.tokens.access.filter(({ expiresAtMs }) => expiresAtMs > Date.now());
    this.#state.tokensChanged({ refresh: pair.refresh, access: [...valid, ...pair.access].slice(-20) });
    await this.#state.saved();
    return json(200, {
      access_token: pair.access[0]?.token,
      client_endpoint: `${this.#switches.portalUrl(request)}/rest/`,
      refresh_token: pair.refresh,
      expires: Math.floor((Date.now() + lifeMs) / 1000),
      expires_in: lifeMs / 1000,
      domain: 'oauth.sandbox',
      member_id: application.memberId,
      scope,
      server_endpoint: `${this.#switches.ownUrl(request)}/rest/`,
      status: 'L',
      user_id: 1,
    });
  }
}

/** A fresh pair. */
export function newTokens(): Tokens {
  const token = simulatedSecret(16);
  return { refresh: simulatedSecret(16), access: [{ token, expiresAtMs: Date.now() + lifeMs }] };
}

function json(status: number, body: object): SimulatedAnswer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) };
}

function page(status: number, text: string): SimulatedAnswer {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body: `<html><body>${text}</body></html>` };
}

/** Whoever tries the sandbox in a browser registers the application's address here. */
function askedWhere(given: URLSearchParams): SimulatedAnswer {
  const kept = ['client_id', 'state'].map(
    (name) => `<input type="hidden" name="${name}" value="${(given.get(name) ?? '').replaceAll(/[^\w.-]/g, '')}">`,
  );
  return page(
    200,
    `<form action="/oauth/authorize/">${kept.join('')}
<p>The application is registered with no address yet. Where does the gateway listen?</p>
<input name="redirect_uri" size="60" value="http://127.0.0.1:3000/v1/oauth/callback"><button>Consent</button></form>`,
  );
}
