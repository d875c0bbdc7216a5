import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startGateway, type TestGateway } from '../gateway.js';
import { openApiAnswers, type OpenApiAnswers } from '../openapi-answers.js';
import { until } from '../until.js';

type Body = Readonly<Record<string, unknown>>;

const lead = { type: 'crm.lead', id: '1' };
const approval = {
  connection: 'sandbox-bitrix24',
  definition: '1',
  subject: lead,
  variables: { Parameter1: 'user_1' },
};
const creatioApproval = { connection: 'sandbox-creatio', definition: 'UsrApproval' };

let gateway: TestGateway;
let contract: OpenApiAnswers;
let keys = 0;

beforeAll(async () => {
  // What is lost stays so for as long as a test takes.
  const env = { SANDBOX: 'on', STATUS_POLL_SECONDS: '1', LEASE_SECONDS: '5', RECONCILE_DELAYS: '3600' };
  gateway = await startGateway(env);
  contract = await openApiAnswers(gateway.url);
});

afterAll(async () => {
  await gateway?.close();
});

const newKey = (): string => `key-${(keys += 1)}`;

async function post(route: string, path: string, body: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: answer.status, headers: answer.headers, body: (await contract.body(route, answer)) as Body };
}

const start = (body: unknown, headers: Record<string, string> = {}) =>
  post('POST /v1/processes', '/v1/processes', body, headers);

async function started(body: unknown = approval): Promise<string> {
  const { body: process } = await start(body);
  return String(process['id']);
}

async function get(route: string, path: string) {
  const answer = await fetch(`${gateway.url}${path}`);
  return { status: answer.status, headers: answer.headers, body: (await contract.body(route, answer)) as Body };
}

const getProcess = (id: string) => get('GET /v1/processes/{id}', `/v1/processes/${id}`);

const until_ = (id: string, state: string) =>
  until(async () => {
    const { body } = await getProcess(id);
    return body['state'] === state && body;
  }, `process ${id} to be ${state}`);

