import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { bitrix24Sandbox } from '../../src/platforms/bitrix24/sandbox/bitrix24.sandbox.js';
import { application } from '../../src/platforms/bitrix24/sandbox/token-server.js';
import type { Sandbox } from '../../src/platforms/sandbox.js';
import { startGateway, type TestGateway } from '../gateway.js';
import { until } from '../until.js';
import { ContractCaller } from './contract-caller.js';

const adminKey = 'the-key-of-the-administrator';
const { clientId, clientSecret } = application;

let gateway: TestGateway;
let api: ContractCaller;
let sandbox: Sandbox;
const lines: string[] = [];
/** Everything that the gateway answered to a browser. */
const pages: string[] = [];

beforeAll(async () => {
  const env = {
    AUTH: 'on',
    BOOTSTRAP_API_KEY: adminKey,
    LOG_LEVEL: 'trace',
    EGRESS_HTTP: 'on',
    EGRESS_ALLOW: '127.0.0.0/8',
  };
  gateway = await startGateway(env, (line) => lines.push(line));
  api = await ContractCaller.of(gateway.url, adminKey);
  sandbox = await bitrix24Sandbox.start({ host: '127.0.0.1', port: 0, folder: null });
  await control({ redirectUri: `${gateway.url}/v1/oauth/callback` });
});
afterAll(async () => {
  await gateway?.close();
  await sandbox?.close();
});

const control = (body: object): Promise<void> => sandboxControl('oauth', body);

