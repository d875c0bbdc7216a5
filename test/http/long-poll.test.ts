import fastify from 'fastify';
import { goneAway } from '../../src/http/gone-away.js';
import { listeningPort } from '../../src/lib/listening-port.js';
import { startGateway, type TestGateway } from '../gateway.js';
import { openApiAnswers, type OpenApiAnswers } from '../openapi-answers.js';
import { until } from '../until.js';

type Body = Readonly<Record<string, unknown>>;

let gateway: TestGateway;
let contract: OpenApiAnswers;

beforeAll(async () => {
  gateway = await startGateway({ SANDBOX: 'on', STATUS_POLL_SECONDS: '600' });
  contract = await openApiAnswers(gateway.url);
});
afterAll(async () => {
  await gateway?.close();
});

async function post(path: string, body: object): Promise<Body> {
  const answer = await fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return (await answer.json()) as Body;
}

async function running(): Promise<{ id: string; revision: number }> {
  const { id, revision, state } = await post('/v1/processes', {
    connection: 'sandbox-bitrix24',
    definition: '1',
    subject: { type: 'crm.lead', id: '1' },
    variables: { Parameter1: 'user_1' },
  });
  expect(state).toBe('running');
  return { id: String(id), revision: Number(revision) };
}

async function poll(id: string, query: string) {
  const askedAt = performance.now();
  const answer = await fetch(`${gateway.url}/v1/processes/${id}?${query}`);
  const body = (await contract.body('GET /v1/processes/{id}', answer)) as Body;
  return { status: answer.status, body, tookMs: performance.now() - askedAt };
}

describe('a long poll', () => {
  it('is answered at once where the revision is another one already', async () => {
    const { id, revision } = await running();
    const answer = await poll(id, `wait=30&revision=${revision - 1}`);

    expect(answer).toMatchObject({ status: 200, body: { revision } });
    expect(answer.tookMs).toBeLessThan(5000);
  });

  it('is answered with 200 and the process as it stands where nothing changes', async () => {
    const { id, revision } = await running();
    const answer = await poll(id, `wait=1&revision=${revision}`);

    expect(answer).toMatchObject({ status: 200, body: { id, revision, state: 'running' } });
    expect(answer.tookMs).toBeGreaterThan(950);
  });

  it.each([
    ['revision=REVISION', /^terminat(ing|ed)$/],
    ['until=closed', /^terminated$/],
  ])('with %s is answered as soon as the run is stopped', async (query, state) => {
    const { id, revision } = await running();
    const polled = poll(id, `wait=30&${query.replace('REVISION', String(revision))}`);
    await post(`/v1/processes/${id}/terminate`, {});
    const { status, body, tookMs } = await polled;

    expect(status).toBe(200);
    expect(Number(body['revision'])).toBeGreaterThan(revision);
    expect(body['state']).toMatch(state);
    expect(tookMs).toBeLessThan(10_000);
  });

  it('for the end of a closed process is answered at once, whatever the platform is asked first', async () => {
    const { id } = await running();
    await post(`/v1/processes/${id}/terminate`, {});

    const answer = await poll(id, 'refresh=true&wait=30&until=closed');
    expect(answer).toMatchObject({ status: 200, body: { state: 'terminated' } });
    expect(answer.tookMs).toBeLessThan(5000);
  });

  it.each([
    ['wait=5', 'wait', 'incomplete'],
    ['revision=3', 'revision', 'incomplete'],
    ['until=closed', 'until', 'incomplete'],
    ['wait=5&revision=3&until=closed', 'until', 'conflict'],
    ['wait=-1&revision=3', 'wait', 'invalid'],
    ['wait=1.5&revision=3', 'wait', 'invalid'],
    ['wait=5&revision=x', 'revision', 'invalid'],
    ['wait=5&until=running', 'until', 'invalid'],
    ['wait=5&wait=6&until=closed', 'wait', 'repeated'],
  ])('with %s is malformed', async (query, parameter, code) => {
    const { id } = await running();
    const { status, body } = await poll(id, query);

    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'malformed-request', errors: [expect.objectContaining({ parameter, code })] });
  });

  it('of a process that nobody knows is 404 at once', async () => {
    const { status, tookMs } = await poll('01994f0e-0000-7000-8000-000000000000', 'wait=30&until=closed');

    expect(status).toBe(404);
    expect(tookMs).toBeLessThan(5000);
  });
});

it('answers who waits when the gateway stops', async () => {
  const other = await startGateway({ SANDBOX: 'on', STATUS_POLL_SECONDS: '600' });
  const whole = gateway;
  gateway = other;
  const { id } = await running().finally(() => (gateway = whole));
  const polled = fetch(`${other.url}/v1/processes/${id}?wait=50&until=closed`);
  const askedAt = performance.now();
  await until(async () => (await fetch(`${other.url}/healthz/live`)).ok, 'the poll to have arrived');
  await other.close();

  expect((await polled).status).toBe(200);
  expect((await polled).headers.get('connection')).toBe('close');
  expect(await (await polled).json()).toMatchObject({ id, state: 'running' });
  expect(performance.now() - askedAt).toBeLessThan(20_000);
});

it('knows when a caller has gone away', async () => {
  const signals: AbortSignal[] = [];
  const server = fastify({ forceCloseConnections: true });
  server.get('/', async (_, reply) => {
    const signal = goneAway(reply);
    signals.push(signal);
    await until(() => signal.aborted, 'the caller to go away');
    return {};
  });
  try {
    await server.listen({ port: 0, host: '127.0.0.1' });
    const caller = new AbortController();
    const asked = fetch(`http://127.0.0.1:${listeningPort(server.server)}/`, { signal: caller.signal });
    await until(() => signals.length, 'the request to arrive');
    expect(signals[0]?.aborted).toBe(false);
    caller.abort();
    await expect(asked).rejects.toThrow('aborted');

    expect(await until(() => signals[0]?.aborted, 'the signal')).toBe(true);
  } finally {
    await server.close();
  }
});
