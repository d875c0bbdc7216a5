import { describe, expect, it } from '@jest/globals';
import type { HttpRequest } from '../../src/lib/exchange.js';
import { learningExchange } from '../../src/lib/learning-exchange.js';
import { SecretValues } from '../../src/lib/secret-values.js';

const request: HttpRequest = { method: 'POST', url: 'https://portal.example/', headers: {}, body: null };
const limits = { signal: new AbortController().signal };

describe('what passes on the way out', () => {
  it('is known from then on: tokens and cookies that are sent, sessions that are given', async () => {
    const secrets = new SecretValues();
    const setCookie = [
      'SESSION=session-of-a-user-1; path=/; HttpOnly',
      'CSRF=csrf-of-a-session; expires=Wed, 21-Oct-2026',
    ];
    const exchange = learningExchange(
      async () => ({
        status: 200,
        headers: { 'set-cookie': setCookie, 'content-type': 'application/json-and-more' },
        body: '',
      }),
      secrets,
    );
    await exchange(
      { ...request, headers: { authorization: 'Bearer token-of-a-request', cookie: 'A=cookie-of-a-request; B=2' } },
      limits,
    );
    const shown = secrets.hide(
      'token-of-a-request cookie-of-a-request session-of-a-user-1 csrf-of-a-session application/json-and-more 21-Oct-2026',
    );
    expect(shown).toBe('[redacted] [redacted] [redacted] [redacted] application/json-and-more 21-Oct-2026');
  });
});
