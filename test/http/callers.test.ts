import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JWTPayload } from 'jose';
import { startGateway, type TestGateway } from '../gateway.js';
import { audience, goodClaims, Issuer, issuerName, type TokenHeader } from '../security/issuer.js';
import { until } from '../until.js';
import { exampleOf } from './example-of.js';
import { ContractCaller, type Answered, type CallOptions } from './contract-caller.js';

type Body = Readonly<Record<string, unknown>>;

const adminKey = 'the-key-of-the-administrator';
/** Some start a gateway of their own, or wait for what another replica remembers. */
const timeLimitMs = 90_000;
const open: TestGateway[] = [];
/** For whoever needs nothing of its own. */
let plain: TestGateway;
let plainApi: ContractCaller;

async function gatewayWith(env: Readonly<Record<string, string>> = {}): Promise<TestGateway> {
  const gateway = await startGateway({ AUTH: 'on', BOOTSTRAP_API_KEY: adminKey, ...env });
  open.push(gateway);
  return gateway;
}

beforeAll(async () => {
  plain = await gatewayWith();
  plainApi = await ContractCaller.of(plain.url, adminKey);
}, timeLimitMs);
afterAll(() => Promise.all(open.map((gateway) => gateway.close())), timeLimitMs);

function bodyOf({ body }: Answered): Body {
  return typeof body === 'object' && body !== null ? Object.fromEntries(Object.entries(body)) : {};
}

async function client(api: ContractCaller, settings: object): Promise<{ id: string; key: string }> {
  const body = bodyOf(await api.ask('POST', '/clients', '', { body: { scopes: ['processes:read'], ...settings } }));
  return { id: String(body['id']), key: String(body['key']) };
}

function statusOf(gateway: TestGateway, key: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  return fetch(`${gateway.url}/v1/processes`, { headers: { authorization: `Bearer ${key}`, ...headers } }).then(
    ({ status }) => status,
  );
}

describe('a client that may call from some addresses', () => {
  const from = (addresses: string): Readonly<Record<string, string>> => ({ 'x-forwarded-for': addresses });

  it('is known by the address that calls, whatever that says of others', async () => {
    const { key } = await client(plainApi, { name: 'office', addresses: ['203.0.113.0/24'] });

    expect(await statusOf(plain, key, from('203.0.113.7'))).toBe(403);
    expect(await statusOf(plain, key, { forwarded: 'for=203.0.113.7', 'x-real-ip': '203.0.113.7' })).toBe(403);
  });

  it(
    'is known behind a trusted proxy by the last address that the proxy did not make itself',
    async () => {
      const gateway = await gatewayWith({ TRUSTED_PROXIES: '127.0.0.0/8,192.0.2.1' });
      const api = await ContractCaller.of(gateway.url, adminKey);
      const { key } = await client(api, { name: 'office', addresses: ['203.0.113.0/24', '2001:db8::/32'] });

      expect(await statusOf(gateway, key, from('203.0.113.7'))).toBe(200);
      expect(await statusOf(gateway, key, from('203.0.113.7, 192.0.2.1'))).toBe(200);
      expect(await statusOf(gateway, key, from('2001:db8::7'))).toBe(200);
      expect(await statusOf(gateway, key, from('203.0.113.7, 198.51.100.9'))).toBe(403);
      expect(await statusOf(gateway, key, from('203.0.113.7, nobody'))).toBe(403);
      expect(await statusOf(gateway, key)).toBe(403);
    },
    timeLimitMs,
  );
});

describe('a client that is created', () => {
  it('commands under a key of its own making, unless it was told that it need not', async () => {
    const api = plainApi;
    const strict = await client(api, { name: 'strict', scopes: ['processes:start'] });
    const free = await client(api, { name: 'free', scopes: ['processes:start'], requireIdempotencyKey: false });
    const body = { connection: 'none', definition: '1' };

    expect(await api.ask('POST', '/processes', '', { key: strict.key, body })).toMatchObject({
      status: 400,
      body: { code: 'idempotency-key-missing' },
    });
    expect(await api.ask('POST', '/processes', '', { key: free.key, body })).toMatchObject({ status: 404 });
    expect(await api.ask('POST', '/processes', '', { body })).toMatchObject({ status: 404 });
  });
});

