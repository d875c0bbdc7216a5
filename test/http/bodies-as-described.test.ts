import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startGateway, type TestGateway } from '../gateway.js';
import { openApiAnswers, type OpenApiAnswers } from '../openapi-answers.js';

type Body = Readonly<Record<string, unknown>>;

interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const approval = {
  connection: 'sandbox-bitrix24',
  definition: '1',
  subject: { type: 'crm.lead', id: '1' },
  variables: { Parameter1: 'user_1' },
};

let gateway: TestGateway;
let contract: OpenApiAnswers;

beforeAll(async () => {
  gateway = await startGateway({ SANDBOX: 'on' });
  contract = await openApiAnswers(gateway.url);
});
afterAll(() => gateway?.close());

/** Posts to a route at an address that it describes; `body` goes as JSON, a text as it is. */
async function post(route: string, address: string, { body, headers = {} }: Sent = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(`${gateway.url}/v1${address}`, {
    method: 'POST',
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: text }),
  });
  return { status: answer.status, body: (await contract.body(`POST /v1${route}`, answer)) as Body };
}

const start = (body: unknown) => post('/processes', '/processes', { body });

const pointersIn = ({ body }: { body: Body }): string[] =>
  ((body['errors'] ?? []) as { pointer: string }[]).map(({ pointer }) => pointer);

describe('a command that takes no body', () => {
  const some = '00000000-0000-7000-8000-000000000001';
  const commands = [
    ['/processes/{id}/retry', `/processes/${some}/retry`],
    ['/connections/{key}/pause', '/connections/sandbox-creatio/pause'],
    ['/connections/{key}/resume', '/connections/sandbox-creatio/resume'],
    ['/connections/{key}/test', '/connections/sandbox-creatio/test'],
    ['/clients/{id}/keys', `/clients/${some}/keys`],
  ] as const;

  it.each(commands)('refuses unknown fields: %s', async (route, address) => {
    const answer = await post(route, address, { body: { a: 1 } });

    expect(answer).toMatchObject({ status: 400, body: { code: 'malformed-request' } });
    expect(pointersIn(answer)).toEqual(['/a']);
  });

  it.each(commands)('reads no other type: %s', async (route, address) => {
    const answer = await post(route, address, { body: 'a=1', headers: { 'content-type': 'text/plain' } });

    expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported-media-type' } });
  });

  it('takes an empty object for none', async () => {
    const pause = '/connections/sandbox-creatio/pause';
    expect((await post('/connections/{key}/pause', pause, { body: {} })).status).toBe(200);
    expect((await post('/connections/{key}/resume', pause.replace('pause', 'resume'))).status).toBe(200);
  });
});

it('a command without a body and one with an empty object are the same under one key', async () => {
  const { body: process } = await start(approval);
  const stop = (sent: Sent) =>
    post('/processes/{id}/terminate', `/processes/${String(process['id'])}/terminate`, {
      ...sent,
      headers: { 'idempotency-key': 'one-stop' },
    });

  expect(await stop({})).toMatchObject({ status: 200, body: { state: 'terminated' } });
  expect(await stop({ body: {} })).toMatchObject({ status: 200, body: { state: 'terminated' } });
});

describe('a start of another shape', () => {
  it.each([
    [{ variables: [] }, '/variables'],
    [{ variables: [{}] }, '/variables'],
    [{ options: [] }, '/options'],
    [{ metadata: [] }, '/metadata'],
    [{ subject: [] }, '/subject'],
    [{ businessKey: [] }, '/businessKey'],
    [{ businessKey: ['PO-1'] }, '/businessKey'],
    [{ onIndeterminate: ['block'] }, '/onIndeterminate'],
    [{ tags: ['erp', 1] }, '/tags/1'],
    [{ tags: {} }, '/tags'],
  ])('%j is malformed at %s', async (fields, pointer) => {
    const answer = await start({ ...approval, ...fields });

    expect(answer).toMatchObject({ status: 400, body: { code: 'malformed-request' } });
    expect(pointersIn(answer)).toEqual([pointer]);
  });

  it('is malformed where the platform knows no such option, and tells nothing else', async () => {
    const answer = await start({ ...approval, options: { x: 1 }, variables: { Nope: 1 } });

    expect(answer).toMatchObject({ status: 400, body: { code: 'malformed-request' } });
    expect(pointersIn(answer)).toEqual(['/options/x']);
  });

  it.each(['constructor', '__proto__'])('is malformed where a variable is called %s', async (name) => {
    const answer = await start(`{"connection":"sandbox-bitrix24","definition":"1","variables":{"${name}":"x"}}`);

    expect(answer).toMatchObject({ status: 400, body: { code: 'malformed-request' } });
    expect(pointersIn(answer)).toEqual([`/variables/${name}`]);
  });
});

describe('a start whose values do not fit', () => {
  it.each(['toString', 'hasOwnProperty', 'then', '__defineGetter__', 'valueOf', 'prototype'])(
    'has a variable called %s, which the definition does not know',
    async (name) => {
      for (const one of [approval, { connection: 'sandbox-creatio', definition: 'UsrApproval' }]) {
        const answer = await start({ ...one, variables: { [name]: 'x' } });
        expect(answer).toMatchObject({ status: 422, body: { code: 'validation-failed' } });
        expect(pointersIn(answer)).toEqual([`/variables/${name}`]);
      }
    },
  );

  it('says twice until when it may wait', async () => {
    const answer = await start({ ...approval, startBefore: '2099-01-01T00:00:00Z', startWithinSeconds: 60 });

    expect(answer).toMatchObject({ status: 422, body: { code: 'validation-failed' } });
    expect(pointersIn(answer)).toEqual(['/startBefore', '/startWithinSeconds']);
  });
});

describe('credentials with a key that reaches for a prototype', () => {
  it('are malformed', async () => {
    const auth = { type: 'forms', username: 'a', password: 'b', constructor: 'x' };
    const body = { key: 'new', platform: 'creatio', baseUrl: 'https://x.invalid', auth };
    const answer = await post('/connections', '/connections', { body });

    expect(answer).toMatchObject({ status: 400, body: { code: 'malformed-request' } });
    expect(pointersIn(answer)).toEqual(['/auth/constructor']);
  });
});

describe('what is shown', () => {
  it('of a process stands in the order of the contract', async () => {
    const { body } = await start(approval);

    expect(Object.keys(body).join(' ')).toBe(
      'id connection platform definition definitionName nativeId businessKey tags metadata subject variables result ' +
        'state category nativeState waitingFor conclusion evidence adoption failure hasIncident createdBy retryOf ' +
        'attempts revision createdAt startedAt closedAt observedAt links',
    );
  });

  it('of an operation is what the contract names', async () => {
    const { body: process } = await start(approval);
    const route = `/processes/${String(process['id'])}/terminate`;
    const stopped = await fetch(`${gateway.url}/v1${route}`, { method: 'POST' });
    const operation = await fetch(`${gateway.url}/v1/operations/${stopped.headers.get('operation-id') ?? ''}`);

    expect(Object.keys((await operation.json()) as Body)).toEqual(['id', 'processId', 'kind', 'state', 'attempts']);
  });

  it('of no key at all is malformed', async () => {
    const answer = await fetch(`${gateway.url}/v1/idempotency-keys`);

    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      code: 'malformed-request',
      errors: [{ parameter: 'key', code: 'required' }],
    });
  });
});
