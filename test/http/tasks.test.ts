import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bitrix24Sandbox } from '../../src/platforms/bitrix24/sandbox/bitrix24.sandbox.js';
import { startGateway, type TestGateway } from '../gateway.js';
import { openApiAnswers, type OpenApiAnswers } from '../openapi-answers.js';
import { until } from '../until.js';

type Body = Readonly<Record<string, unknown>>;

let gateway: TestGateway;
let contract: OpenApiAnswers;
let portal = '';
let keys = 0;

beforeAll(async () => {
  gateway = await startGateway({
    SANDBOX: 'on',
    STATUS_POLL_SECONDS: '1',
    LEASE_SECONDS: '5',
    EGRESS_ALLOW: '127.0.0.0/8',
    EGRESS_HTTP: 'on',
  });
  contract = await openApiAnswers(gateway.url);
  portal = String((await get('/v1/connections/{key}', '/v1/connections/sandbox-bitrix24')).body['baseUrl']);
  await unlimited('sandbox-bitrix24');
  await connection('clerk', portal, { type: 'webhook', userId: 2, secret: 'sandboxwebhook02' });
});

afterAll(async () => {
  await gateway?.close();
});

const noRate = { requestsPerSecond: 1000, burst: 1000 };

async function unlimited(key: string): Promise<void> {
  const url = `${gateway.url}/v1/connections/${key}`;
  const etag = (await fetch(url)).headers.get('etag') ?? '';
  const headers = { 'content-type': 'application/merge-patch+json', 'if-match': etag };
  const answer = await fetch(url, { method: 'PATCH', headers, body: JSON.stringify({ limits: noRate }) });
  expect(answer.status).toBe(200);
}

const newKey = (): string => `task-${(keys += 1)}`;

async function connection(key: string, baseUrl: string, auth: object): Promise<void> {
  const body = { key, platform: 'bitrix24', name: key, baseUrl, auth, limits: noRate };
  expect(await post('/v1/connections', '/v1/connections', body)).toMatchObject({ status: 201 });
}

async function post(route: string, path: string, body: unknown, key = newKey(), prefer = 'wait=10') {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key, prefer };
  const answer = await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return {
    status: answer.status,
    headers: answer.headers,
    body: (await contract.body(`POST ${route}`, answer)) as Body,
  };
}

async function get(route: string, path: string) {
  const answer = await fetch(`${gateway.url}${path}`);
  return {
    status: answer.status,
    headers: answer.headers,
    body: (await contract.body(`GET ${route}`, answer)) as Body,
  };
}

const complete = (id: string, body: unknown, key?: string, prefer?: string) =>
  post('/v1/tasks/{id}/complete', `/v1/tasks/${encodeURIComponent(id)}/complete`, body, key, prefer);
const delegate = (id: string, body: unknown, key?: string) =>
  post('/v1/tasks/{id}/delegate', `/v1/tasks/${encodeURIComponent(id)}/delegate`, body, key);
const list = (query: string) => get('/v1/tasks', `/v1/tasks?${query}`);
const show = (id: string) => get('/v1/tasks/{id}', `/v1/tasks/${encodeURIComponent(id)}`);
const shown = async (id: string) => (await show(id)).body;
const items = (body: Body) => body['items'] as readonly Body[];

/** A process that waits for a task: its id, and the task's as the administrator's connection names it. */
async function started(definition = '1', variables: object = { Parameter1: 'user_1' }) {
  const subject = { type: 'crm.lead', id: '1' };
  const { body } = await post('/v1/processes', '/v1/processes', {
    connection: 'sandbox-bitrix24',
    definition,
    subject,
    variables,
  });
  const processId = String(body['id']);
  const [task] = items((await list(`process=${processId}`)).body);
  return {
    processId,
    nativeRunId: String(body['nativeId']),
    task: String(task?.['id']),
    nativeId: String(task?.['nativeId']),
  };
}

/** By the portal's own log: every command of this kind that it has received, and what came of it. */
async function commands(operation: 'complete_task' | 'delegate_task'): Promise<readonly Body[]> {
  const log = (await (await fetch(`${portal}/_sandbox/requests`)).json()) as readonly Body[];
  return log.filter((request) => request['operation'] === operation);
}

const executed = async (operation: 'complete_task' | 'delegate_task') =>
  (await commands(operation)).filter((request) => request['executed'] === true).length;

