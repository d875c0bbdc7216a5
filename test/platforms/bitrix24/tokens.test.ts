import { describe, expect, it } from '@jest/globals';
import type { HttpAnswer } from '../../../src/lib/exchange.js';
import type { JsonObject } from '../../../src/lib/json.js';
import { bitrix24 } from '../../../src/platforms/bitrix24/bitrix24.platform.js';
import type { Platform } from '../../../src/platforms/platform.js';
import { answer, oauthAuth } from './answering.js';
import { command, orderOf, read, withSandbox } from './open-sandbox.js';

const renewed = answer(200, { access_token: 'new-access', refresh_token: 'new-refresh', expires: 1780319382 });

/** An application whose authorization server gives one answer, and what happened in which order. */
function applicationWith(told: HttpAnswer, happened: string[] = [], auth: JsonObject = oauthAuth): Platform {
  return bitrix24.open(
    { key: 'p', baseUrl: 'https://p.example', auth, settings: { runIds: 'off' } },
    {
      exchange: async ({ url, headers, body }) => {
        happened.push(`${url} ${headers['authorization'] ?? ''} ${url.includes('token') ? body : ''}`.trim());
        return url.includes('token') ? told : answer(200, { result: 'a1' });
      },
      spent: () => undefined,
      renewAuth: async (renew) => void happened.push(`stored ${JSON.stringify(await renew(() => true))}`),
    },
  );
}

describe('the tokens of an application', () => {
  it('are renewed where a token is void, stored, and only then used', async () => {
    const happened: string[] = [];
    const app = applicationWith(renewed, happened);
    expect(app.signedIn?.()).toBe(true);
    app.signedOut?.();
    expect(app.signedIn?.()).toBe(false);

    await app.signIn?.(read());
    await app.start(orderOf('1', { runId: null }), command());

    expect(app.signedIn?.()).toBe(true);
    expect(happened).toEqual([
      'https://oauth.bitrix.info/oauth/token/  grant_type=refresh_token&client_id=local.1&client_secret=canary-of-the-client&refresh_token=canary-of-the-refresh-token'.replace(
        '  ',
        '  ',
      ),
      `stored ${JSON.stringify({ ...oauthAuth, accessToken: 'new-access', refreshToken: 'new-refresh', expiresAt: '2026-06-01T13:09:42.000Z' })}`,
      'https://p.example/rest/bizproc.workflow.start.json Bearer new-access',
    ]);
  });

  it('are not used when they could not be stored', async () => {
    const happened: string[] = [];
    const app = bitrix24.open(
      { key: 'p', baseUrl: 'https://p.example', auth: oauthAuth, settings: { runIds: 'off' } },
      {
        exchange: async ({ headers }) => {
          happened.push(headers['authorization'] ?? 'token');
          return renewed;
        },
        spent: () => undefined,
        renewAuth: async (renew) => {
          await renew(() => true);
          throw new Error('The database is gone');
        },
      },
    );
    app.signedOut?.();

    await expect(app.signIn?.(read())).rejects.toThrow('The database is gone');
    expect(app.signedIn?.()).toBe(false);
    expect(happened).toEqual(['token']);
  });

  it.each([
    ['invalid_grant', answer(400, { error: 'invalid_grant' }), { name: 'Busy', because: 'credentials' }],
    ['invalid_client', answer(401, { error: 'invalid_client' }), { name: 'Busy', because: 'credentials' }],
    ['wrong_client with 200', answer(200, { error: 'wrong_client' }), { name: 'Busy', because: 'credentials' }],
    ['NOT_INSTALLED', answer(401, { error: 'NOT_INSTALLED' }), { name: 'Busy', because: 'credentials' }],
    ['PAYMENT_REQUIRED', answer(403, { error: 'PAYMENT_REQUIRED' }), { name: 'Busy', because: 'portal_closed' }],
    ['an unlisted code', answer(400, { error: 'invalid_request' }), { name: 'InDoubt' }],
    ['a code that refuses starts', answer(403, { error: 'insufficient_scope' }), { name: 'InDoubt' }],
    ['a page', answer(502, '<html></html>'), { name: 'InDoubt' }],
    ['half a pair', answer(200, { access_token: 'a' }), { name: 'InDoubt' }],
  ])('are not renewed by %s', async (_, told, error) => {
    const app = applicationWith(told);
    app.signedOut?.();

    const failure: unknown = await app.signIn?.(read()).catch((thrown: unknown) => thrown);

    expect(failure).toMatchObject(error);
    expect(String(failure) + JSON.stringify(failure)).not.toContain('canary');
    expect(app.signedIn?.()).toBe(false);
  });

  it('wait for a consent where there are none', async () => {
    const { clientId, clientSecret, type } = oauthAuth;
    const app = applicationWith(renewed, [], { clientId, clientSecret, type });

    expect(app.signedIn?.()).toBe(false);
    await expect(app.signIn?.(read())).rejects.toMatchObject({ because: 'credentials' });
  });
});

describe('a token that a simulated portal voids at a start', () => {
  it('is renewed, and the start passes once at its second try', () =>
    withSandbox(async ({ open, runs, stored }) => {
      const app = open('-app');
      const order = orderOf('11');

      await expect(app.start(order, command())).rejects.toMatchObject({ name: 'Busy', because: 'sign_in' });
      app.signedOut?.();
      await app.signIn?.(read());
      await app.start(order, command());

      expect(await runs()).toHaveLength(1);
      expect(stored).toHaveLength(1);
    }));

  it('leaves a refresh token that was used before worthless', () =>
    withSandbox(async ({ open }) => {
      const [one, other] = [open('-app'), open('-app')];
      await one.signIn?.(read());

      await expect(other.signIn?.(read())).rejects.toMatchObject({ because: 'credentials' });
    }));
});
