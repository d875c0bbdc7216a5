import { until } from '../until.js';
import { startGateway, type TestGateway } from '../gateway.js';
import { ContractCaller } from './contract-caller.js';

const adminKey = 'the-key-of-the-administrator';
let gateway: TestGateway;
let api: ContractCaller;

beforeAll(async () => {
  gateway = await startGateway({
    AUTH: 'on',
    BOOTSTRAP_API_KEY: adminKey,
    EGRESS_HTTP: 'on',
    EGRESS_ALLOW: '127.0.0.0/8',
  });
  api = await ContractCaller.of(gateway.url, adminKey);
});
afterAll(() => gateway.close());

/** A portal at which nobody listens. */
async function register(key: string, limits: object = {}, port = 2): Promise<string> {
  const auth = { type: 'webhook', userId: 1, secret: 's' };
  const body = { key, platform: 'bitrix24', baseUrl: `http://127.0.0.1:${port}`, auth, limits };
  expect((await api.ask('POST', '/connections', '', { body })).status).toBe(201);
  return key;
}

async function post(path: string, body: object): Promise<{ status: number; id: string }> {
  const answer = await fetch(`${gateway.url}/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json', prefer: 'respond-async' },
    body: JSON.stringify(body),
  });
  const answered: unknown = await answer.json();
  const id = typeof answered === 'object' && answered && 'id' in answered ? String(answered.id) : '';
  return { status: answer.status, id };
}

async function patch(key: string, body: object): Promise<void> {
  const url = `${gateway.url}/v1/connections/${key}`;
  const headers = { authorization: `Bearer ${adminKey}` };
  const etag = (await fetch(url, { headers })).headers.get('etag') ?? '';
  const answer = await fetch(url, {
    method: 'PATCH',
    headers: { ...headers, 'content-type': 'application/merge-patch+json', 'if-match': etag },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
}

function sinceOf(health: unknown): unknown {
  return typeof health === 'object' && health && 'since' in health ? health.since : null;
}

function order(connection: string): object {
  return { connection, definition: '1', subject: { type: 'crm.lead', id: '1' } };
}

async function start(connection: string): Promise<number> {
  return (await post('/processes', order(connection))).status;
}

describe('the limits of a connection', () => {
  it('tell what is left of its budget', async () => {
    const key = await register('fresh', {}, 88);

    expect(await api.ask('GET', '/connections/{key}/limits', key)).toMatchObject({
      status: 200,
      body: { budget: { remaining: 47, resetsAt: null }, methods: [], inFlight: 0 },
    });
  });

  it('tell that nothing limits it', async () => {
    const key = await register('unlimited', { requestsPerSecond: null }, 81);

    expect(await api.ask('GET', '/connections/{key}/limits', key)).toMatchObject({
      body: { budget: { remaining: null, resetsAt: null } },
    });
  });

  it('count every request to the portal, also a test of the connection', async () => {
    const key = await register('tested', { requestsPerSecond: 0.1, burst: 40 }, 82);
    await api.ask('POST', '/connections/{key}/test', key);
    const { body } = await api.ask('GET', '/connections/{key}/limits', key);

    expect(body).toMatchObject({ budget: { remaining: 38 } });
  });

  it('are not shown to who may not see the connection', async () => {
    expect(await api.ask('GET', '/connections/{key}/limits', 'nobody')).toMatchObject({ status: 404 });
  });
});

describe('the health of a connection', () => {
  it('is told for one that nobody has used', async () => {
    const key = await register('unused', {}, 83);

    expect(await api.ask('GET', '/connections/{key}/health', key)).toMatchObject({
      status: 200,
      body: {
        state: 'active',
        breaker: 'closed',
        queueDepth: 0,
        oldestQueuedSeconds: null,
        lastSuccessAt: null,
        lastFailure: null,
      },
    });
  });

  it('counts no start that was withdrawn, and gives its room to another', async () => {
    const key = await register('withdrawing', { queueDepth: 2 }, 85);
    expect((await post(`/connections/${key}/pause`, {})).status).toBe(200);
    const { id } = await post('/processes', order(key));
    expect(await start(key)).toBe(202);
    expect((await post(`/processes/${id}/terminate`, {})).status).toBe(200);

    expect(await api.ask('GET', '/connections/{key}/health', key)).toMatchObject({ body: { queueDepth: 1 } });
    expect(await start(key)).toBe(202);
    expect(await start(key)).toBe(429);
  });

  it('tells since when its state holds, whatever else is changed of it', async () => {
    const key = await register('renamed', {}, 86);
    const health = async (): Promise<unknown> => (await api.ask('GET', '/connections/{key}/health', key)).body;
    const before = await health();
    await patch(key, { name: 'Another name' });
    expect(await health()).toEqual(before);

    await post(`/connections/${key}/pause`, {});
    const paused = await health();
    expect(paused).toMatchObject({ state: 'paused' });
    expect(paused).not.toMatchObject({ since: sinceOf(before) });
  });

  it('tells that its portal is dead, and who waits for it', async () => {
    const key = await register('dead', { requestsPerSecond: null }, 84);
    for (let time = 0; time < 8; time += 1) expect(await start(key)).toBe(202);
    const health = async (): Promise<{ breaker: string }> => {
      const { body } = await api.ask('GET', '/connections/{key}/health', key);
      return body as { breaker: string };
    };
    await until(async () => (await health()).breaker !== 'closed', 'the breaker to open');

    expect(await health()).toMatchObject({
      state: 'active',
      lastSuccessAt: null,
      lastFailure: { message: expect.stringContaining('ECONNREFUSED') },
      oldestQueuedSeconds: expect.any(Number),
    });
    expect(await start(key)).toBe(202);
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).toMatch(/bpmgw_breaker_open\{connection="dead"\} 1/);
    expect(metrics).toMatch(/bpmgw_queue_depth\{connection="dead"\} [1-9]/);
  });

  it('is not shown to who may not see the connection', async () => {
    expect(await api.ask('GET', '/connections/{key}/health', 'nobody')).toMatchObject({ status: 404 });
  });
});
