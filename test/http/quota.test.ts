import { Quota } from '../../src/security/quota.js';
import { startGateway, type TestGateway } from '../gateway.js';

const adminKey = 'the-key-of-the-administrator';

describe('a quota', () => {
  it('is whole again a minute after its window began', () => {
    let now = 0;
    const quota = new Quota(() => now);
    expect(quota.take('a', 2)).toEqual({ isOver: false, limit: 2, remaining: 1, resetSeconds: 60 });
    now = 59_000;
    expect(quota.take('a', 2)).toMatchObject({ isOver: false, remaining: 0, resetSeconds: 1 });
    expect(quota.take('a', 2)).toMatchObject({ isOver: true, remaining: 0 });
    expect(quota.take('b', 2)).toMatchObject({ isOver: false });
    now = 60_000;
    expect(quota.take('a', 2)).toMatchObject({ isOver: false, remaining: 1 });
  });
});

describe('a client with a quota', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway({ AUTH: 'on', BOOTSTRAP_API_KEY: adminKey });
  });
  afterAll(() => gateway.close());

  it('is told what is left of it, and when it may go on', async () => {
    const made = await fetch(`${gateway.url}/v1/clients`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'slow', scopes: ['admin'], requestsPerMinute: 2 }),
    });
    const { key } = (await made.json()) as { key: string };
    const get = (): Promise<Response> =>
      fetch(`${gateway.url}/v1/clients`, { headers: { authorization: `Bearer ${key}` } });

    const first = await get();
    expect(first.headers.get('ratelimit-policy')).toBe('"client";q=2;w=60');
    expect(first.headers.get('ratelimit')).toMatch(/^"client";r=1;t=\d+$/);
    expect((await get()).status).toBe(200);

    const over = await get();
    expect(over.status).toBe(429);
    expect(Number(over.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await over.json()).toMatchObject({ code: 'quota-exceeded', retryable: true, outcome: 'not_executed' });
  });

  it('does not take of the quota of others', async () => {
    const admin = await fetch(`${gateway.url}/v1/clients`, { headers: { authorization: `Bearer ${adminKey}` } });
    expect(admin.status).toBe(200);
    expect(admin.headers.get('ratelimit')).toBeNull();
  });
});