describe('a key on two replicas', () => {
  it(
    'ends at once where it is revoked, and soon on the other',
    async () => {
      const [one, api] = [plain, plainApi];
      const other = await gatewayWith({ DATABASE_URL: one.databaseUrl });
      const { id, key } = await client(api, { name: 'revoked' });
      expect(await statusOf(one, key)).toBe(200);
      expect(await statusOf(other, key)).toBe(200);

      const { keys } = bodyOf(await api.ask('GET', '/clients/{id}', id));
      const [shown]: readonly Body[] = Array.isArray(keys) ? keys : [];
      await api.askAt('DELETE', '/clients/{id}/keys/{keyId}', `/clients/${id}/keys/${String(shown?.['id'])}`);
      expect(await statusOf(one, key)).toBe(401);
      await until(async () => (await statusOf(other, key)) === 401, 'the other replica to notice', 20_000);
    },
    timeLimitMs,
  );

  it('has less scopes, and its last use noted', async () => {
    const [one, api] = [plain, plainApi];
    const { id, key } = await client(api, { name: 'narrowed' });
    expect(await statusOf(one, key)).toBe(200);
    expect(bodyOf(await api.ask('GET', '/clients/{id}', id))['keys']).toEqual([
      expect.objectContaining({ lastUsedAt: expect.any(String), prefix: key.slice(0, 12) }),
    ]);

    await api.ask('PATCH', '/clients/{id}', id, { body: { scopes: [] } });
    expect(await statusOf(one, key)).toBe(403);
  });

  it('of the administrator cannot be ended, since it would come back with the next start', async () => {
    const api = plainApi;
    const { items } = bodyOf(await api.ask('GET', '/clients?limit=200'));
    const all: readonly Body[] = Array.isArray(items) ? items : [];
    const bootstrap = all.find(({ name }) => name === 'bootstrap');
    const { keys } = bodyOf(await api.ask('GET', '/clients/{id}', String(bootstrap?.['id'])));
    const [shown]: readonly Body[] = Array.isArray(keys) ? keys : [];
    const path = `/clients/${String(bootstrap?.['id'])}/keys/${String(shown?.['id'])}`;
    expect(await api.askAt('DELETE', '/clients/{id}/keys/{keyId}', path)).toMatchObject({ status: 409 });
  });
});

