import { bitrix24 } from '../../src/platforms/bitrix24/bitrix24.platform.js';
import { until } from '../until.js';
import { IncidentDesk, newKey, workflow, type Answer, type Body } from './incident-desk.js';

let desk: IncidentDesk;
let portal = '';
let documents = 100;

beforeAll(async () => {
  desk = await IncidentDesk.open();
  portal = String((await desk.get('GET /v1/connections/{key}', '/v1/connections/sandbox-bitrix24')).body['baseUrl']);
}, 60_000);
afterAll(() => desk?.close());

function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null;
}

const itemsOf = ({ body }: Answer): readonly Body[] =>
  Array.isArray(body['items']) ? body['items'].filter(isBody) : [];

/** A run that somebody started at the portal by hand, on a document of its own unless one is named. */
async function byHand(
  template: string,
  document = `LEAD_${(documents += 1)}`,
  parameters: object = {},
): Promise<string> {
  const answer = await fetch(`${portal}/rest/3/sandboxwebhook03/bizproc.workflow.start`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      TEMPLATE_ID: template,
      DOCUMENT_ID: ['crm', 'CCrmDocumentLead', document],
      PARAMETERS: parameters,
    }),
  });
  const body: unknown = await answer.json();
  return isBody(body) ? String(body['result']) : '';
}

const adopt = (nativeId: string, more: Body = {}, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  desk.post(
    '/v1/processes/adopt',
    '/v1/processes/adopt',
    { connection: 'sandbox-bitrix24', nativeId, ...more },
    { 'idempotency-key': newKey(), ...headers },
  );

const command = (id: string, verb: string, body: Body = {}): Promise<Answer> =>
  desk.post(`/v1/processes/{id}/${verb}`, `/v1/processes/${id}/${verb}`, body, {
    'idempotency-key': newKey(),
    prefer: 'wait=10',
  });

const finish = (nativeId: string, outcome = 'completed') =>
  fetch(`${portal}/_sandbox/runs/${nativeId}/finish`, { method: 'POST', body: JSON.stringify({ outcome }) });

async function stateAtPortal(nativeId: string): Promise<unknown> {
  const runs: unknown = await (await fetch(`${portal}/_sandbox/runs`)).json();
  return Array.isArray(runs) ? runs.filter(isBody).find((run) => run['nativeId'] === nativeId)?.['state'] : null;
}

describe('a run that somebody else started', () => {
  it('is brought under management as the platform tells it, and nothing is started', async () => {
    const nativeId = await byHand('3');
    const starts = await desk.startsReceived();

    const answer = await adopt(nativeId);

    expect(answer).toMatchObject({
      status: 201,
      body: {
        connection: 'sandbox-bitrix24',
        definition: '3',
        definitionName: 'Onboarding (waits)',
        nativeId,
        subject: { type: 'crm.lead', id: String(documents) },
        variables: {},
        state: 'running',
        evidence: 'platform_reported',
        adoption: 'operator',
        attempts: 0,
        revision: 1,
        hasIncident: false,
      },
    });
    expect(answer.headers.get('location')).toContain(`/v1/processes/${String(answer.body['id'])}`);
    expect(await desk.history(String(answer.body['id']))).toMatchObject([
      { kind: 'event', type: 'process.started', sequence: 1, data: { adopted: true, adoption: 'operator' } },
    ]);
    expect(await desk.startsReceived()).toBe(starts);
  });

  it('began when the portal says, and is listed with its process', async () => {
    const nativeId = await byHand('3');
    const { body } = await adopt(nativeId, { definition: 3 });

    const listed = itemsOf(
      await desk.get(
        'GET /v1/connections/{key}/native-runs',
        '/v1/connections/sandbox-bitrix24/native-runs?definition=3',
      ),
    ).find((run) => run['nativeId'] === nativeId);

    expect(listed).toMatchObject({ processId: body['id'], startedAt: body['startedAt'] });
    expect(itemsOf(await desk.get('GET /v1/processes', `/v1/processes?nativeId=${nativeId}`))).toHaveLength(1);
  });

  it('is terminated and killed as any other', async () => {
    const [one, other] = [await byHand('3'), await byHand('3')];
    const [first, second] = [await adopt(one), await adopt(other)];

    const terminated = await command(String(first.body['id']), 'terminate', { reason: 'ordered twice' });
    const killed = await command(String(second.body['id']), 'kill', { confirm: String(second.body['id']) });

    expect(terminated).toMatchObject({ status: 200, body: { state: 'terminated', evidence: 'gateway_command' } });
    expect(killed).toMatchObject({ status: 200, body: { state: 'killed' } });
    expect(await stateAtPortal(one)).toBe('terminated');
    expect(await stateAtPortal(other)).toBe('killed');
  });

  it('is followed to its end', async () => {
    const nativeId = await byHand('3');
    const { body } = await adopt(nativeId);
    await finish(nativeId);

    const ended = await until(
      async () => {
        const process = await desk.process(String(body['id']));
        return process['state'] === 'ended' && process;
      },
      'the end of the adopted run',
      15_000,
    );

    expect(ended).toMatchObject({ conclusion: 'unknown', evidence: 'inferred_absence' });
  });

  it('shows its tasks, and takes their answers', async () => {
    const nativeId = await byHand('1', undefined, { Parameter1: 'user_1' });
    const { body } = await adopt(nativeId);

    const [task] = itemsOf(await desk.get('GET /v1/tasks', `/v1/tasks?process=${String(body['id'])}`));
    const id = encodeURIComponent(String(task?.['id']));
    const done = await desk.post(
      '/v1/tasks/{id}/complete',
      `/v1/tasks/${id}/complete`,
      { status: 'yes' },
      { 'idempotency-key': newKey(), prefer: 'wait=10' },
    );

    expect(task).toMatchObject({ processId: body['id'], state: 'waiting' });
    expect(done).toMatchObject({ status: 200 });
    expect(await stateAtPortal(nativeId)).toBe('completed');
  });

  it('shows its elements, and lets them go on', async () => {
    const nativeId = await byHand('3');
    const { body } = await adopt(nativeId);
    const path = `/v1/processes/${String(body['id'])}/elements`;
    const handler = `${desk.gateway.url}/v1/inbound/bitrix24/sandbox-bitrix24-app`;
    await fetch(`${portal}/_sandbox/elements`, { method: 'POST', body: JSON.stringify({ runId: nativeId, handler }) });

    const waiting = await until(async () => {
      const [element] = itemsOf(await desk.get('GET /v1/processes/{id}/elements', path));
      return element;
    }, 'an element of the adopted run');
    const done = await desk.post(
      '/v1/processes/{id}/elements/{elementId}/complete',
      `${path}/${String(waiting['id'])}/complete`,
      {},
      { 'idempotency-key': newKey(), prefer: 'wait=10' },
    );

    expect(waiting).toMatchObject({ state: 'waiting' });
    expect(done).toMatchObject({ status: 200, body: { executed: true } });
  });

  it('is completed by its own report', async () => {
    const nativeId = await byHand('3');
    const { body } = await adopt(nativeId);
    const { body: given } = await desk.post(
      '/v1/connections/{key}/correlation-kit/report-token',
      '/v1/connections/sandbox-bitrix24/correlation-kit/report-token',
      {},
    );

    const reported = await fetch(`${desk.gateway.url}/v1/inbound/report/sandbox-bitrix24`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-report-token': String(given['token']) },
      body: JSON.stringify({ nativeId, outcome: 'completed' }),
    });

    expect(reported.status).toBe(200);
    expect(await desk.process(String(body['id']))).toMatchObject({ state: 'completed', evidence: 'report_back' });
  });

  it('is closed by a word, and never started anew: its input is not known', async () => {
    const { body } = await adopt(await byHand('3'));
    const id = String(body['id']);

    expect(await desk.closeProcess(id, 'failed')).toMatchObject({ status: 200, body: { state: 'failed' } });
    expect(await command(id, 'retry')).toMatchObject({
      status: 409,
      body: { code: 'invalid-state', detail: expect.stringContaining('adopted') },
    });
    expect((await desk.process(id))['links']).not.toHaveProperty('retry');
  });
});

