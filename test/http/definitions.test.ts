import { z } from 'zod';
import { startGateway, type TestGateway } from '../gateway.js';
import { ContractCaller } from './contract-caller.js';

const adminKey = 'the-key-of-the-administrator';
const one = '/connections/{key}/definitions/{definition}';
const sandboxes = ['sandbox-bitrix24', 'sandbox-creatio'];
const Items = z.object({ items: z.array(z.object({ definition: z.string() })), nextCursor: z.string().nullable() });

let gateway: TestGateway;
let api: ContractCaller;

beforeAll(async () => {
  gateway = await startGateway({ AUTH: 'on', BOOTSTRAP_API_KEY: adminKey, SANDBOX: 'on' });
  api = await ContractCaller.of(gateway.url, adminKey);
});
afterAll(() => gateway.close());

describe('a sandbox connection', () => {
  it.each(sandboxes)('is there and passes its test: %s', async (key) => {
    const { status, body } = await api.ask('POST', '/connections/{key}/test', key);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { ok: true, steps: expect.arrayContaining([expect.objectContaining({ name: 'sign_in', ok: true })]) },
    });
  });

  it.each(sandboxes)('tells what can be started there, page by page: %s', async (key) => {
    const first = Items.parse((await api.ask('GET', '/connections/{key}/definitions?limit=2', key)).body);
    const route = `/connections/{key}/definitions?limit=2&cursor=${first.nextCursor}`;
    const second = Items.parse((await api.ask('GET', route, key)).body);

    const names = [...first.items, ...second.items].map(({ definition }) => definition);
    expect(new Set(names).size).toBe(4);
  });

  it.each(sandboxes)('tells what a start of a definition takes: %s', async (key) => {
    const { items } = Items.parse((await api.ask('GET', '/connections/{key}/definitions?limit=1', key)).body);
    const [{ definition } = { definition: '' }] = items;
    const { body } = await api.askAt('GET', one, `/connections/${key}/definitions/${definition}`);
    expect(body).toMatchObject({ definition, inputSchema: { additionalProperties: false }, sensitive: [] });
  });

  it('does not have a definition of another name', async () => {
    const answer = await api.askAt('GET', one, '/connections/sandbox-creatio/definitions/a.b%2Fc');
    expect(answer).toMatchObject({ status: 404, body: { code: 'definition-not-found' } });
  });

  it('tells what it can do', async () => {
    const { body } = await api.ask('GET', '/connections/{key}/capabilities', 'sandbox-creatio');
    const kill = expect.objectContaining({ operation: 'kill', supported: false, delivery: null });
    expect(body).toMatchObject({
      platform: 'creatio',
      capabilities: expect.arrayContaining([kill]),
      runIds: { state: 'unknown', seen: 0, lastAt: null },
    });
  });
});

it('shows a caller only the definitions that it may start', async () => {
  const client = { name: 'limited', scopes: ['definitions:read'], definitions: ['1'] };
  const { key } = z.object({ key: z.string() }).parse((await api.ask('POST', '/clients', '', { body: client })).body);

  const at = '/connections/sandbox-bitrix24/definitions';
  const { body } = await api.ask('GET', '/connections/{key}/definitions', 'sandbox-bitrix24', { key });
  expect(body).toMatchObject({ items: [{ definition: '1' }], nextCursor: null });
  expect((await api.askAt('GET', one, `${at}/1`, { key })).status).toBe(200);
  expect((await api.askAt('GET', one, `${at}/2`, { key })).status).toBe(404);
});

describe('a portal that is not there', () => {
  const auth = { type: 'forms', username: 'a', password: 'b' };

  beforeAll(async () => {
    const body = { key: 'nowhere', platform: 'creatio', baseUrl: 'https://instance.invalid', auth };
    await api.ask('POST', '/connections', '', { body });
  });

  it('fails its test at the first step, and says what to do', async () => {
    const { status, body } = await api.ask('POST', '/connections/{key}/test', 'nowhere');
    expect(status).toBe(200);
    expect(body).toMatchObject({ ok: false, steps: expect.arrayContaining([expect.objectContaining({ ok: false })]) });
    const { steps } = z
      .object({ steps: z.array(z.object({ name: z.string(), remedy: z.string().nullable() })) })
      .parse(body);
    expect(steps[0]).toEqual({ name: 'reach', remedy: expect.any(String) });
  });

  it('cannot be asked for its definitions', async () => {
    const { status, headers, body } = await api.ask('GET', '/connections/{key}/definitions', 'nowhere');
    expect({ status, body }).toMatchObject({ status: 503, body: { code: 'platform-unavailable', retryable: true } });
    expect(headers.get('retry-after')).toBe('5');
    expect((await api.askAt('GET', one, '/connections/nowhere/definitions/UsrApproval')).status).toBe(503);
  });
});

it('shows the platforms, and no others', async () => {
  const { body } = await api.ask('GET', '/platforms');
  expect(body).toMatchObject({ items: [{ platform: 'bitrix24' }, { platform: 'creatio' }], nextCursor: null });

  const kill = { operation: 'kill', supported: false, delivery: null, note: expect.any(String) };
  expect((await api.ask('GET', '/platforms/{platform}', 'creatio')).body).toMatchObject({
    connectionSchema: { properties: { auth: {}, sessions: {} } },
    capabilities: expect.arrayContaining([kill]),
  });
  expect((await api.ask('GET', '/platforms/{platform}', 'stone')).status).toBe(404);
});
