import { z } from 'zod';
import { startGateway, type TestGateway } from '../gateway.js';
import { ContractCaller } from './contract-caller.js';

const adminKey = 'the-key-of-the-administrator';
const secret = 'canary-4711';
const credentials = { type: 'forms', username: 'Supervisor', password: secret };

let gateway: TestGateway;
let api: ContractCaller;
const lines: string[] = [];

beforeAll(async () => {
  const env = { AUTH: 'on', BOOTSTRAP_API_KEY: adminKey, LOG_LEVEL: 'trace' };
  gateway = await startGateway(env, (line) => lines.push(line));
  api = await ContractCaller.of(gateway.url, adminKey);
});
afterAll(() => gateway.close());

let registered = 0;

/** Registers an instance that nobody runs; registering does not call it. */
async function register(fields: object = {}): Promise<string> {
  registered += 1;
  const key = `instance-${registered}`;
  const body = { key, platform: 'creatio', baseUrl: 'https://instance.invalid/', auth: credentials, ...fields };
  const { status, headers } = await api.ask('POST', '/connections', '', { body });
  expect(status).toBe(201);
  expect(headers.get('location')).toBe(`${gateway.url}/v1/connections/${key}`);
  return key;
}

describe('a connection that is registered', () => {
  it('is shown with what its platform fills in, and without its secrets', async () => {
    const key = await register({ sessions: 2, limits: { maxInFlight: 3 } });
    const { headers, body } = await api.ask('GET', '/connections/{key}', key);

    expect(headers.get('etag')).toBe('"1"');
    expect(body).toMatchObject({
      key,
      name: key,
      baseUrl: 'https://instance.invalid',
      auth: { type: 'forms', username: 'Supervisor' },
      sessions: 2,
      startWith: 'RunProcess',
      limits: { maxInFlight: 3, startTimeoutSeconds: 100 },
      state: 'active',
    });
    expect(JSON.stringify(body)).not.toContain(secret);
  });

  it('keeps its key from another one', async () => {
    const body = { key: await register(), platform: 'creatio', baseUrl: 'https://x.invalid', auth: credentials };
    const second = await api.ask('POST', '/connections', '', { body });
    expect(second).toMatchObject({ status: 409, body: { code: 'conflict' } });
  });

  it('leaves no secret in the log', async () => {
    const key = await register();
    await api.ask('PUT', '/connections/{key}/credentials', key, { body: credentials });
    await api.ask('POST', '/connections/{key}/test', key);
    expect(lines.join('')).not.toContain(secret);
  });
});