describe('an adoption that is repeated', () => {
  it('under its key gives the same answer, whatever became of the process', async () => {
    const nativeId = await byHand('3');
    const key = { 'idempotency-key': newKey() };
    const first = await adopt(nativeId, {}, key);
    await command(String(first.body['id']), 'terminate');

    const repeated = await adopt(nativeId, {}, key);

    expect(repeated.status).toBe(201);
    expect(repeated.body).toEqual(first.body);
    expect(repeated.headers.get('idempotent-replayed')).toBe('true');
    expect(repeated.headers.get('location')).toBe(first.headers.get('location'));
    expect(await adopt(nativeId, { definition: '3' }, key)).toMatchObject({
      status: 422,
      body: { code: 'idempotency-key-reused' },
    });
    await desk.database.query(`update processes set started_at = '2020-01-01' where native_id = $1`, [nativeId]);
    const kept = await desk.get('GET /v1/idempotency-keys/{key}', `/v1/idempotency-keys/${key['idempotency-key']}`);
    expect(kept.body).toMatchObject({ processId: first.body['id'], operationId: null, state: 'done', httpStatus: 201 });
    expect(Date.parse(String(kept.body['expiresAt']))).toBeGreaterThan(Date.now());
  });

  it('under another key meets the process that it made', async () => {
    const nativeId = await byHand('3');
    const { body } = await adopt(nativeId);

    expect(await adopt(nativeId)).toMatchObject({ status: 409, body: { code: 'conflict', processId: body['id'] } });
  });

  it('at the same moment makes one process, under one key or several', async () => {
    const [nativeId, other] = [await byHand('3'), await byHand('3')];
    const key = { 'idempotency-key': newKey() };

    const answers = await Promise.all([1, 2, 3, 4].map(() => adopt(nativeId)));
    const same = await Promise.all([1, 2, 3, 4].map(() => adopt(other, {}, key)));

    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409]);
    expect(same.filter(({ status }) => status === 201).length).toBeGreaterThan(0);
    expect(
      same.filter(({ status }) => status !== 201).every(({ body }) => body['code'] === 'idempotency-in-progress'),
    ).toBe(true);
    for (const id of [nativeId, other]) {
      expect(itemsOf(await desk.get('GET /v1/processes', `/v1/processes?nativeId=${id}`))).toHaveLength(1);
    }
  });

  it('leaves its key free where it was refused', async () => {
    const key = { 'idempotency-key': newKey() };
    expect(await adopt('66e81a641752f8.00000000', {}, key)).toMatchObject({ status: 404 });

    expect(await adopt(await byHand('3'), {}, key)).toMatchObject({ status: 201 });
  });
});

