import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { startCreatioSandbox, type CreatioSandbox } from '../../src/platforms/creatio/creatio.sandbox.js';
import { startGateway, type TestGateway } from '../gateway.js';
import { openApiAnswers, type OpenApiAnswers } from '../openapi-answers.js';
import { until } from '../until.js';

const Task = z.object({
  id: z.string(),
  nativeId: z.string(),
  processId: z.string().nullable(),
  name: z.string(),
  state: z.string(),
  assignees: z.array(z.string()),
});
const Tasks = z.object({ items: z.array(Task), nextCursor: z.string().nullable() });
const Process = z.object({ id: z.string(), state: z.string() });
const Items = z.object({ items: z.array(z.object({ id: z.string(), type: z.string(), state: z.string() })) });
const Events = z.object({ items: z.array(z.object({ type: z.string(), data: z.record(z.string(), z.json()) })) });

const supervisorsContact = '410006e1-ca4e-4502-a9ec-e54d922d2c00';

let gateway: TestGateway;
let contract: OpenApiAnswers;
let instance: CreatioSandbox;

beforeAll(async () => {
  instance = await startCreatioSandbox({ host: '127.0.0.1', port: 0, folder: null });
  const reach = { EGRESS_HTTP: 'on', EGRESS_ALLOW: '127.0.0.0/8' };
  gateway = await startGateway({ STATUS_POLL_SECONDS: '1', ...reach });
  contract = await openApiAnswers(gateway.url);
  for (const username of ['Supervisor', 'Colleague']) {
    const auth = { type: 'forms', username, password: `${username}-password` };
    const body = { key: username.toLowerCase(), platform: 'creatio', baseUrl: instance.url, auth };
    const made = await post('/connections', body);
    if (made.status !== 201) throw new Error(await made.text());
  }
});
afterAll(async () => {
  await gateway?.close();
  await instance?.close();
});

function post(path: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json', prefer: 'wait=20' };
  return fetch(`${gateway.url}/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function get(route: string, path: string): Promise<unknown> {
  return contract.body(`GET /v1${route}`, await fetch(`${gateway.url}/v1${path}`));
}

async function list(query: string): Promise<z.infer<typeof Tasks>> {
  return Tasks.parse(await get('/tasks', `/tasks?${query}`));
}

async function started(connection = 'supervisor'): Promise<string> {
  const answer = await post('/processes', { connection, definition: 'UsrApproval' });
  expect(answer.status).toBe(201);
  return Process.parse(await answer.json()).id;
}

describe('the user tasks of a Creatio process', () => {
  it('are listed with their process, and shown one by one', async () => {
    const processId = await started();

    const { items, nextCursor } = await list(`process=${processId}`);

    expect(items).toMatchObject([
      { processId, name: 'Approve the document', state: 'waiting', assignees: [supervisorsContact] },
    ]);
    expect(nextCursor).toBeNull();
    const [task] = items;
    expect(await get('/tasks/{id}', `/tasks/${encodeURIComponent(task?.id ?? '')}`)).toMatchObject({
      ...task,
      actsAs: supervisorsContact,
      statuses: null,
      answers: [],
    });
    expect((await list(`process=${processId}&state=completed&state=cancelled`)).items).toEqual([]);
    expect((await list(`connection=supervisor&assignee=${supervisorsContact}&limit=200`)).items).toContainEqual(task);
  });

  it('cannot be completed or delegated as tasks, and the refusal names the way that there is', async () => {
    const processId = await started();
    const [task] = (await list(`process=${processId}`)).items;
    const path = `/tasks/${encodeURIComponent(task?.id ?? '')}`;

    const complete = await post(`${path}/complete`, { status: 'ok' });
    const delegate = await post(`${path}/delegate`, { fromUserId: supervisorsContact, toUserId: 'x' });

    expect([complete.status, await complete.json()]).toMatchObject([
      422,
      { code: 'capability-not-supported', detail: expect.stringContaining('/elements/{elementId}/complete') },
    ]);
    expect([delegate.status, await delegate.json()]).toMatchObject([422, { code: 'capability-not-supported' }]);
  });

  it('are news of their process, and gone once their element is completed', async () => {
    const processId = await started();
    const [task] = (await list(`process=${processId}`)).items;
    const created = await until(async () => {
      const { items } = Events.parse(await get('/processes/{id}/history', `/processes/${processId}/history`));
      const found = items.filter(({ type }) => type === 'task.created');
      return found.length > 0 && found;
    }, 'the task to be told of');
    expect(created).toMatchObject([{ data: { taskId: task?.id, assignees: [supervisorsContact] } }]);

    const { items } = Items.parse(await get('/processes/{id}/elements', `/processes/${processId}/elements`));
    const element = items.find(({ state }) => state === 'waiting');
    const done = await post(`/processes/${processId}/elements/${element?.id ?? ''}/complete`, {});

    expect([done.status, await done.json()]).toMatchObject([200, { executed: true }]);
    expect((await list(`process=${processId}`)).items).toEqual([]);
    expect((await fetch(`${gateway.url}/v1/tasks/${encodeURIComponent(task?.id ?? '')}`)).status).toBe(404);
  });

  it('come page by page over two connections, each once', async () => {
    await Promise.all(['supervisor', 'colleague', 'supervisor', 'colleague', 'supervisor'].map(started));
    const all = (await list('limit=200')).items.map(({ id }) => id);
    const met: string[] = [];
    let cursor: string | null = '';

    while (cursor !== null && met.length <= all.length) {
      const page: z.infer<typeof Tasks> = await list(cursor === '' ? 'limit=2' : `limit=2&cursor=${cursor}`);
      met.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }

    expect(met).toEqual(all);
    expect(new Set(met).size).toBe(met.length);
    // Both users see all of them: the table knows no rights by record.
    expect(all.length).toBeGreaterThanOrEqual(10);
  });
});