describe('a bad start', () => {
  it.each([
    ['malformed JSON', '{"connection":', 400, 'malformed-request', undefined],
    ['an unknown field', { ...approval, nonsense: 1 }, 400, 'malformed-request', '/nonsense'],
    ['a wrong JSON type', { ...approval, tags: 'erp' }, 400, 'malformed-request', '/tags'],
    [
      'a wrong JSON type deep inside',
      { ...approval, metadata: { costCentre: 12 } },
      400,
      'malformed-request',
      '/metadata/costCentre',
    ],
    [
      'an unknown field of the subject',
      { ...approval, subject: { ...lead, x: 1 } },
      400,
      'malformed-request',
      '/subject/x',
    ],
    [
      'a number that no double holds',
      '{"connection":"sandbox-bitrix24","definition":9007199254740993}',
      400,
      'malformed-request',
      '/definition',
    ],
    ['a key twice', '{"connection":"a","connection":"b","definition":"1"}', 400, 'malformed-request', '/connection'],
    ['U+0000', { ...approval, businessKey: 'a\0b' }, 400, 'malformed-request', '/businessKey'],
    ['no connection', { definition: '1' }, 422, 'validation-failed', '/connection'],
    ['a missing subject', { ...approval, subject: undefined }, 422, 'validation-failed', '/subject'],
    ['an incomplete subject', { ...approval, subject: { type: 'crm.lead' } }, 422, 'validation-failed', '/subject/id'],
    [
      'a variable that the template does not know',
      { ...approval, variables: { Nope: 'x' } },
      422,
      'validation-failed',
      '/variables/Nope',
    ],
    [
      'a variable of the wrong type',
      { ...approval, variables: { Parameter1: { a: 1 } } },
      422,
      'validation-failed',
      '/variables/Parameter1',
    ],
    [
      "the gateway's own variable",
      { ...approval, variables: { gatewayProcessId: 'x' } },
      422,
      'validation-failed',
      '/variables/gatewayProcessId',
    ],
    ['a key that is too long', { ...approval, businessKey: 'x'.repeat(256) }, 422, 'validation-failed', '/businessKey'],
    [
      'an impossible time',
      { ...approval, startBefore: '2026-02-30T00:00:00Z' },
      422,
      'validation-failed',
      '/startBefore',
    ],
    [
      'a time that lies in the year 10000 of UTC',
      { ...approval, startBefore: '9999-12-31T23:59:59-01:00' },
      422,
      'validation-failed',
      '/startBefore',
    ],
    [
      'a time that lies in the year 0 of UTC',
      { ...approval, startBefore: '0001-01-01T00:00:00+01:00' },
      422,
      'validation-failed',
      '/startBefore',
    ],
    ['an unknown connection', { ...approval, connection: 'nowhere' }, 404, 'not-found', undefined],
    ['an unknown definition', { ...approval, definition: '999999' }, 404, 'definition-not-found', undefined],
    [
      'a definition that the portal would cast to another',
      { ...approval, definition: '12abc' },
      404,
      'definition-not-found',
      undefined,
    ],
    [
      'a body of 2 MiB',
      { ...approval, variables: { Parameter1: 'x'.repeat(2 ** 21) } },
      413,
      'payload-too-large',
      undefined,
    ],
    [
      'signing over a webhook',
      { connection: 'sandbox-bitrix24', definition: 'sign.b2e.document' },
      422,
      'capability-not-supported',
      undefined,
    ],
  ] as const)('with %s is refused, and nothing is stored', async (_, body, status, code, pointer) => {
    const key = newKey();
    const answer = await start(body, { 'idempotency-key': key });

    expect(answer).toMatchObject({ status, body: { code, outcome: 'not_executed', retryable: false } });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.headers.get('idempotency-key')).toBe(key);
    const { errors = [] } = answer.body as { errors?: { pointer: string; message: string }[] };
    expect(errors.map((error) => error.pointer)).toEqual(
      expect.arrayContaining(pointer === undefined ? [] : [pointer]),
    );
    expect(errors.every(({ message }) => message.length > 10)).toBe(true);
    expect((await get('GET /v1/idempotency-keys/{key}', `/v1/idempotency-keys/${key}`)).status).toBe(404);
  });

  it('names every fault of the kind at once', async () => {
    const { body } = await start({ ...approval, variables: { A: 1, B: 2 }, subject: undefined });

    expect((body['errors'] as { pointer: string }[]).map(({ pointer }) => pointer).toSorted()).toEqual([
      '/subject',
      '/variables/A',
      '/variables/B',
    ]);
  });

  it.each(['?surprise=1', '?validateOnly=maybe', '?validateOnly=true&validateOnly=false'])(
    'with the query %s is malformed, and names the parameter',
    async (query) => {
      const answer = await post('POST /v1/processes', `/v1/processes${query}`, approval);

      expect(answer).toMatchObject({ status: 400, body: { code: 'malformed-request' } });
      expect(answer.body['errors']).toEqual([expect.objectContaining({ parameter: expect.any(String) })]);
    },
  );
});

describe('a start that is only validated', () => {
  it('shows what would be sent, and starts nothing', async () => {
    const before = await get('GET /v1/processes', '/v1/processes?limit=1');
    const answer = await post('POST /v1/processes', '/v1/processes?validateOnly=true', approval);

    expect(answer).toMatchObject({ status: 200, body: { valid: true, errors: [], nativeCall: { method: 'POST' } } });
    expect(JSON.stringify(answer.body)).not.toContain('sandboxwebhook');
    expect((await get('GET /v1/processes', '/v1/processes?limit=1')).body).toEqual(before.body);
  });

  it('names the faults instead', async () => {
    const answer = await post('POST /v1/processes', '/v1/processes?validateOnly=true', {
      ...approval,
      variables: { A: 1 },
    });

    expect(answer.body).toMatchObject({ valid: false, nativeCall: null, errors: [{ pointer: '/variables/A' }] });
  });
});