const control = (path: string, body: object) =>
  fetch(`${portal}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });

/** As a user of the portal does it by hand. */
const byHand = (userId: number, method: string, body: object) =>
  fetch(`${portal}/rest/${userId}/sandboxwebhook0${userId}/bizproc.task.${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

async function history(processId: string): Promise<readonly Body[]> {
  const path = `/v1/processes/${processId}/history?limit=200`;
  return items((await get('/v1/processes/{id}/history', path)).body);
}

describe('the tasks of a process', () => {
  it('are read from the portal, with the user as whom the connection acts', async () => {
    const { processId, task, nativeId } = await started('16', { Clerk: 'user_1' });

    expect(await shown(task)).toEqual({
      id: `sandbox-bitrix24:${nativeId}`,
      nativeId,
      processId,
      name: 'Fill in the invoice: LEAD_1',
      state: 'waiting',
      assignees: ['1'],
      answers: [],
      actsAs: '1',
      statuses: ['ok', 'cancel'],
      commentRequiredFor: [],
      fields: expect.arrayContaining([
        {
          name: 'Amount',
          title: 'Amount',
          description: null,
          type: 'number',
          nativeType: 'double',
          required: true,
          multiple: false,
          options: null,
        },
      ]),
      dueAt: null,
    });
  });

  it('are found by process, state, assignee and connection, each of which may be given several times', async () => {
    const one = await started('15', { First: 'user_1', Second: 'user_3' });
    const other = await started('1', { Parameter1: 'user_2' });
    const ids = async (query: string) => items((await list(query)).body).map(({ id }) => id);

    expect(await ids(`process=${one.processId}&process=${other.processId}`)).toEqual([other.task, one.task]);
    expect(await ids(`process=${one.processId}&assignee=3`)).toEqual([one.task]);
    expect(await ids(`process=${one.processId}&assignee=2`)).toEqual([]);
    expect(await ids(`process=${one.processId}&state=completed&state=cancelled`)).toEqual([]);
    expect(await ids('connection=sandbox-bitrix24&assignee=2&state=waiting&limit=1')).toEqual([other.task]);
    expect(await ids(`connection=clerk&process=${other.processId}`)).toEqual([`clerk:${other.nativeId}`]);
    expect(await ids('process=nothing&state=waiting')).toEqual([]);
    expect(await ids('connection=nothing')).toEqual([]);
    expect((await list('state=open')).status).toBe(400);
    expect((await list('cursor=abc')).status).toBe(400);
  });

  it('are told of without a process where the run is not ours', async () => {
    const answer = await byHand(1, 'list', { ORDER: { ID: 'DESC' } });
    expect(answer.status).toBe(200);
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({
      TEMPLATE_ID: 1,
      DOCUMENT_ID: ['crm', 'CCrmDocumentLead', 'LEAD_7'],
      PARAMETERS: { Parameter1: 'user_1' },
    });
    await fetch(`${portal}/rest/1/sandboxwebhook01/bizproc.workflow.start`, { method: 'POST', headers, body });

    const [task] = items((await list('connection=sandbox-bitrix24&limit=1')).body);
    const refused = await complete(String(task?.['id']), { status: 'yes' });

    expect(task).toMatchObject({ processId: null, state: 'waiting' });
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'conflict', detail: expect.stringContaining('POST /v1/processes/adopt') },
    });
  });

  it('come page by page over all connections', async () => {
    await started();
    const met: string[] = [];
    const all = items((await list('limit=200')).body).map(({ id }) => String(id));

    for (let query = 'limit=3', pages = 0; query !== '' && pages < 50; pages += 1) {
      const { body } = await list(query);
      met.push(...items(body).map(({ id }) => String(id)));
      const { nextCursor } = body;
      query = typeof nextCursor === 'string' ? `limit=3&cursor=${nextCursor}` : '';
    }

    expect(met).toEqual(all);
    expect(new Set(met).size).toBe(met.length);
    expect(met.some((id) => id.startsWith('clerk:'))).toBe(true);
  });

  it.each([
    ['no-such-connection:1', 404],
    ['sandbox-bitrix24:999999', 404],
    ['sandbox-bitrix24:abc', 404],
    ['no-colon', 404],
    ['sandbox-creatio:1', 404],
  ])('are not found as %s: %i', async (id, status) => {
    expect((await show(id)).status).toBe(status);
    expect((await complete(id, { status: 'yes' })).status).toBe(status);
    expect((await delegate(id, { fromUserId: 1, toUserId: 2 })).status).toBe(status);
  });
});

