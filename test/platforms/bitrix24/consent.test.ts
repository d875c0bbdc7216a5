import { describe, expect, it } from '@jest/globals';
import { AnswerLost, type HttpAnswer, type HttpRequest } from '../../../src/lib/exchange.js';
import type { JsonObject } from '../../../src/lib/json.js';
import { bitrix24 } from '../../../src/platforms/bitrix24/bitrix24.platform.js';
import type { Consent, ConnectionSettings } from '../../../src/platforms/platform-kind.js';
import { answer, oauthAuth } from './answering.js';
import { command } from './open-sandbox.js';

const memberId = 'a223c6b3710f85df22e9377d6c4f7553';
const { type, clientId, clientSecret } = oauthAuth;
const application = { type, clientId, clientSecret };

const granted = {
  access_token: 'canary-new-access',
  refresh_token: 'canary-new-refresh',
  expires_in: 3600,
  client_endpoint: 'https://portal.example/rest/',
  server_endpoint: 'https://oauth.bitrix24.tech/rest/',
  member_id: memberId,
};

function consent(): Consent {
  if (!bitrix24.consent) throw new Error('Bitrix24 asks for consent');
  return bitrix24.consent;
}

function portal(auth: JsonObject = application): ConnectionSettings {
  return { key: 'p', baseUrl: 'https://portal.example', auth, settings: { runIds: 'match' } };
}

/** What a consent gives where the authorization server answers so; `sent` collects what it was asked. */
async function redeemed(
  told: HttpAnswer,
  {
    auth = application,
    parameters = {},
    sent = [],
  }: { auth?: JsonObject; parameters?: Readonly<Record<string, string>>; sent?: HttpRequest[] } = {},
): Promise<JsonObject> {
  const given = new Map(Object.entries({ code: 'canary-code', ...parameters }));
  const exchange = async (request: HttpRequest): Promise<HttpAnswer> => {
    sent.push(request);
    return told;
  };
  return consent().redeem({ connection: portal(auth), parameters: given }, exchange, command());
}

describe('the address of a consent', () => {
  it('is that of the portal, with the application and the state', () => {
    expect(consent().urlFor(portal(), 'a-state')).toBe(
      'https://portal.example/oauth/authorize/?client_id=local.1&state=a-state',
    );
  });

  it('does not exist for a webhook', () => {
    expect(consent().urlFor(portal({ type: 'webhook', userId: 1, secret: 's' }), 'a-state')).toBeNull();
  });
});

describe('a consent that a person gave', () => {
  it('is exchanged by POST, with the secret in no address', async () => {
    const sent: HttpRequest[] = [];
    const auth = await redeemed(answer(200, granted), { sent });

    expect(sent).toMatchObject([
      {
        method: 'POST',
        url: 'https://oauth.bitrix.info/oauth/token/',
        body: 'grant_type=authorization_code&client_id=local.1&client_secret=canary-of-the-client&code=canary-code',
      },
    ]);
    expect(auth).toMatchObject({
      ...application,
      accessToken: 'canary-new-access',
      refreshToken: 'canary-new-refresh',
      memberId,
      tokenUrl: 'https://oauth.bitrix24.tech/oauth/token/',
    });
    expect(Date.parse(Object(auth).expiresAt) - Date.now()).toBeGreaterThan(3_500_000);
  });

  it.each([
    ["the vendor's other server", 'oauth.bitrix24.tech', {}, 'https://oauth.bitrix24.tech/oauth/token/'],
    ['a server of its own', 'evil.example', {}, 'https://oauth.bitrix.info/oauth/token/'],
    ['one that looks like it', 'oauth.bitrix.info.evil.example', {}, 'https://oauth.bitrix.info/oauth/token/'],
    ['a path', 'oauth.bitrix.info/../evil', {}, 'https://oauth.bitrix.info/oauth/token/'],
    [
      'a server beside the one that is set',
      'oauth.bitrix24.tech',
      { tokenUrl: 'https://proxy.example/t' },
      'https://proxy.example/t',
    ],
  ])(
    'goes to a server of the vendor, or that a person has set, where the browser says %s',
    async (_, domain, more, url) => {
      const sent: HttpRequest[] = [];
      await redeemed(answer(200, granted), {
        auth: { ...application, ...more },
        parameters: { server_domain: domain },
        sent,
      });
      expect(sent.map((request) => request.url)).toEqual([url]);
    },
  );

  it.each([
    ['a server without TLS', 'http://oauth.example/rest/', 'https://oauth.bitrix.info/oauth/token/'],
    ['no server', 'nonsense', 'https://oauth.bitrix.info/oauth/token/'],
    ['another server of the vendor', 'https://oauth.bitrix24.tech/rest/', 'https://oauth.bitrix24.tech/oauth/token/'],
  ])('is renewed where it was had, unless the answer names better than %s', async (_, server_endpoint, tokenUrl) => {
    expect(await redeemed(answer(200, { ...granted, server_endpoint }))).toMatchObject({ tokenUrl });
  });

  it('leaves an address that a person has set', async () => {
    const tokenUrl = 'https://proxy.example/oauth/token/';
    expect(await redeemed(answer(200, granted), { auth: { ...application, tokenUrl } })).toMatchObject({ tokenUrl });
  });

  it('is good for a portal that has moved since, where its member is known', async () => {
    const told = answer(200, { ...granted, client_endpoint: 'https://new.example/rest/' });

    expect(await redeemed(told, { auth: { ...application, memberId } })).toMatchObject({
      memberId,
      refreshToken: 'canary-new-refresh',
    });
  });

  it.each([
    ['another member', { ...granted, member_id: 'other' }, { memberId }],
    ['no member', { ...granted, member_id: undefined }, { memberId }],
    ['another host', { ...granted, client_endpoint: 'https://other.example/rest/' }, {}],
    ['another port', { ...granted, client_endpoint: 'https://portal.example:8443/rest/' }, {}],
    ['no host', { ...granted, client_endpoint: undefined }, {}],
  ])('gives nothing where the pair is of %s', async (_, told, more) => {
    await expect(redeemed(answer(200, told), { auth: { ...application, ...more } })).rejects.toMatchObject({
      name: 'Refused',
      because: 'rejected',
    });
  });
});