describe('an idempotency key', () => {
  it('gives the refusal of the platform again, and runs nothing', async () => {
    const key = newKey();
    const refused = { connection: 'sandbox-creatio', definition: await creatioDefinition('refused') };
    const first = await start(refused, { 'idempotency-key': key });
    const second = await start(refused, { 'idempotency-key': key });

    expect(first).toMatchObject({ status: 422, body: { code: 'platform-rejected', outcome: 'not_executed' } });
    expect(first.body['platform']).toMatchObject({ code: expect.any(String) });
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect((await getProcess(String(first.body['processId']))).body).toMatchObject({
      state: 'rejected',
      conclusion: 'not_started',
      evidence: 'platform_reported',
    });
  });

  it('belongs to one body', async () => {
    const key = newKey();
    await start(approval, { 'idempotency-key': key });
    const other = await start({ ...approval, tags: ['other'] }, { 'idempotency-key': key });

    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused', outcome: 'not_executed' } });
  });

  it('is one run, however many ask at once', async () => {
    const key = newKey();
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => start(approval, { 'idempotency-key': `"${key}"` })),
    );

    expect(new Set(answers.map(({ body }) => body['id']))).toEqual(new Set([answers[0]?.body['id']]));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
  });

  it('tells where its process is', async () => {
    const key = newKey();
    const { body } = await start(approval, { 'idempotency-key': key });
    const found = { key, processId: body['id'], state: 'done', httpStatus: 201 };

    expect((await get('GET /v1/idempotency-keys/{key}', `/v1/idempotency-keys/${key}`)).body).toMatchObject(found);
    expect((await get('GET /v1/idempotency-keys', `/v1/idempotency-keys?key=${key}`)).body).toMatchObject(found);
  });

  it.each(['', 'x'.repeat(256), 'with space', 'ключ'])('of the wrong form is refused: %j', async (key) => {
    const headers = { 'idempotency-key': Buffer.from(key).toString('latin1') };
    const answer = await start(approval, headers);

    expect(answer).toMatchObject({ status: 400, body: { code: 'idempotency-key-invalid' } });
  });
});

describe('a lost answer', () => {
  it('ends the wait at once, says that nobody knows, and nothing is sent again', async () => {
    const definition = await creatioDefinition('lost-answer-started');
    const key = newKey();
    const answer = await start(
      { connection: 'sandbox-creatio', definition, onIndeterminate: 'continue' },
      { 'idempotency-key': key, prefer: 'wait=30' },
    );

    expect(answer).toMatchObject({
      status: 202,
      body: { state: 'indeterminate', category: 'pending', nativeId: null },
    });
    const again = await start(
      { connection: 'sandbox-creatio', definition, onIndeterminate: 'continue' },
      { 'idempotency-key': key },
    );
    expect(again).toMatchObject({ status: 202, body: { id: answer.body['id'], state: 'indeterminate', attempts: 1 } });
    const runs = await sandboxRuns('sandbox-creatio');
    expect(runs.filter((run) => run.definition === definition)).toHaveLength(1);
  });

  it('cannot be terminated blindly', async () => {
    const definition = await creatioDefinition('lost-answer-started');
    const { body } = await start({ connection: 'sandbox-creatio', definition, onIndeterminate: 'continue' });
    const terminate = '/v1/processes/{id}/terminate';
    const path = `/v1/processes/${String(body['id'])}/terminate`;

    expect(await post(`POST ${terminate}`, path, {})).toMatchObject({
      status: 409,
      body: { code: 'process-indeterminate' },
    });
    const atOnce = { prefer: 'respond-async' };
    expect((await post(`POST ${terminate}`, path, { whenFound: true }, atOnce)).status).toBe(202);
  });

  it('lets a second stop join the first, under a key of its own', async () => {
    const definition = await creatioDefinition('lost-answer-started');
    const { body } = await start({ connection: 'sandbox-creatio', definition, onIndeterminate: 'continue' });
    const id = String(body['id']);
    const key = newKey();
    const terminate = (asked: object, headers: Record<string, string>) =>
      post('POST /v1/processes/{id}/terminate', `/v1/processes/${id}/terminate`, asked, headers);
    const first = await terminate({ whenFound: true }, { prefer: 'respond-async' });
    const second = await terminate({ whenFound: true }, { prefer: 'respond-async', 'idempotency-key': key });

    expect(second.status).toBe(202);
    expect(second.headers.get('operation-id')).toBe(first.headers.get('operation-id'));
    expect(second.headers.get('location')).toBe(`${gateway.url}/v1/processes/${id}`);
    expect(second.headers.get('preference-applied')).toBe('respond-async');
    expect(await terminate({ whenFound: true, reason: 'other' }, { 'idempotency-key': key })).toMatchObject({
      status: 422,
      body: { code: 'idempotency-key-reused' },
    });
    expect((await get('GET /v1/idempotency-keys/{key}', `/v1/idempotency-keys/${key}`)).body).toMatchObject({
      operationId: first.headers.get('operation-id'),
      processId: id,
    });
  });
});