describe('a task that appears', () => {
  it('is news of its process, once', async () => {
    const { processId, task } = await started();
    const created = async () => (await history(processId)).filter(({ type }) => type === 'task.created');

    const [news] = await until(async () => {
      const found = await created();
      return found.length > 0 && found;
    }, 'the task to be told of');
    await until(async () => (await shown(task))['state'] === 'waiting', 'another look');

    expect(news).toMatchObject({ kind: 'event', data: { taskId: task, assignees: ['1'], dueAt: null } });
    expect((await complete(task, { status: 'yes' })).status).toBe(200);
    expect(await created()).toHaveLength(1);
  });
});

describe('a portal that cannot be read', () => {
  it('hides no tasks of others where nobody asked for it, and is named', async () => {
    const { task } = await started();
    const dead = await bitrix24Sandbox.start({ host: '127.0.0.1', port: 0, folder: null });
    await connection('a-dead-one', dead.url, { type: 'webhook', userId: 1, secret: 'sandboxwebhook01' });
    await dead.close();

    const all = await until(async () => {
      const answer = await list('state=waiting');
      return (answer.body['unavailable'] as readonly Body[]).length > 0 && answer;
    }, 'the connection to be known');

    expect(all.status).toBe(200);
    expect(items(all.body).map(({ id }) => id)).toContain(task);
    expect(all.body['unavailable']).toMatchObject([{ connection: 'a-dead-one', code: 'platform-unavailable' }]);
    expect(await list('connection=a-dead-one&connection=sandbox-bitrix24')).toMatchObject({
      status: 503,
      body: { code: 'platform-unavailable', retryable: true },
    });
  });

  it('fails what is asked of it alone', async () => {
    const { processId, task } = await started();
    const creatio = String((await get('/v1/connections/{key}', '/v1/connections/sandbox-creatio')).body['baseUrl']);
    const everywhere = (order: object) =>
      Promise.all(
        [portal, creatio].map((url) =>
          fetch(`${url}/_sandbox/answers`, { method: 'POST', body: JSON.stringify({ operation: 'tasks', ...order }) }),
        ),
      );
    await everywhere({ do: 'html-502' });

    for (const answer of [await list(`process=${processId}`), await show(task)]) {
      expect(answer).toMatchObject({ status: 502, body: { code: 'platform-bad-response' } });
    }
    expect((await list('')).body).toMatchObject({ outcome: 'not_executed' });
    expect(await complete(task, { status: 'yes' })).toMatchObject({ status: 502, body: { outcome: 'not_executed' } });

    await everywhere({ do: 'answer' });
    expect((await show(task)).status).toBe(200);
  });
});

