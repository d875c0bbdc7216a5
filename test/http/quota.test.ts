import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startGateway, type TestGateway } from '../gateway.js';

const adminKey = 'the-key-of-the-administrator';

describe('a client with a quota', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway({ AUTH: 'on', BOOTSTRAP_API_KEY: adminKey });
  });
  afterAll(() => gateway.close());

  async function client(settings: object): Promise<(path?: string) => Promise<Response>> {
    const made = await fetch(`${gateway.url}/v1/clients`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(settings),
    });
    const { key } = (await made.json()) as { key: string };
    return (path = '/v1/clients') => fetch(gateway.url + path, { headers: { authorization: `Bearer ${key}` } });
  }

  it('is told what is left of it, and when it may go on', async () => {
    const get = await client({ name: 'slow', scopes: ['admin'], requestsPerMinute: 2 });

    const first = await get();
    expect(first.headers.get('ratelimit-policy')).toBe('"client";q=2;w=60');
    expect(first.headers.get('ratelimit')).toMatch(/^"client";r=1;t=\d+$/);
    expect((await get()).status).toBe(200);

    const over = await get();
    expect(over.status).toBe(429);
    expect(over.headers.get('ratelimit')).toMatch(/^"client";r=0;t=\d+$/);
    expect(Number(over.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await over.json()).toMatchObject({ code: 'quota-exceeded', retryable: true, outcome: 'not_executed' });
  });

  it('pays for what is refused for want of a scope, too', async () => {
    const get = await client({ name: 'knocking', scopes: ['processes:read'], requestsPerMinute: 2 });
    expect((await get()).status).toBe(403);
    expect((await get()).headers.get('ratelimit')).toMatch(/^"client";r=0;/);
    expect((await get('/v1/processes')).status).toBe(429);
  });

  it('does not take of the quota of others', async () => {
    const admin = await fetch(`${gateway.url}/v1/clients`, { headers: { authorization: `Bearer ${adminKey}` } });
    expect(admin.status).toBe(200);
    expect(admin.headers.get('ratelimit')).toBeNull();
  });
});