describe('waiting', () => {
  it('is as long as the caller prefers', async () => {
    const definition = await creatioDefinition('slow');
    const answer = await start({ connection: 'sandbox-creatio', definition }, { prefer: 'wait=1' });

    expect(answer).toMatchObject({ status: 202, body: { state: 'starting' } });
    expect(answer.headers.get('preference-applied')).toBe('wait=1');
    await until(
      async () => (await getProcess(String(answer.body['id']))).body['category'] !== 'pending',
      'the verdict',
    );
  });

  it('is not at all where the caller prefers that', async () => {
    const answer = await start(approval, { prefer: 'respond-async' });

    expect(answer.status).toBe(202);
    expect(answer.headers.get('preference-applied')).toBe('respond-async');
  });
});

describe('a session that is void', () => {
  it('is renewed, and the start runs once', async () => {
    const definition = await creatioDefinition('expired-session');
    const before = (await sandboxRuns('sandbox-creatio')).length;
    const answer = await start({ connection: 'sandbox-creatio', definition });

    expect(answer).toMatchObject({ status: 201, body: { attempts: 2 } });
    expect((await sandboxRuns('sandbox-creatio')).length).toBe(before + 1);
  });
});

describe('a business key', () => {
  it('refuses, returns, or allows a second process', async () => {
    const first = await start({ ...approval, businessKey: 'PO-1' });
    const reject = await start({ ...approval, businessKey: 'PO-1', onBusinessKeyConflict: 'reject' });
    const existing = await start({ ...approval, businessKey: 'PO-1', onBusinessKeyConflict: 'return_existing' });
    const allowed = await start({ ...approval, businessKey: 'PO-1' });

    expect(reject).toMatchObject({ status: 409, body: { code: 'business-key-conflict', processId: first.body['id'] } });
    expect(existing).toMatchObject({ status: 200, body: { id: first.body['id'] } });
    expect(allowed.status).toBe(201);
    expect(allowed.body['id']).not.toBe(first.body['id']);
  });

  it('binds the key of who got the first one instead: repeated later, it starts nothing', async () => {
    const first = await start({ ...approval, businessKey: 'PO-2' });
    const key = newKey();
    const body = { ...approval, businessKey: 'PO-2', onBusinessKeyConflict: 'return_existing' };
    const existing = await start(body, { 'idempotency-key': key });
    const id = String(first.body['id']);
    await post('POST /v1/processes/{id}/terminate', `/v1/processes/${id}/terminate`, {});
    const again = await start(body, { 'idempotency-key': key });

    expect(again).toMatchObject({ status: 200, body: existing.body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await get('GET /v1/idempotency-keys/{key}', `/v1/idempotency-keys/${key}`)).body).toMatchObject({
      processId: id,
      state: 'done',
      httpStatus: 200,
    });
  });
});

