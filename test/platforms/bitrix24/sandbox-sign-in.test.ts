import { describe, expect, it } from '@jest/globals';
import { application } from '../../../src/platforms/bitrix24/sandbox/token-server.js';
import { withSandbox } from './open-sandbox.js';

const { clientId, clientSecret } = application;
const back = 'https://gateway.example/v1/oauth/callback';

interface Told {
  readonly status: number;
  readonly body: Readonly<Partial<Record<'error' | 'access_token' | 'refresh_token' | 'client_endpoint', string>>>;
}

async function asked(url: string, grant: Readonly<Record<string, string>>): Promise<Told> {
  const body = new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...grant });
  const answer = await fetch(`${url}/oauth/token/`, { method: 'POST', body });
  return { status: answer.status, body: Object(await answer.json()) };
}

async function codeOf(url: string): Promise<string> {
  const consent = `${url}/oauth/authorize/?client_id=${clientId}&state=s-1`;
  const answer = await fetch(consent, { redirect: 'manual' });
  const to = new URL(answer.headers.get('location') ?? '');
  expect(to.origin + to.pathname).toBe(back);
  expect(to.searchParams.get('state')).toBe('s-1');
  expect(to.searchParams.get('member_id')).toBe(application.memberId);
  return to.searchParams.get('code') ?? '';
}

const byCode = (code: string) => ({ grant_type: 'authorization_code', code });
const byRefresh = (refresh_token = '') => ({ grant_type: 'refresh_token', refresh_token });

describe('the authorization server of the sandbox', () => {
  it('gives a pair for a code, once', () =>
    withSandbox(async ({ sandbox: { url }, control }) => {
      await control('oauth', { redirectUri: back });
      const code = await codeOf(url);

      expect(await asked(url, byCode(code))).toMatchObject({ status: 200, body: { client_endpoint: `${url}/rest/` } });
      expect(await asked(url, byCode(code))).toEqual({ status: 400, body: { error: 'invalid_grant' } });
    }));

  it('takes no code that is over', () =>
    withSandbox(async ({ sandbox: { url }, control }) => {
      await control('oauth', { redirectUri: back });
      const code = await codeOf(url);
      await control('oauth', { expireCodes: true });
      expect(await asked(url, byCode(code))).toEqual({ status: 400, body: { error: 'invalid_grant' } });
    }));

  it('asks where to go back to, where the application has no address', () =>
    withSandbox(async ({ sandbox: { url } }) => {
      const answer = await fetch(`${url}/oauth/authorize/?client_id=${clientId}&state=%22%3E%3Cscript%3E`);
      const page = await answer.text();
      expect(answer.status).toBe(200);
      expect(page).toContain('name="redirect_uri"');
      expect(page).not.toContain('<script');
    }));

  it('shows no consent for another application', () =>
    withSandbox(async ({ sandbox: { url } }) => {
      expect((await fetch(`${url}/oauth/authorize/?client_id=other&state=s`, { redirect: 'manual' })).status).toBe(400);
    }));

  it('rotates: a refresh token is good once', () =>
    withSandbox(async ({ sandbox: { url }, control }) => {
      await control('oauth', { redirectUri: back });
      const first = await asked(url, byCode(await codeOf(url)));
      const second = await asked(url, byRefresh(first.body.refresh_token));

      expect(second.status).toBe(200);
      expect(second.body.refresh_token).not.toBe(first.body.refresh_token);
      expect(await asked(url, byRefresh(first.body.refresh_token))).toEqual({
        status: 400,
        body: { error: 'invalid_grant' },
      });
    }));

  it.each([
    ['an application that is unknown', { client_id: 'other' }, 200, 'wrong_client'],
    ['a wrong secret', { client_secret: 'other' }, 400, 'invalid_client'],
    ['nothing to renew', {}, 400, 'invalid_request'],
  ])('refuses %s as the real one does', (_, grant, status, error) =>
    withSandbox(async ({ sandbox: { url } }) => {
      expect(await asked(url, { grant_type: 'refresh_token', ...grant })).toMatchObject({ status, body: { error } });
    }),
  );

  it('refuses as it is told, for as long as it is told', () =>
    withSandbox(async ({ sandbox: { url }, control }) => {
      await control('oauth', { redirectUri: back, refuse: { error: 'NOT_INSTALLED', status: 401, next: 1 } });
      const code = await codeOf(url);
      expect(await asked(url, byCode(code))).toEqual({ status: 401, body: { error: 'NOT_INSTALLED' } });
      expect((await asked(url, byCode(code))).status).toBe(200);
    }));

  it('refuses an order that it does not know', () =>
    withSandbox(async ({ control }) => {
      expect((await control('oauth', { expire: true })).status).toBe(422);
      expect((await control('moved', { to: 'nowhere' })).status).toBe(422);
    }));
});

describe('the portal of the sandbox', () => {
  it('finds tokens over or unknown as it is told', () =>
    withSandbox(async ({ sandbox: { url, connections }, control }) => {
      const { accessToken } = Object(connections[1]?.fields['auth']);
      const errorOf = async (): Promise<unknown> => {
        const headers = { authorization: `Bearer ${accessToken}` };
        return Object(await (await fetch(`${url}/rest/profile.json`, { headers })).json()).error;
      };

      expect(await errorOf()).toBeUndefined();
      await control('oauth', { expireTokens: true });
      expect(await errorOf()).toBe('expired_token');
      await control('oauth', { voidTokens: true });
      expect(await errorOf()).toBe('invalid_token');
    }));

  it('answers 302 at every host but the new one once it has moved', () =>
    withSandbox(async ({ sandbox: { url }, control, requests }) => {
      const path = '/rest/1/sandboxwebhook01/profile.json';
      await control('moved', { to: 'https://new.example' });
      const answer = await fetch(url + path, { redirect: 'manual' });

      expect([answer.status, answer.headers.get('location')]).toEqual([302, `https://new.example${path}`]);
      expect(await requests()).toMatchObject([{ method: 'profile', executed: false, status: 302 }]);

      await control('moved', { to: null });
      expect((await fetch(url + path)).status).toBe(200);
    }));
});