describe('a registration that does not fit', () => {
  const whole = { key: 'k', platform: 'creatio', baseUrl: 'https://x.invalid' };

  it('is told every fault of shape at once: common, of the credentials, of the platform', async () => {
    const body = { ...whole, limits: { burst: 'much', x: 1 }, auth: { type: 'forms', usernam: 'a' }, sesions: 4 };
    const refused = await api.ask('POST', '/connections', '', { body });

    expect(refused.status).toBe(400);
    const { errors } = z.object({ errors: z.array(z.object({ pointer: z.string() })) }).parse(refused.body);
    const pointers = errors.map(({ pointer }) => pointer).toSorted();
    expect(pointers).toEqual(['/auth/usernam', '/limits/burst', '/limits/x', '/sesions']);
  });

  it.each([
    ['creatio', { auth: { ...credentials, username: 5 } }, '/auth/username'],
    ['creatio', { auth: credentials, sessions: '4' }, '/sessions'],
    ['bitrix24', { auth: { type: 'webhook', userId: '1', secret } }, '/auth/userId'],
  ])('is malformed where a field of %s has a wrong JSON type', async (platform, fields, pointer) => {
    const body = { ...whole, platform, ...fields };
    expect(await api.ask('POST', '/connections', '', { body })).toMatchObject({
      status: 400,
      body: { code: 'malformed-request', errors: [{ pointer, code: 'wrong-type' }] },
    });
  });

  it('is told every fault of value at once', async () => {
    const body = { ...whole, key: 'Not A Slug', limits: { maxInFlight: 0 }, auth: { type: 'forms', username: 'a' } };
    expect(await api.ask('POST', '/connections', '', { body })).toMatchObject({
      status: 422,
      body: {
        code: 'validation-failed',
        errors: expect.arrayContaining([
          expect.objectContaining({ pointer: '/key' }),
          expect.objectContaining({ pointer: '/limits/maxInFlight' }),
          expect.objectContaining({ pointer: '/auth/password', code: 'required' }),
        ]),
      },
    });
  });

  it.each([
    ['no body', undefined, 400],
    ['a list', [], 400],
    ['no field at all', {}, 422],
    ['an unknown platform', { ...whole, platform: 'stone', auth: {} }, 422],
  ])('is refused with its status: %s', async (_, body, status) => {
    expect((await api.ask('POST', '/connections', '', { body })).status).toBe(status);
  });

  it.each([
    'http://127.0.0.1:1',
    'https://127.0.0.1',
    'https://2130706433',
    'https://[::ffff:7f00:1]',
    'https://u:p@x.invalid',
  ])('is refused where its portal must not be called: %s', async (baseUrl) => {
    const body = { ...whole, baseUrl, auth: credentials };
    expect(await api.ask('POST', '/connections', '', { body })).toMatchObject({
      status: 422,
      body: { code: 'egress-denied', errors: [{ pointer: '/baseUrl' }] },
    });
  });
});

describe('a webhook that is registered as the address of its portal', () => {
  const portal = { key: 'pasted', platform: 'bitrix24', auth: { type: 'webhook', userId: 1, secret: 'x' } };

  it.each([`/rest/1/${secret}/`, `/?auth=${secret}`, `/#${secret}`])('is refused and not repeated', async (rest) => {
    const body = { ...portal, baseUrl: `https://portal.invalid${rest}` };
    const refused = await api.ask('POST', '/connections', '', { body });

    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'validation-failed', errors: [{ pointer: '/baseUrl' }] },
    });
    expect(JSON.stringify(refused.body) + lines.join('')).not.toContain(secret);
  });
});

describe('changing a connection', () => {
  it('merges, and answers the ETag of the next change', async () => {
    const key = await register({ sessions: 2 });
    const body = { name: 'Renamed', sessions: null, limits: { maxInFlight: 3 } };

    const changed = await api.ask('PATCH', '/connections/{key}', key, { body, ifMatch: '"1"' });
    expect(changed).toMatchObject({ status: 200, body: { name: 'Renamed', sessions: 4, limits: { maxInFlight: 3 } } });
    expect(changed.headers.get('etag')).toBe('"2"');

    const again = await api.ask('PATCH', '/connections/{key}', key, { body: { limits: null }, ifMatch: '"2"' });
    expect(again).toMatchObject({ status: 200, body: { name: 'Renamed', limits: { maxInFlight: 10 } } });
  });

  it.each([
    [undefined, 428],
    ['"7"', 412],
    ['W/"1"', 412],
  ])('needs the ETag of what was read: %s', async (ifMatch, status) => {
    const key = await register();
    const given = ifMatch === undefined ? {} : { ifMatch };
    expect((await api.ask('PATCH', '/connections/{key}', key, { body: { name: 'x' }, ...given })).status).toBe(status);
    expect((await api.ask('DELETE', '/connections/{key}', key, given)).status).toBe(status);
  });

  it('does not send the stored credentials to another host', async () => {
    const key = await register();
    const body = { baseUrl: 'https://elsewhere.invalid' };
    expect(await api.ask('PATCH', '/connections/{key}', key, { body, ifMatch: '*' })).toMatchObject({
      status: 422,
      body: { code: 'validation-failed', errors: [{ pointer: '/baseUrl', code: 'other-host' }] },
    });
  });

  it.each(['auth', 'key', 'platform', 'state', 'colour'])('does not take the field %s', async (field) => {
    const key = await register();
    expect(await api.ask('PATCH', '/connections/{key}', key, { body: { [field]: 'x' }, ifMatch: '*' })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: `/${field}`, code: 'unknown-field' }] },
    });
  });
});