describe('a consent that the authorization server does not take', () => {
  it.each([
    ['invalid_grant', answer(400, { error: 'invalid_grant' }), { name: 'Busy', because: 'credentials' }],
    ['invalid_client', answer(400, { error: 'invalid_client' }), { name: 'Busy', because: 'credentials' }],
    ['invalid_client with 401', answer(401, { error: 'invalid_client' }), { name: 'Busy', because: 'credentials' }],
    ['wrong_client with 200', answer(200, { error: 'wrong_client' }), { name: 'Busy', because: 'credentials' }],
    ['NOT_INSTALLED', answer(401, { error: 'NOT_INSTALLED' }), { name: 'Busy', because: 'credentials' }],
    ['PAYMENT_REQUIRED', answer(401, { error: 'PAYMENT_REQUIRED' }), { name: 'Busy', because: 'portal_closed' }],
    ['invalid_request', answer(400, { error: 'invalid_request' }), { name: 'InDoubt' }],
    ['invalid_scope', answer(403, { error: 'invalid_scope' }), { name: 'InDoubt' }],
    ['insufficient_scope', answer(403, { error: 'insufficient_scope' }), { name: 'InDoubt' }],
    ['a page', answer(502, '<html></html>'), { name: 'InDoubt' }],
    ['an empty answer', answer(200, ''), { name: 'InDoubt' }],
    ['half a pair', answer(200, { ...granted, refresh_token: undefined }), { name: 'InDoubt' }],
  ])('for %s, tells no secret', async (_, told, error) => {
    const failure: unknown = await redeemed(told).catch((thrown: unknown) => thrown);

    expect(failure).toMatchObject(error);
    expect(String(failure) + JSON.stringify(failure)).not.toContain('canary');
  });

  it('is not sent twice where its answer is lost', async () => {
    const sent: HttpRequest[] = [];
    const lost = consent().redeem(
      { connection: portal(), parameters: new Map([['code', 'canary-code']]) },
      async (request) => {
        sent.push(request);
        throw new AnswerLost('reset');
      },
      command(),
    );

    await expect(lost).rejects.toMatchObject({ name: 'InDoubt' });
    expect(sent).toHaveLength(1);
  });
});

describe('the life of credentials', () => {
  it.each([
    [{ type: 'oauth', refreshToken: 'r' }, 180],
    [{ type: 'oauth' }, null],
    [{ type: 'webhook' }, null],
  ])('of %j is %p days', (auth, days) => {
    expect(bitrix24.credentialsLifeDays?.(auth)).toBe(days);
  });
});