async function sandboxControl(path: string, body: object): Promise<void> {
  const answer = await fetch(`${sandbox.url}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
}

/** How often the authorization server was asked. */
async function exchanges(): Promise<number> {
  const seen: readonly { method: string }[] = Object(await (await fetch(`${sandbox.url}/_sandbox/requests`)).json());
  return seen.filter(({ method }) => method === 'oauth/token').length;
}

let registered = 0;

/** An application that nobody has consented to. */
async function register(auth: object = {}): Promise<string> {
  registered += 1;
  const key = `portal-${registered}`;
  const tokenUrl = `${sandbox.url}/oauth/token/`;
  const body = {
    key,
    platform: 'bitrix24',
    baseUrl: sandbox.url,
    auth: { type: 'oauth', clientId, clientSecret, tokenUrl, ...auth },
    limits: { requestsPerSecond: null, burst: null },
  };
  expect((await api.ask('POST', '/connections', '', { body })).status).toBe(201);
  return key;
}

async function stateOf(key: string): Promise<unknown> {
  const { body } = await api.ask('GET', '/connections/{key}', key);
  return Object(body).state;
}

async function asked(key: string): Promise<string> {
  const { status, body } = await api.ask('POST', '/connections/{key}/authorize', key, { body: {} });
  expect(status).toBe(200);
  return String(Object(body).url);
}

/** Where the portal sends the browser once the person has consented. */
async function consented(url: string): Promise<string> {
  const answer = await fetch(url, { redirect: 'manual' });
  expect(answer.status).toBe(302);
  return answer.headers.get('location') ?? '';
}

async function opened(url: string, accept = 'text/html,application/xhtml+xml,*/*;q=0.8'): Promise<Response> {
  const answer = await fetch(url, { headers: { accept } });
  pages.push(await answer.clone().text());
  return answer;
}

async function onDatabase(sql: string): Promise<void> {
  const client = new Client({ connectionString: gateway.databaseUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

describe('an application that nobody has consented to', () => {
  it('gets its tokens by the consent of a person, and the connection works', async () => {
    const key = await register();
    expect(await stateOf(key)).toBe('reauthorization_required');
    const url = await asked(key);
    expect(url.startsWith(`${sandbox.url}/oauth/authorize/?client_id=${clientId}&state=`)).toBe(true);

    const page = await opened(await consented(url));

    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    expect(await page.text()).toContain(`<code>${key}</code>`);
    const { body } = await api.ask('GET', '/connections/{key}', key);
    expect(body).toMatchObject({ state: 'active', auth: { memberId: application.memberId } });
    expect(Date.parse(Object(body).credentialsEndAt) - Date.now()).toBeGreaterThan(179 * 86_400_000);
    const measured = new RegExp(`bpmgw_credentials_end_timestamp_seconds\\{connection="${key}"\\} \\d{10}`);
    const metrics = async (): Promise<string> => (await fetch(`${gateway.url}/metrics`)).text();
    await until(async () => measured.test(await metrics()), 'the end of the credentials among the metrics');
    const test = await api.ask('POST', '/connections/{key}/test', key, { body: {} });
    expect(test.body).toMatchObject({ ok: true });
    const { body: audit } = await api.ask('GET', `/audit?connection=${key}`);
    expect(Object(audit).items).toMatchObject([
      { action: 'connection.consent', client: null, target: `connections/${key}`, result: 'done' },
      { action: 'connection.ask-consent', client: 'bootstrap', result: 'done' },
      { action: 'connection.register' },
    ]);
  });

  it('needs no consent where it has a webhook', async () => {
    const auth = { type: 'webhook', userId: 1, secret: 'sandboxwebhook01' };
    const body = { key: 'hook', platform: 'bitrix24', baseUrl: sandbox.url, auth };
    await api.ask('POST', '/connections', '', { body });

    const answer = await api.ask('POST', '/connections/{key}/authorize', 'hook', { body: {} });
    expect(answer).toMatchObject({ status: 422, body: { code: 'capability-not-supported' } });
  });

  it('is nobody’s to authorize who may not see it', async () => {
    const answer = await api.ask('POST', '/connections/{key}/authorize', 'unknown', { body: {} });
    expect(answer).toMatchObject({ status: 404, body: { code: 'not-found' } });
  });
});

describe('starts that wait because the tokens are refused', () => {
  it('go once somebody has consented, and the incident ends', async () => {
    const key = await register({ accessToken: 'void', refreshToken: 'used-up' });
    const start = { connection: key, definition: '3', subject: { type: 'crm.lead', id: '1' } };
    const { status, body } = await api.ask('POST', '/processes', '', { body: start });
    expect(status).toBe(202);
    await until(async () => (await stateOf(key)) === 'reauthorization_required', 'the refusal to be known');
    const refused = await api.ask('POST', '/processes', '', { body: start });
    expect(refused).toMatchObject({ status: 409, body: { code: 'connection-reauthorization-required' } });

    await opened(await consented(await asked(key)));

    const { id } = Object(body);
    await until(
      async () => Object((await api.ask('GET', '/processes/{id}', id)).body).state === 'running',
      'the run',
      20_000,
    );
    const incidents = await api.ask('GET', `/incidents?connection=${key}`);
    expect(Object(incidents.body).items).toMatchObject([{ kind: 'reauthorization-required', state: 'resolved' }]);
  }, 40_000);
});

describe('an answer to a consent', () => {
  /** What the callback answers to a browser and to a program. */
  async function answers(url: string): Promise<object> {
    const page = await opened(url);
    const problem = await opened(url, 'application/json');
    const { code, outcome } = Object(await problem.json());
    return {
      page: [page.status, page.headers.get('content-type')],
      problem: [problem.status, problem.headers.get('content-type'), code, outcome],
    };
  }

  const refusal = {
    page: [400, 'text/html; charset=utf-8'],
    problem: [400, 'application/problem+json', 'malformed-request', 'not_executed'],
  };

  it('is good once', async () => {
    const key = await register();
    const back = await consented(await asked(key));
    expect((await opened(back)).status).toBe(200);
    expect(await answers(back)).toEqual(refusal);
    expect(await stateOf(key)).toBe('active');
  });

  it('is not used up by whoever only looks', async () => {
    const back = await consented(await asked(await register()));
    expect((await fetch(back, { method: 'HEAD' })).status).toBe(200);
    expect((await opened(back)).status).toBe(200);
  });

  it('is redeemed once where it comes twenty times at once', async () => {
    const back = await consented(await asked(await register()));
    const before = await exchanges();
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await opened(back)).status));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 400)).toHaveLength(19);
    expect(await exchanges()).toBe(before + 1);
  });

  it('comes too late after ten minutes', async () => {
    const key = await register();
    const back = await consented(await asked(key));
    await onDatabase('update consents set expires_at = clock_timestamp()');
    expect(await answers(back)).toEqual(refusal);
    expect(await stateOf(key)).toBe('reauthorization_required');
  });

  it.each([
    ['was changed', (key: string) => api.ask('POST', '/connections/{key}/pause', key, { body: {} })],
    [
      'got other credentials',
      (key: string) =>
        api.ask('PUT', '/connections/{key}/credentials', key, { body: { type: 'oauth', clientId, clientSecret } }),
    ],
  ])('is worth nothing where the connection %s since', async (_, change) => {
    const key = await register();
    const back = await consented(await asked(key));
    await change(key);
    expect(await answers(back)).toEqual(refusal);
  });

  it('is worth nothing where the connection is changed while the code is exchanged', async () => {
    const key = await register();
    const back = await consented(await asked(key));
    await sandboxControl('delay', { operation: 'sign_in', ms: 1000 });
    const before = await exchanges();
    const page = opened(back);
    await until(async () => (await exchanges()) > before, 'the code to be exchanged');
    await api.ask('POST', '/connections/{key}/pause', key, { body: {} });

    expect((await page).status).toBe(400);
    await sandboxControl('delay', { operation: 'sign_in', ms: 0 });
    await api.ask('POST', '/connections/{key}/resume', key, { body: {} });
    expect(await stateOf(key)).toBe('reauthorization_required');
  });

  it('is worth nothing for another connection of the same key', async () => {
    const key = await register();
    const back = await consented(await asked(key));
    await api.ask('DELETE', '/connections/{key}', key, { ifMatch: '"1"' });
    registered -= 1;
    expect(await register()).toBe(key);
    expect(await answers(back)).toEqual(refusal);
    expect(await stateOf(key)).toBe('reauthorization_required');
  });

  it.each([
    ['of another portal', { memberId: 'another' }],
    ['of another application', { clientSecret: 'another' }],
  ])('is refused where the pair is %s', async (_, auth) => {
    const key = await register(auth);
    expect(await answers(await consented(await asked(key)))).toEqual(refusal);
    expect(await stateOf(key)).toBe('reauthorization_required');
  });

  it('is refused where its code is older than 30 seconds', async () => {
    const back = await consented(await asked(await register()));
    await control({ expireCodes: true });
    expect(await answers(back)).toEqual(refusal);
  });

  it.each([
    '',
    '?code=x',
    '?code=x&state=y',
    `?code=x&state=${'A'.repeat(200)}`,
    '?state=%22%3E%3Cscript%3E',
    '?code=a&code=b',
  ])('is refused as %p, and nothing of it is shown', async (query) => {
    expect(await answers(`${gateway.url}/v1/oauth/callback${query}`)).toEqual(refusal);
    expect(pages.at(-2)).not.toContain('<script');
  });

  it('shows nothing of what a browser brings as the words of a portal', async () => {
    const key = await register();
    const back = new URL(await consented(await asked(key)));
    const canary = '<img src=x onerror="window.hacked=1">';
    back.searchParams.delete('code');
    for (const name of ['error', 'error_description', 'error_uri']) back.searchParams.set(name, canary);

    expect(await answers(back.href)).toEqual(refusal);
    for (const page of pages.slice(-2)) expect(page).not.toMatch(/<img|onerror|hacked/);
    expect(await stateOf(key)).toBe('reauthorization_required');
  });

  it('is good for the connection alone that was asked about, whoever brings it', async () => {
    const [mine, theirs] = [await register(), await register()];
    const other = new URL(await consented(await asked(theirs)));
    const forged = new URL(await consented(await asked(mine)));
    // The state of another consent under an address that names this connection.
    forged.searchParams.set('state', other.searchParams.get('state') ?? '');
    forged.searchParams.set('connection', mine);
    forged.searchParams.set('key', mine);
    await opened(forged.href);

    expect(await stateOf(mine)).toBe('reauthorization_required');
    // What was used once is used up, for its own person too.
    expect(await answers(other.href)).toEqual(refusal);
  });

  it('is not good with a state that was changed by one character', async () => {
    const back = new URL(await consented(await asked(await register())));
    const state = back.searchParams.get('state') ?? '';
    const middle = Math.floor(state.length / 2);
    const other = state[middle] === 'A' ? 'B' : 'A';
    back.searchParams.set('state', state.slice(0, middle) + other + state.slice(middle + 1));
    expect(await answers(back.href)).toEqual(refusal);
  });

  it('says what to do where the authorization server does not answer', async () => {
    const key = await register();
    const back = await consented(await asked(key));
    await sandboxControl('answers', { operation: 'sign_in', do: 'lose', next: 1 });

    const page = await opened(back);
    expect(page.status).toBe(502);
    expect(await page.text()).toContain('ask for a new address and consent again');
    expect((await opened(await consented(await asked(key)))).status).toBe(200);
  });
});

describe('a consent whose authorization server cannot be reached', () => {
  it('is used up: the same request is not said to help, and the remedy is to begin anew', async () => {
    const key = await register({ tokenUrl: 'http://127.0.0.1:2/oauth/token/' });
    const back = await consented(await asked(key));

    const answer = await opened(back, 'application/json');

    expect(answer.status).toBe(502);
    expect(answer.headers.get('retry-after')).toBeNull();
    expect(await answer.json()).toMatchObject({
      code: 'platform-bad-response',
      retryable: false,
      detail: expect.stringContaining('ask for a new address and consent again'),
    });
    expect((await opened(back, 'application/json')).status).toBe(400);
  });
});

describe('secrets of a consent', () => {
  it('stand in no line of the log and on no page', async () => {
    const back = await consented(await asked(await register()));
    await opened(back);
    await opened(back);
    const { searchParams } = new URL(back);
    const everything = lines.join('') + pages.join('');

    for (const secret of [clientSecret, searchParams.get('code'), searchParams.get('state')]) {
      expect(secret).not.toBeNull();
      expect(everything).not.toContain(String(secret));
    }
    expect(everything).not.toMatch(/access_token|refresh_token/);
  });
});