describe('commands', () => {
  it('terminate a run, and find it closed the second time', async () => {
    const id = await started();
    const first = await post('POST /v1/processes/{id}/terminate', `/v1/processes/${id}/terminate`, { reason: 'twice' });
    const second = await post('POST /v1/processes/{id}/terminate', `/v1/processes/${id}/terminate`, {});

    expect(first).toMatchObject({ status: 200, body: { state: 'terminated', evidence: 'gateway_command' } });
    const operation = first.headers.get('operation-id') ?? '';
    expect((await get('GET /v1/operations/{id}', `/v1/operations/${operation}`)).body).toMatchObject({
      kind: 'terminate',
      state: 'done',
      processId: id,
    });
    expect(second).toMatchObject({ status: 410, body: { code: 'process-closed', process: { state: 'terminated' } } });
  });

  it('kill only what is confirmed, and not where the platform cannot', async () => {
    const id = await started();
    const kill = (of: string, confirm: string) =>
      post('POST /v1/processes/{id}/kill', `/v1/processes/${of}/kill`, { confirm });

    expect(await kill(id, 'yes')).toMatchObject({ status: 422, body: { errors: [{ pointer: '/confirm' }] } });
    expect(await kill(id, id)).toMatchObject({ status: 200, body: { state: 'killed' } });
    const other = await started(creatioApproval);
    expect(await kill(other, other)).toMatchObject({ status: 422, body: { code: 'capability-not-supported' } });
    expect((await getProcess(other)).body).toMatchObject({ state: 'running' });
  });

  it('wait for a cancellation that takes its time', async () => {
    const id = await started(creatioApproval);
    const key = newKey();
    const terminate = () =>
      post('POST /v1/processes/{id}/terminate', `/v1/processes/${id}/terminate`, {}, { 'idempotency-key': key });

    expect(await terminate()).toMatchObject({ status: 200, body: { state: 'terminated' } });
    expect(await terminate()).toMatchObject({ status: 200, body: { state: 'terminated' } });
    expect((await get('GET /v1/idempotency-keys/{key}', `/v1/idempotency-keys/${key}`)).body).toMatchObject({
      state: 'done',
      httpStatus: 200,
    });
  });

  it('answer a stop that joined another as that one, also when it is repeated', async () => {
    const id = await started(creatioApproval);
    const key = newKey();
    const terminate = (headers: Record<string, string>) =>
      post('POST /v1/processes/{id}/terminate', `/v1/processes/${id}/terminate`, {}, headers);
    expect((await terminate({ prefer: 'respond-async' })).status).toBe(202);

    const joined = await terminate({ 'idempotency-key': key, prefer: 'wait=20' });
    expect(joined).toMatchObject({ status: 200, body: { id, state: 'terminated' } });
    const again = await terminate({ 'idempotency-key': key });
    expect(again).toMatchObject({ status: 200, body: joined.body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await get('GET /v1/idempotency-keys/{key}', `/v1/idempotency-keys/${key}`)).body).toMatchObject({
      state: 'done',
      httpStatus: 200,
    });
  });

  it('retry what came to nothing, as a new process', async () => {
    const id = await started();
    const retry = () => post('POST /v1/processes/{id}/retry', `/v1/processes/${id}/retry`, '');
    expect(await retry()).toMatchObject({ status: 409, body: { code: 'invalid-state' } });
    await post('POST /v1/processes/{id}/terminate', `/v1/processes/${id}/terminate`, {});

    const retried = await retry();
    expect(retried).toMatchObject({
      status: 201,
      body: { retryOf: id, state: 'running', variables: { Parameter1: 'user_1' } },
    });
    expect(retried.body['id']).not.toBe(id);
  });

  it('withdraw what was not sent', async () => {
    await post('POST /v1/connections/{key}/pause', '/v1/connections/sandbox-bitrix24/pause', '');
    try {
      const queued = await start(approval, { prefer: 'wait=0' });
      expect(queued).toMatchObject({ status: 202, body: { state: 'queued', waitingFor: { reason: 'paused' } } });
      const id = String(queued.body['id']);
      const withdrawn = await post('POST /v1/processes/{id}/terminate', `/v1/processes/${id}/terminate`, {});
      expect(withdrawn).toMatchObject({
        status: 200,
        body: { state: 'withdrawn', conclusion: 'not_started', attempts: 0 },
      });
    } finally {
      await post('POST /v1/connections/{key}/resume', '/v1/connections/sandbox-bitrix24/resume', '');
    }
  });

  it('let a start expire whose time passes while it is unsent', async () => {
    await post('POST /v1/connections/{key}/pause', '/v1/connections/sandbox-bitrix24/pause', '');
    try {
      const queued = await start({ ...approval, startWithinSeconds: 1 }, { prefer: 'wait=20' });
      expect(queued).toMatchObject({ status: 200, body: { state: 'expired', conclusion: 'not_started', attempts: 0 } });
    } finally {
      await post('POST /v1/connections/{key}/resume', '/v1/connections/sandbox-bitrix24/resume', '');
    }
  });

  it('complete a waiting element, and the run ends', async () => {
    const id = await started(creatioApproval);
    const { body } = await get('GET /v1/processes/{id}/elements', `/v1/processes/${id}/elements`);
    const waiting = (body['items'] as { id: string; state: string }[]).find(({ state }) => state === 'waiting');
    const route = 'POST /v1/processes/{id}/elements/{elementId}/complete';
    const path = `/v1/processes/${id}/elements/${waiting?.id ?? ''}/complete`;

    expect(await post(route, path, {})).toMatchObject({ status: 200, body: { executed: true } });
    expect(await until_(id, 'completed')).toMatchObject({ conclusion: 'succeeded', evidence: 'platform_reported' });
  });

  it('take no element for an answer that was never listed', async () => {
    const id = await started(creatioApproval);
    const route = 'POST /v1/processes/{id}/elements/{elementId}/complete';

    expect((await post(route, `/v1/processes/${id}/elements/${id}/complete`, {})).status).toBe(404);
  });
});