describe('a run that is a process already', () => {
  it('is not adopted, whoever asks; who does not see the process is told of no run', async () => {
    const { body } = await desk.start({ ...workflow('3'), subject: { type: 'crm.lead', id: '50' } });
    const nativeId = String(body['nativeId']);
    const stranger = await desk.client({ scopes: ['processes:start'], sees: 'own', requireIdempotencyKey: false });

    const ours = await adopt(nativeId, { connection: 'sandbox-bitrix24-app' });
    const theirs = await adopt(nativeId, {}, stranger);

    expect(ours).toMatchObject({ status: 409, body: { code: 'conflict', processId: body['id'] } });
    expect(theirs).toMatchObject({ status: 404, body: { code: 'not-found' } });
    expect(JSON.stringify(theirs.body)).not.toContain(String(body['id']));
  });
});

describe('a run that may be that of a start whose outcome is not known', () => {
  it('is given to that start by its incident instead', async () => {
    const [one, other] = [await desk.lost('6'), await desk.lost('6')];
    const incident = await desk.incidentOf(one.id);
    await desk.incidentOf(other.id);
    const [candidate] = Array.isArray(incident.body['candidates']) ? incident.body['candidates'].filter(isBody) : [];
    const nativeId = String(candidate?.['nativeId']);

    const refused = await adopt(nativeId);
    const stranger = await desk.client({ scopes: ['processes:start'], sees: 'own', requireIdempotencyKey: false });
    const hidden = await adopt(nativeId, {}, stranger);

    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'conflict', detail: expect.stringMatching(/incidents\/.*adopt/) },
    });
    expect([one.id, other.id]).toContain(refused.body['processId']);
    expect(hidden).toMatchObject({ status: 409 });
    expect(JSON.stringify(hidden.body)).not.toMatch(new RegExp(`${one.id}|${other.id}|incidents/`));
    expect(await desk.resolve(incident, { action: 'adopt', nativeId })).toMatchObject({ status: 200 });
    expect(await desk.process(one.id)).toMatchObject({ state: 'running', nativeId });
  }, 40_000);

  it('may be adopted where it is about another document', async () => {
    await desk.lost('7', { subject: { type: 'crm.lead', id: '60' } });

    expect(await adopt(await byHand('6', 'LEAD_61').catch(() => lastRun('6', 'LEAD_61')))).toMatchObject({
      status: 201,
    });
  });
});

/** The newest run of a template on a document, by the portal's own log. */
async function lastRun(definition: string, document: string): Promise<string> {
  const runs: unknown = await (await fetch(`${portal}/_sandbox/runs`)).json();
  const found = (Array.isArray(runs) ? runs.filter(isBody) : []).filter(
    (run) => run['definition'] === definition && JSON.stringify(run['document']).includes(document),
  );
  return String(found.at(-1)?.['nativeId']);
}