describe('a task that is completed', () => {
  it('is completed once, whatever is repeated, and is news of its process', async () => {
    const { processId, task, nativeRunId } = await started();
    const before = await executed('complete_task');
    const key = newKey();

    const done = await complete(task, { status: 'yes', comment: 'fine' }, key);
    const again = await complete(task, { status: 'yes', comment: 'fine' }, key);

    expect(done).toMatchObject({ status: 200, body: { id: processId, nativeId: nativeRunId } });
    expect(again).toMatchObject({ status: 200, body: done.body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await executed('complete_task')).toBe(before + 1);
    expect(await shown(task)).toMatchObject({ state: 'completed', answers: [{ assignee: '1', status: 'yes' }] });
    expect((await history(processId)).filter(({ type }) => type === 'task.completed')).toMatchObject([
      { kind: 'event', data: { taskId: task, status: 'yes', by: 'local' } },
    ]);
    expect(await complete(task, { status: 'no' })).toMatchObject({
      status: 409,
      body: { code: 'task-already-completed', outcome: 'not_executed' },
    });
    await until(async () => {
      const { body } = await get('/v1/processes/{id}', `/v1/processes/${processId}`);
      return body['category'] === 'closed';
    }, 'the run to be seen as over');
  });

  it('is not once another of its users has answered for all, and is not delegated any more', async () => {
    const { task, nativeId } = await started('15', { First: 'user_1', Second: 'user_3' });
    const before = (await commands('complete_task')).length + 1;
    await byHand(3, 'complete', { TASK_ID: nativeId, STATUS: 2, COMMENT: 'too dear' });

    const answers = [await complete(task, { status: 'yes' }), await delegate(task, { fromUserId: 1, toUserId: 2 })];

    for (const answer of answers)
      expect(answer).toMatchObject({ status: 409, body: { code: 'task-already-completed' } });
    expect((await commands('complete_task')).length).toBe(before);
    expect(items((await list(`connection=sandbox-bitrix24&state=completed&limit=200`)).body)).toContainEqual(
      expect.objectContaining({ id: task, answers: [{ assignee: '3', status: 'no' }] }),
    );
  });

  it('is shown as an operation of its process', async () => {
    const { processId, task } = await started();

    const { headers } = await complete(task, { status: 'no' });
    const operation = await get('/v1/operations/{id}', `/v1/operations/${headers.get('operation-id') ?? ''}`);

    expect(operation.body).toMatchObject({ processId, kind: 'complete_task', state: 'done', attempts: 1 });
  });

  it('lets its run go on where more is to be done', async () => {
    const { processId, task } = await started('16', { Clerk: 'user_1' });

    const done = await complete(task, { status: 'ok', fields: { Amount: 12.5, DueOn: '2026-11-30' } });

    expect(done).toMatchObject({ status: 200, body: { id: processId, state: 'running' } });
  });

  it('belongs to the user of the connection that it is named by', async () => {
    const { processId, task, nativeId } = await started('1', { Parameter1: 'user_2' });

    const foreign = await complete(task, { status: 'yes' });
    const own = await complete(`clerk:${nativeId}`, { status: 'yes' });

    expect(foreign).toMatchObject({
      status: 403,
      body: { code: 'not-assignee', detail: expect.stringContaining('user 1') },
    });
    expect(own).toMatchObject({ status: 200, body: { id: processId } });
    expect(await shown(task)).toMatchObject({ answers: [{ assignee: '2', status: 'yes' }], actsAs: '1' });
  });

  it.each([
    ['a status that it does not take', { status: 'yes' }, ['/status', '/fields/Amount']],
    ['a field that it does not have', { status: 'ok', fields: { Amount: 1, Nope: 1 } }, ['/fields/Nope']],
    ['a value that does not fit', { status: 'ok', fields: { Amount: 'much' } }, ['/fields/Amount']],
    ['a required field that is missing', { status: 'ok' }, ['/fields/Amount']],
    ['no status', {}, ['/status']],
    ['a status that nobody knows', { status: 'maybe' }, ['/status']],
  ])('is not, with %s', async (_, body, pointers) => {
    const { task } = await started('16', { Clerk: 'user_1' });
    const before = (await commands('complete_task')).length;

    const { status, body: problem } = await complete(task, body);

    expect([status, problem['code']]).toEqual([422, 'validation-failed']);
    expect((problem['errors'] as readonly Body[]).map(({ pointer }) => pointer)).toEqual(pointers);
    expect((await commands('complete_task')).length).toBe(before);
  });

  it('is not where its own words refuse it', async () => {
    const { task } = await started('17', { Clerk: 'user_1' });

    expect(await complete(task, { status: 'ok' })).toMatchObject({
      status: 422,
      body: { code: 'platform-rejected', outcome: 'not_executed', platform: { code: 'ERROR_TASK_TYPE' } },
    });
  });
});

describe('a completion whose answer is lost', () => {
  it('is found to have been carried out, once, and its caller gets 200', async () => {
    const { processId, task } = await started();
    const before = await executed('complete_task');
    await control('answers', { operation: 'complete_task', do: 'lose', next: 1 });

    const done = await complete(task, { status: 'yes' }, newKey(), 'wait=20');

    expect(done.status).toBe(200);
    expect(await executed('complete_task')).toBe(before + 1);
    expect((await history(processId)).filter(({ type }) => type === 'task.completed')).toHaveLength(1);
  });

  it('is sent again where it was not carried out', async () => {
    const { task } = await started();
    const before = await executed('complete_task');
    await control('answers', { operation: 'complete_task', do: 'lose-before', next: 1 });

    expect((await complete(task, { status: 'yes' }, newKey(), 'wait=20')).status).toBe(200);
    expect(await executed('complete_task')).toBe(before + 1);
  });

  it('is 409 where somebody else was faster', async () => {
    const { task, nativeId } = await started('15', { First: 'user_1', Second: 'user_3' });
    await control('answers', { operation: 'complete_task', do: 'lose-before', next: 1 });

    const waiting = complete(task, { status: 'yes' }, newKey(), 'wait=20');
    await until(async () => (await commands('complete_task')).at(-1)?.['status'] === null, 'the first try');
    await byHand(3, 'complete', { TASK_ID: nativeId, STATUS: 2, COMMENT: 'too dear' });

    expect(await waiting).toMatchObject({
      status: 409,
      body: { code: 'task-already-completed', outcome: 'not_executed', platform: { code: 'ERROR_TASK_COMPLETED' } },
    });
  });
});

describe('a task that is delegated', () => {
  it('is with the other user, once, and is news of its process', async () => {
    const { processId, task, nativeId } = await started();
    await control('answers', { operation: 'delegate_task', do: 'lose', next: 1 });
    const before = await executed('delegate_task');
    const key = newKey();

    const done = await delegate(task, { fromUserId: 1, toUserId: '2' }, key);
    const again = await delegate(task, { fromUserId: 1, toUserId: '2' }, key);

    expect([done.status, again.status]).toEqual([200, 200]);
    expect(await executed('delegate_task')).toBe(before + 1);
    expect(await shown(task)).toMatchObject({ assignees: ['2'], state: 'waiting' });
    expect((await history(processId)).filter(({ type }) => type === 'task.delegated')).toMatchObject([
      { data: { taskId: task, fromUserId: '1', toUserId: '2' } },
    ]);
    expect((await complete(`clerk:${nativeId}`, { status: 'yes' })).status).toBe(200);
  });

  it.each([
    ['a user who does not have it', { fromUserId: 3, toUserId: 2 }, 'validation-failed', '/fromUserId'],
    ['the same user', { fromUserId: 1, toUserId: 1 }, 'validation-failed', '/toUserId'],
    ['a user who is not there', { fromUserId: 1, toUserId: 5000 }, 'platform-rejected', '/toUserId'],
    ['a user of another company', { fromUserId: 1, toUserId: 100 }, 'platform-rejected', '/toUserId'],
    ['what is no user', { fromUserId: 1, toUserId: 'nobody' }, 'platform-rejected', '/toUserId'],
    ['nobody', { fromUserId: 1 }, 'validation-failed', '/toUserId'],
  ])('is not, with %s', async (_, body, code, pointer) => {
    const { task } = await started();

    const { status, body: problem } = await delegate(task, body);

    expect([status, problem['code']]).toEqual([422, code]);
    expect(problem['errors']).toMatchObject([{ pointer, message: expect.stringMatching(/./) }]);
    expect(await shown(task)).toMatchObject({ assignees: ['1'] });
  });

  it('is not for want of the right', async () => {
    const { task } = await started('15', { First: 'user_2', Second: 'user_3' });

    const refused = await delegate(task.replace('sandbox-bitrix24', 'clerk'), { fromUserId: 3, toUserId: 1 });

    expect(refused).toMatchObject({ status: 422, body: { errors: [{ pointer: '/fromUserId' }] } });
  });
});

describe('a caller that is limited', () => {
  it('sees the tasks of its own processes alone, and needs the scopes', async () => {
    const limited = await startGateway({ SANDBOX: 'on', AUTH: 'on', BOOTSTRAP_API_KEY: 'key-of-the-admin' });
    try {
      const asked = async (key: string, path: string, body?: object) => {
        const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
        const init = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers };
        const answer = await fetch(`${limited.url}${path}`, init);
        return { status: answer.status, body: (await answer.json()) as Body };
      };
      const client = async (name: string, more: object) =>
        String(
          (await asked('key-of-the-admin', '/v1/clients', { name, ...more, requireIdempotencyKey: false })).body['key'],
        );
      const scopes = ['tasks:read', 'tasks:act', 'processes:start'];
      const own = await client('own', { scopes, sees: 'own' });
      const other = await client('other', { scopes, definitions: ['2'] });
      const reader = await client('reader', { scopes: ['tasks:read'] });
      const start = {
        connection: 'sandbox-bitrix24',
        definition: '1',
        subject: { type: 'crm.lead', id: '1' },
        variables: { Parameter1: 'user_1' },
      };

      await asked('key-of-the-admin', '/v1/processes', start);
      await asked(own, '/v1/processes', start);

      const ids = async (key: string) =>
        items((await asked(key, '/v1/tasks?connection=sandbox-bitrix24')).body).map(({ id }) => id);
      expect(await ids('key-of-the-admin')).toEqual(['sandbox-bitrix24:2', 'sandbox-bitrix24:1']);
      expect(await ids(own)).toEqual(['sandbox-bitrix24:2']);
      expect(await ids(other)).toEqual([]);
      expect((await asked(own, '/v1/tasks/sandbox-bitrix24:1')).status).toBe(404);
      expect((await asked(own, '/v1/tasks/sandbox-bitrix24:1/complete', { status: 'yes' })).status).toBe(404);
      expect((await asked(reader, '/v1/tasks/sandbox-bitrix24:2/complete', { status: 'yes' })).status).toBe(403);
      expect((await asked(own, '/v1/tasks/sandbox-bitrix24:2/complete', { status: 'yes' })).status).toBe(200);
    } finally {
      await limited.close();
    }
  });
});