describe('the list of processes', () => {
  it('filters and pages without loss', async () => {
    const ids = [];
    for (let at = 0; at < 5; at += 1) ids.push(await started({ ...approval, tags: ['paged'] }));
    const seen: string[] = [];
    let path: string | null = '/v1/processes?tag=paged&state=running&state=ended&limit=2&include=variables';
    while (path !== null) {
      const page = await get('GET /v1/processes', path);
      const items = page.body['items'] as { id: string; variables: Body }[];
      expect(items.every(({ variables }) => 'Parameter1' in variables)).toBe(true);
      seen.push(...items.map(({ id }) => id));
      path = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1] ?? null;
    }

    expect(seen).toEqual(ids.toReversed());
  });

  it.each([
    'limit=0',
    'limit=201',
    'limit=1e2',
    'state=lost',
    'surprise=1',
    'cursor=x',
    'limit=1&limit=2',
    'createdAfter=yesterday',
  ])('refuses %s with the parameter', async (query) => {
    const answer = await get('GET /v1/processes', `/v1/processes?${query}`);

    expect(answer).toMatchObject({ status: 400, body: { code: 'malformed-request' } });
    expect(answer.body['errors']).toEqual([expect.objectContaining({ parameter: query.split('=')[0] })]);
  });

  it('is empty where the filter names nothing that exists', async () => {
    expect((await get('GET /v1/processes', '/v1/processes?connection=nowhere')).body).toEqual({
      items: [],
      nextCursor: null,
    });
  });
});

async function sandboxUrl(connection: string): Promise<string> {
  const { body } = await get('GET /v1/connections/{key}', `/v1/connections/${connection}`);
  return String(body['baseUrl']);
}

async function sandboxRuns(connection: string): Promise<{ nativeId: string; definition: string }[]> {
  return (await (await fetch(`${await sandboxUrl(connection)}/_sandbox/runs`)).json()) as never;
}

/** The schema with that behaviour, by what the simulated instance calls it. */
async function creatioDefinition(behaviour: string): Promise<string> {
  const { sandboxKinds } = await import('../../src/platforms/sandboxes.js');
  const kind = sandboxKinds.find(({ platform }) => platform === 'creatio');
  const sandbox = await kind?.start({ host: '127.0.0.1', port: 0, folder: null });
  await sandbox?.close();
  const start = Object.entries(sandbox?.starts ?? {}).find(([name]) => name === behaviour)?.[1];
  const definition = start?.['definition'];
  if (typeof definition !== 'string') throw new Error(`The simulated instance has no schema that is "${behaviour}".`);
  return definition;
}