describe('an access token', () => {
  let issuer: Issuer;
  let gateway: TestGateway;
  let api: ContractCaller;
  const lines: string[] = [];

  beforeAll(async () => {
    issuer = await Issuer.open();
    const env = {
      AUTH: 'on',
      BOOTSTRAP_API_KEY: adminKey,
      SANDBOX: 'on',
      LOG_LEVEL: 'trace',
      EGRESS_ALLOW: '127.0.0.0/8',
      EGRESS_HTTP: 'on',
      JWT_ISSUER: issuerName,
      JWT_AUDIENCE: audience,
      JWT_JWKS_URL: issuer.jwksUrl,
    };
    gateway = await startGateway(env, (line) => lines.push(line));
    api = await ContractCaller.of(gateway.url, adminKey);
  }, timeLimitMs);
  afterAll(async () => {
    await gateway?.close();
    await issuer?.close();
  });

  const token = (claims: JWTPayload = {}, header: TokenHeader = {}, by?: string): Promise<string> =>
    issuer.token({ ...goodClaims(), ...claims }, header, by);
  const ask = (method: string, route: string, options: CallOptions, parameter = ''): Promise<Answered> =>
    api.ask(method, route, parameter, options);
  const start = (key: string, subjectId: string): Promise<Answered> => {
    const body = { ...exampleOf('3'), connection: 'sandbox-bitrix24', definition: '3' };
    return ask('POST', '/processes', { key, body: { ...body, subject: { type: 'crm.lead', id: subjectId } } });
  };

  it('lets its client do what its scopes say', async () => {
    const key = await token();
    expect(await ask('GET', '/processes', { key })).toMatchObject({ status: 200 });
    const refused = await ask('GET', '/clients', { key });
    expect(refused).toMatchObject({ status: 403, body: { code: 'insufficient-scope' } });
    expect(refused.headers.get('www-authenticate')).toBe(
      'Bearer realm="bpm-gateway", error="insufficient_scope", scope="admin"',
    );
  });

  it('starts in the name of its client, which no API client can have', async () => {
    expect(bodyOf(await start(await token(), '301'))).toMatchObject({ createdBy: 'jwt:erp' });
    const taken = await ask('POST', '/clients', { body: { name: 'jwt:erp', scopes: [] } });
    expect(taken).toMatchObject({ status: 422, body: { code: 'validation-failed' } });
  });

  it('has idempotency keys of its own, apart from those of an API client of the same name', async () => {
    const made = await client(api, { name: 'erp', scopes: ['processes:read', 'processes:start'] });
    const once = async (key: string): Promise<Response> =>
      fetch(`${gateway.url}/v1/processes`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': 'the-same' },
        body: JSON.stringify({
          ...exampleOf('3'),
          connection: 'sandbox-bitrix24',
          definition: '3',
          subject: { type: 'crm.lead', id: '302' },
        }),
      });
    const ofKey = await once(made.key);
    const ofToken = await once(await token());
    const again = await once(await token({ jti: 'a newer token' }));

    expect(ofToken.headers.get('idempotent-replayed')).toBeNull();
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const ids = await Promise.all(
      [ofKey, ofToken, again].map(async (one): Promise<Body> => JSON.parse(await one.text())),
    );
    expect(ids[1]?.['id']).not.toBe(ids[0]?.['id']);
    expect(ids[2]?.['id']).toBe(ids[1]?.['id']);
  });

  it('that is limited to connections does not see others', async () => {
    const scope = 'connections:read processes:read';
    const key = await token({ scope, connections: ['sandbox-creatio'] });
    const { items } = bodyOf(await ask('GET', '/connections', { key }));
    expect(items).toEqual([expect.objectContaining({ key: 'sandbox-creatio' })]);
    expect(await ask('GET', '/connections/{key}', { key }, 'sandbox-bitrix24')).toMatchObject({ status: 404 });
    expect(bodyOf(await ask('GET', '/processes', { key }))['items']).toEqual([]);
  });

  it.each([
    ['is for others', () => token({ aud: 'others' }), /"aud"/],
    ['has expired', () => token({ exp: 1_700_000_000 }), /expired/],
    ['is of a foreign key', () => token({}, { kid: 'foreign' }, 'first'), /signed/],
    ['is garbage', async () => 'eyJhbGciOiJub25lIn0.e30.', /signed/],
  ])('that %s is refused with the reason', async (_, made, reason) => {
    const refused = await ask('GET', '/processes', { key: await made() });
    expect(refused).toMatchObject({
      status: 401,
      body: { code: 'unauthenticated', detail: expect.stringMatching(reason) },
    });
    expect(refused.headers.get('www-authenticate')).toBe('Bearer realm="bpm-gateway", error="invalid_token"');
  });

  it('in the query is nobody, and stands in no answer and no log', async () => {
    const given = await token();
    for (const name of ['access_token', 'token', 'key']) {
      const answer = await fetch(`${gateway.url}/v1/processes?${name}=${given}`);
      expect(answer.status).toBe(401);
      expect(await answer.text()).not.toContain(given);
    }
    expect(lines.filter((line) => line.includes(given))).toEqual([]);
    expect(lines.length).toBeGreaterThan(0);
  });

  it(
    'of a key that cannot be asked for may be sent again later, while known ones work',
    async () => {
      const down = await Issuer.open('foreign');
      const env = { JWT_ISSUER: issuerName, JWT_AUDIENCE: audience, JWT_JWKS_URL: down.jwksUrl };
      const strange = await startGateway({ AUTH: 'on', EGRESS_ALLOW: '127.0.0.0/8', EGRESS_HTTP: 'on', ...env });
      try {
        down.isDown = true;
        const key = await down.token(goodClaims());
        const refused = await fetch(`${strange.url}/v1/processes`, { headers: { authorization: `Bearer ${key}` } });
        expect(refused.status).toBe(503);
        expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
        expect(await refused.json()).toMatchObject({ code: 'overloaded', retryable: true, outcome: 'not_executed' });

        down.isDown = false;
        await until(async () => (await statusOf(strange, key)) === 200, 'the key of the issuer', 20_000);
        down.isDown = true;
        expect(await statusOf(strange, key)).toBe(200);
      } finally {
        await strange.close();
        await down.close();
      }
    },
    timeLimitMs,
  );

  it('is a key that nobody has where no issuer is trusted', async () => {
    expect(await statusOf(plain, await token())).toBe(401);
  });
});
