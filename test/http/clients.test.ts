import { startGateway, type TestGateway } from '../gateway.js';
import { openApiAnswers, type OpenApiAnswers } from '../openapi-answers.js';

const adminKey = 'the-key-of-the-administrator';

describe('clients and their keys', () => {
  let gateway: TestGateway;
  let answers: OpenApiAnswers;

  beforeAll(async () => {
    gateway = await startGateway({ AUTH: 'on', BOOTSTRAP_API_KEY: adminKey });
    answers = await openApiAnswers(gateway.url);
  });
  afterAll(() => gateway.close());

  const call = (method: string, path: string, body?: unknown, key = adminKey): Promise<Response> =>
    fetch(gateway.url + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  const made = async (settings: object): Promise<{ id: string; key: string }> => {
    const answer = await call('POST', '/v1/clients', settings);
    expect(answer.status).toBe(201);
    return (await answers.body('POST /v1/clients', answer)) as { id: string; key: string };
  };

  it('shows the key of a new client once, and needs idempotency keys of it', async () => {
    const answer = await call('POST', '/v1/clients', { name: 'erp', scopes: ['processes:read'] });
    const client = (await answers.body('POST /v1/clients', answer)) as Record<string, unknown>;
    expect(client).toMatchObject({ name: 'erp', sees: 'connection', requireIdempotencyKey: true, connections: null });
    expect(client['key']).toMatch(/^bpmgw_[\w-]{43}$/);
    expect(answer.headers.get('location')).toBe(`${gateway.url}/v1/clients/${String(client['id'])}`);

    const shown = await call('GET', `/v1/clients/${String(client['id'])}`);
    expect(shown.headers.get('etag')).toBe('"1"');
    const text = JSON.stringify(await answers.body('GET /v1/clients/{id}', shown));
    expect(text).not.toContain(String(client['key']));
    expect(text).toContain(String(client['key']).slice(0, 12));
  });

  it('lets a client do what its scopes say and nothing else', async () => {
    const { key } = await made({ name: 'reader', scopes: ['processes:read'] });
    const refused = await call('GET', '/v1/clients', undefined, key);
    expect(refused.status).toBe(403);
    expect(await answers.body('GET /v1/clients', refused)).toMatchObject({ code: 'insufficient-scope' });
  });

  it.each([
    ['named connections', { connections: ['sales'] }],
    ['named definitions', { definitions: ['1'] }],
    ['its own processes', { sees: 'own' }],
  ])('lets no administrator who is limited to %s give what it has not', async (what, limit) => {
    const { id, key } = await made({ name: `limited to ${what}`, scopes: ['admin'], ...limit });
    const open = { connections: null, definitions: null, sees: 'connection' };
    const other = await made({ name: `unlimited beside ${what}`, scopes: ['admin'] });
    const [{ id: keyId } = { id: '' }] = Object(await (await call('GET', `/v1/clients/${id}`)).json()).keys;
    for (const [method, path, body] of [
      ['PATCH', `/v1/clients/${id}`, open],
      ['POST', '/v1/clients', { name: `lifted from ${what}`, scopes: ['admin'] }],
      ['POST', `/v1/clients/${other.id}/keys`, undefined],
      ['DELETE', `/v1/clients/${id}/keys/${keyId}`, undefined],
      ['DELETE', `/v1/clients/${other.id}`, undefined],
    ] as const) {
      const answer = await call(method, path, body, key);
      expect({ method, path, status: answer.status }).toEqual({ method, path, status: 403 });
      expect(await answer.json()).toMatchObject({ code: 'insufficient-scope' });
    }
    expect((await call('GET', '/v1/clients', undefined, key)).status).toBe(200);
    expect(await (await call('GET', `/v1/clients/${id}`)).json()).toMatchObject(limit);
    expect((await call('GET', '/v1/clients', undefined, other.key)).status).toBe(200);
  });

  it('refuses callers without a key, and with one that nobody has', async () => {
    const without = await fetch(`${gateway.url}/v1/clients`);
    expect(without.headers.get('www-authenticate')).toBe('Bearer realm="bpm-gateway"');
    expect(await answers.body('GET /v1/clients', without)).toMatchObject({ status: 401, code: 'unauthenticated' });

    const wrong = await call('GET', '/v1/clients', undefined, `${adminKey}x`);
    expect(wrong.headers.get('www-authenticate')).toContain('invalid_token');
    expect(wrong.status).toBe(401);
  });

  it('ends a key at once when it is deleted, and keeps the others', async () => {
    const { id, key } = await made({ name: 'two keys', scopes: ['admin'] });
    const added = await call('POST', `/v1/clients/${id}/keys`);
    const second = (await answers.body('POST /v1/clients/{id}/keys', added)) as { id: string; key: string };
    expect((await call('GET', '/v1/clients', undefined, second.key)).status).toBe(200);

    expect((await call('DELETE', `/v1/clients/${id}/keys/${second.id}`)).status).toBe(204);
    expect((await call('GET', '/v1/clients', undefined, second.key)).status).toBe(401);
    expect((await call('GET', '/v1/clients', undefined, key)).status).toBe(200);
  });

  it('ends every key of a client that is removed', async () => {
    const { id, key } = await made({ name: 'short', scopes: ['admin'] });
    expect((await call('GET', '/v1/clients', undefined, key)).status).toBe(200);
    expect((await call('DELETE', `/v1/clients/${id}`)).status).toBe(204);
    expect((await call('GET', '/v1/clients', undefined, key)).status).toBe(401);
    expect((await call('GET', `/v1/clients/${id}`)).status).toBe(404);
  });

  it('refuses a client whose time is over', async () => {
    const { key } = await made({ name: 'old', scopes: ['admin'], expiresAt: '2020-02-29T00:00:00Z' });
    expect((await call('GET', '/v1/clients', undefined, key)).status).toBe(401);
  });

  it('refuses a client from an address that is not its own', async () => {
    const { id, key } = await made({ name: 'elsewhere', scopes: ['admin'], addresses: ['10.0.0.0/8'] });
    const refused = await call('GET', '/v1/clients', undefined, key);
    expect(await answers.body('GET /v1/clients', refused)).toMatchObject({ status: 403, code: 'address-not-allowed' });

    await call('PATCH', `/v1/clients/${id}`, { addresses: ['127.0.0.0/8', '::1'] });
    expect((await call('GET', '/v1/clients', undefined, key)).status).toBe(200);
  });

  it('changes what a patch names and opens what it sets to null', async () => {
    const { id } = await made({ name: 'patched', scopes: ['admin'], connections: ['a'], requestsPerMinute: 5 });
    const answer = await call('PATCH', `/v1/clients/${id}`, { connections: null, sees: 'own' });
    expect(await answers.body('PATCH /v1/clients/{id}', answer)).toMatchObject({
      name: 'patched',
      connections: null,
      sees: 'own',
      requestsPerMinute: 5,
    });
  });

  it('does not let two clients have one name, nor anybody touch the fixed ones', async () => {
    await made({ name: 'unique', scopes: [] });
    const again = await call('POST', '/v1/clients', { name: 'unique', scopes: [] });
    expect(await answers.body('POST /v1/clients', again)).toMatchObject({ status: 409, code: 'conflict' });

    const { items } = (await (await call('GET', '/v1/clients')).json()) as { items: { id: string; name: string }[] };
    const bootstrap = items.find(({ name }) => name === 'bootstrap');
    expect((await call('DELETE', `/v1/clients/${bootstrap?.id ?? ''}`)).status).toBe(409);
  });

  it('goes through a list page by page, newest first', async () => {
    const names = ['page one', 'page two', 'page three'];
    for (const name of names) await made({ name, scopes: [] });
    const first = await call('GET', '/v1/clients?limit=2');
    const page = (await answers.body('GET /v1/clients', first)) as { items: { name: string }[]; nextCursor: string };
    expect(page.items.map(({ name }) => name)).toEqual(['page three', 'page two']);

    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    expect(next).toBe(`/v1/clients?limit=2&cursor=${page.nextCursor}`);
    const second = (await (await call('GET', next)).json()) as { items: { name: string }[] };
    expect(second.items[0]?.name).toBe('page one');
  });

  it('names every fault of a body at once', async () => {
    const shape = await call('POST', '/v1/clients', { name: 5, scopes: 'admin', extra: 1, sees: 'nobody' });
    const malformed = (await answers.body('POST /v1/clients', shape)) as {
      errors: { pointer: string; code: string }[];
    };
    expect(shape.status).toBe(400);
    expect(malformed.errors.map(({ pointer, code }) => `${pointer} ${code}`).toSorted()).toEqual([
      '/extra unknown-field',
      '/name wrong-type',
      '/scopes wrong-type',
    ]);

    const values = await call('POST', '/v1/clients', {
      scopes: ['admin', 'root'],
      sees: 'nobody',
      expiresAt: '2026-02-30T00:00:00Z',
    });
    const unfit = (await answers.body('POST /v1/clients', values)) as { errors: { pointer: string; code: string }[] };
    expect(values.status).toBe(422);
    expect(unfit.errors.map(({ pointer, code }) => `${pointer} ${code}`).toSorted()).toEqual([
      '/expiresAt invalid',
      '/name required',
      '/scopes not-allowed',
      '/sees not-allowed',
    ]);
  });
});