describe('the life of a connection', () => {
  it('is paused and resumed, and shows it', async () => {
    const key = await register();
    expect((await api.ask('POST', '/connections/{key}/pause', key)).body).toMatchObject({ state: 'paused' });
    expect((await api.ask('GET', '/connections/{key}', key)).body).toMatchObject({ state: 'paused' });
    expect((await api.ask('POST', '/connections/{key}/resume', key)).body).toMatchObject({ state: 'active' });
  });

  it('gets other credentials by PUT alone', async () => {
    const key = await register();
    const half = await api.ask('PUT', '/connections/{key}/credentials', key, {
      body: { type: 'forms', username: 'b' },
    });
    expect(half).toMatchObject({ status: 422, body: { errors: [{ pointer: '/password' }] } });

    const typed = await api.ask('PUT', '/connections/{key}/credentials', key, {
      body: { ...credentials, username: 5 },
    });
    expect(typed).toMatchObject({ status: 400, body: { errors: [{ pointer: '/username', code: 'wrong-type' }] } });

    const body = { ...credentials, username: 'b' };
    expect((await api.ask('PUT', '/connections/{key}/credentials', key, { body })).status).toBe(204);
    expect((await api.ask('GET', '/connections/{key}', key)).body).toMatchObject({ auth: { username: 'b' } });
  });

  it('ends when it is removed', async () => {
    const key = await register();
    expect((await api.ask('DELETE', '/connections/{key}', key, { ifMatch: '"1"' })).status).toBe(204);
    expect((await api.ask('GET', '/connections/{key}', key)).status).toBe(404);
    expect((await api.ask('POST', '/connections/{key}/pause', key)).status).toBe(404);
  });
});

describe('a caller that is limited to named connections', () => {
  it('sees these, and no sign of the others', async () => {
    const [mine, other] = [await register(), await register()];
    const scopes = ['connections:read', 'connections:manage', 'definitions:read'];
    const made = await api.ask('POST', '/clients', '', { body: { name: 'limited', scopes, connections: [mine] } });
    const { key } = z.object({ key: z.string() }).parse(made.body);

    const { body } = await api.ask('GET', '/connections', '', { key });
    expect(body).toMatchObject({ items: [{ key: mine }], nextCursor: null });
    expect((await api.ask('GET', '/connections/{key}', mine, { key })).status).toBe(200);
    for (const [method, route] of [
      ['GET', '/connections/{key}'],
      ['PATCH', '/connections/{key}'],
      ['DELETE', '/connections/{key}'],
      ['PUT', '/connections/{key}/credentials'],
      ['POST', '/connections/{key}/test'],
      ['POST', '/connections/{key}/pause'],
      ['POST', '/connections/{key}/resume'],
      ['GET', '/connections/{key}/capabilities'],
      ['GET', '/connections/{key}/definitions'],
    ] as const) {
      expect([route, (await api.ask(method, route, other, { key })).status]).toEqual([route, 404]);
      expect([route, (await api.ask(method, route, 'nobody', { key })).status]).toEqual([route, 404]);
    }
  });
});

it('lists connections newest first, page by page', async () => {
  const [older, newer] = [await register(), await register()];
  const first = await api.ask('GET', '/connections?limit=1');
  expect(first.body).toMatchObject({ items: [{ key: newer }] });

  const { nextCursor } = z.object({ nextCursor: z.string() }).parse(first.body);
  expect(first.headers.get('link')).toContain(`cursor=${nextCursor}`);
  const second = await api.ask('GET', `/connections?limit=1&cursor=${nextCursor}`);
  expect(second.body).toMatchObject({ items: [{ key: older }] });
  expect((await api.ask('GET', '/connections?cursor=nonsense')).status).toBe(400);
});
