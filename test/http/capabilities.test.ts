import { startGateway, type TestGateway } from '../gateway.js';
import { openApiAnswers, type OpenApiAnswers } from '../openapi-answers.js';

const path = '/v1/connections/sandbox-bitrix24';

interface Capabilities {
  readonly capabilities: readonly { readonly operation: string; readonly delivery: string | null }[];
  readonly runIds: { readonly state: string; readonly seen: number; readonly lastAt: string | null };
}

let gateway: TestGateway;
let contract: OpenApiAnswers;

beforeAll(async () => {
  gateway = await startGateway({ SANDBOX: 'on' });
  contract = await openApiAnswers(gateway.url);
});
afterAll(async () => gateway?.close());

async function measured() {
  const answer = await fetch(`${gateway.url}${path}/capabilities`);
  const { capabilities, runIds } = (await contract.body(
    'GET /v1/connections/{key}/capabilities',
    answer,
  )) as Capabilities;
  return { runIds, start: capabilities.find(({ operation }) => operation === 'start')?.delivery };
}

async function start(times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    const body = JSON.stringify({
      connection: 'sandbox-bitrix24',
      definition: '1',
      subject: { type: 'crm.lead', id: '1' },
      variables: { Parameter1: 'user_1' },
    });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${gateway.url}/v1/processes`, { method: 'POST', headers, body });
    expect(answer.status).toBe(201);
  }
}

async function patch(body: object): Promise<void> {
  const etag = (await fetch(`${gateway.url}${path}`)).headers.get('etag') ?? '';
  const headers = { 'content-type': 'application/merge-patch+json', 'if-match': etag };
  const answer = await fetch(`${gateway.url}${path}`, { method: 'PATCH', headers, body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
}

describe('what a connection can do', () => {
  it('says that a start is probed where that is asked for and the portal was seen to keep run ids', async () => {
    expect(await measured()).toEqual({ runIds: { state: 'unknown', seen: 0, lastAt: null }, start: 'at_most_once' });

    await start(3);
    expect(await measured()).toMatchObject({ runIds: { state: 'kept', seen: 3 }, start: 'at_most_once' });

    await patch({ runIds: 'probe' });
    expect(await measured()).toMatchObject({ runIds: { state: 'unknown', seen: 0 }, start: 'at_most_once' });

    await start(3);
    expect(await measured()).toMatchObject({ runIds: { state: 'kept', seen: 3 }, start: 'at_most_once_probed' });
  });

  it('forgets what was seen of run ids when runIds is set to what it was', async () => {
    await start(3);
    await patch({ name: 'Other' });
    expect(await measured()).toMatchObject({ runIds: { state: 'kept' } });

    await patch({ runIds: 'probe' });
    expect(await measured()).toMatchObject({ runIds: { state: 'unknown' }, start: 'at_most_once' });
  });
});