describe('an adoption that cannot be', () => {
  it.each([
    ['of a run that never was', {}, 404, 'not-found'],
    ['at a connection that is not there', { connection: 'nobody' }, 404, 'not-found'],
    ['of a definition that nothing could be called', { definition: 'UsrApproval' }, 404, 'definition-not-found'],
    ['at a platform that shows no runs', { connection: 'sandbox-creatio' }, 422, 'capability-not-supported'],
    ['of a document, by a webhook', { definition: 'sign.b2e.document' }, 422, 'capability-not-supported'],
    [
      'of a document that never was',
      { definition: 'sign.b2e.document', connection: 'sandbox-bitrix24-app' },
      404,
      'not-found',
    ],
    ['with an unknown field', { subject: {} }, 400, 'malformed-request'],
    ['with a definition of a wrong type', { definition: ['1'] }, 400, 'malformed-request'],
    ['without a run', { nativeId: '' }, 422, 'validation-failed'],
  ])('%s', async (_, more, status, code) => {
    expect(await adopt('66e81a641752f8.00000000', more)).toMatchObject({
      status,
      body: { code, outcome: 'not_executed' },
    });
  });

  it('of a run that has ended says that it cannot be shown any more', async () => {
    expect(await adopt(await byHand('2'))).toMatchObject({
      status: 404,
      body: { detail: expect.stringMatching(/has ended.*native-runs/) },
    });
  });

  it('of a run of another definition names both', async () => {
    expect(await adopt(await byHand('3'), { definition: '1' })).toMatchObject({
      status: 422,
      body: { code: 'validation-failed', errors: [{ pointer: '/definition', code: 'wrong-value' }] },
    });
  });

  it('is not for a client that may not', async () => {
    const nativeId = await byHand('3');
    const as = async (settings: Body) =>
      adopt(
        nativeId,
        {},
        await desk.client({ scopes: ['processes:start'], requireIdempotencyKey: false, ...settings }),
      );

    expect(await as({ connections: ['sandbox-creatio'] })).toMatchObject({ status: 404 });
    expect(await as({ scopes: ['processes:read', 'processes:sign'] })).toMatchObject({ status: 403 });
    expect(await as({ scopes: ['processes:read'] })).toMatchObject({ status: 403 });
    expect(await as({})).toMatchObject({ status: 201 });
  });
});

describe('a run of a definition that the client may not see', () => {
  const never = '66e81a641752f8.00000000';

  it.each([
    ['nothing', {}],
    ['another definition', { definition: '1' }],
  ])('is as one that never was where the client names %s', async (_, named) => {
    const nativeId = await byHand('3');
    const client = await desk.client({
      scopes: ['processes:start'],
      definitions: ['1'],
      requireIdempotencyKey: false,
    });

    const [hidden, absent] = [await adopt(nativeId, named, client), await adopt(never, named, client)];

    expect(hidden).toMatchObject({ status: 404, body: { code: 'not-found' } });
    expect(String(hidden.body['detail'])).toBe(String(absent.body['detail']).replace(never, nativeId));
    expect(await adopt(nativeId, { definition: '3' }, client)).toMatchObject({
      status: 404,
      body: { code: 'definition-not-found' },
    });
  });
});

describe('a document for signature that somebody else sent', () => {
  const example = bitrix24.examples.starts.find(({ body }) => body['definition'] === 'sign.b2e.document');

  /** One that is at the portal and that no process is about. */
  async function sent(externalId: string): Promise<string> {
    const body: Body = { ...example?.body };
    const variables: Body = isBody(body['variables']) ? body['variables'] : {};
    const externalSettings = { externalId, externalDateCreate: '2026-02-18T09:19:34+03:00' };
    const process = (await desk.start({ ...body, variables: { ...variables, externalSettings } })).body;
    await desk.database.query('delete from native_ids where process_id = $1', [process['id']]);
    await desk.database.query('delete from processes where id = $1', [process['id']]);
    return String(process['nativeId']);
  }

  it('is adopted by its uid, with its state, and followed', async () => {
    const uid = await sent('EXT-1');

    const adopted = await adopt(uid, { connection: 'sandbox-bitrix24-app' });
    await finish(uid);

    expect(adopted).toMatchObject({
      status: 201,
      body: {
        definition: 'sign.b2e.document',
        subject: null,
        state: 'running',
        nativeState: 'signing',
        result: { uid },
      },
    });
    await until(
      async () => (await desk.process(String(adopted.body['id'])))['state'] === 'completed',
      'the end of the signing',
      15_000,
    );
  });

  it('is closed from its birth where it is done', async () => {
    const uid = await sent('EXT-2');
    await finish(uid);

    const { status, body } = await adopt(uid, { connection: 'sandbox-bitrix24-app' });

    expect({ status, body }).toMatchObject({ status: 201, body: { state: 'completed', conclusion: 'succeeded' } });
    expect((await desk.history(String(body['id']))).map(({ type, sequence }) => [type, sequence])).toEqual([
      ['process.started', 1],
      ['process.completed', 2],
    ]);
  });

  it('needs the scope for signing', async () => {
    const client = await desk.client({ scopes: ['processes:start'], requireIdempotencyKey: false });
    const uid = await sent('EXT-3');

    expect(await adopt(uid, { connection: 'sandbox-bitrix24-app' }, client)).toMatchObject({
      status: 403,
      body: { code: 'insufficient-scope' },
    });
  });
});
