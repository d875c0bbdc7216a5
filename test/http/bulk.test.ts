import { Agent, request as send } from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { openApiAnswers, type OpenApiAnswers } from '../openapi-answers.js';
import { exampleOf } from './example-of.js';
import { startGateway, type TestGateway } from '../gateway.js';
import { until } from '../until.js';

const Item = z.object({
  index: z.number(),
  status: z.number(),
  processId: z.string().optional(),
  problem: z.object({ code: z.string(), errors: z.array(z.object({ pointer: z.string() })).optional() }).optional(),
});
const Answer = z.object({ items: z.array(Item) });

const adminKey = 'the-key-of-the-administrator';
let gateway: TestGateway;
let answers: OpenApiAnswers;
let portal = '';
let last = 0;

beforeAll(async () => {
  gateway = await startGateway({
    SANDBOX: 'on',
    AUTH: 'on',
    BOOTSTRAP_API_KEY: adminKey,
    STATUS_POLL_SECONDS: '86400',
  });
  answers = await openApiAnswers(gateway.url);
  portal = String(Object(await (await ask('GET', '/connections/sandbox-bitrix24')).json()).baseUrl);
  // So that nothing is sent while its starts are looked at.
  await ask('POST', '/connections/sandbox-bitrix24/pause');
}, 60_000);
afterAll(() => gateway?.close());

function ask(method: string, path: string, body: unknown = null, key = adminKey, more: object = {}): Promise<Response> {
  return fetch(`${gateway.url}/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === null ? {} : { 'content-type': 'application/json' }),
      ...more,
    },
    ...(body === null ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

/** What would end an item that is not read as text. */
const strange = '],} \\" ],} \\';

const newKey = (): string => `bulk-${(last += 1)}`;

function start(more: object = {}): Readonly<Record<string, unknown>> {
  return {
    connection: 'sandbox-bitrix24',
    definition: '1',
    subject: { type: 'crm.lead', id: '1' },
    variables: { Parameter1: 'user_1' },
    idempotencyKey: newKey(),
    ...more,
  };
}

const lines = (starts: readonly unknown[]): string => starts.map((one) => `${JSON.stringify(one)}\n`).join('');

async function bulk(body: string, type = 'application/x-ndjson', key = adminKey) {
  const answer = await ask('POST', '/processes/bulk', body, key, { 'content-type': type });
  const read = await answers.body('POST /v1/processes/bulk', answer);
  return { status: answer.status, body: read };
}

async function items(body: string, type?: string): Promise<z.infer<typeof Item>[]> {
  const answer = await bulk(body, type);
  expect(answer.status).toBe(202);
  return Answer.parse(answer.body).items;
}

async function found(id = ''): Promise<unknown> {
  return (await ask('GET', `/processes/${id}`)).json();
}

describe('many starts', () => {
  it.each([
    ['on lines of their own', lines, 'application/x-ndjson'],
    ['in an array', (starts: readonly unknown[]) => JSON.stringify(starts, null, 2), 'application/json'],
  ])('%s are accepted, each as a process of its own', async (_, text, type) => {
    const starts = Array.from({ length: 150 }, (__, at) => start({ businessKey: `${strange} ${at}` }));
    const taken = await items(text(starts), type);
    expect(taken.map(({ index, status }) => [index, status])).toEqual(starts.map((__, at) => [at, 202]));
    expect(new Set(taken.map(({ processId }) => processId)).size).toBe(150);
    expect(await found(taken[149]?.processId)).toMatchObject({ businessKey: `${strange} 149`, state: 'queued' });
  });

  it('with one key belong to the first that came, also where it takes longer', async () => {
    // Nothing has been read of this connection so far, and all of the other.
    const [first, second] = [start({ connection: 'sandbox-bitrix24-app' }), start()];
    const idempotencyKey = newKey();
    const taken = await items(lines([first, second, first].map((one) => ({ ...one, idempotencyKey }))));
    expect(taken).toMatchObject([
      { status: 202, processId: expect.any(String) },
      { status: 422, problem: { code: 'idempotency-key-reused' } },
      { processId: taken[0]?.processId },
    ]);
  });

  it('are judged each for itself', async () => {
    const good = start();
    const text = [
      JSON.stringify(good),
      '{"no json',
      JSON.stringify(start({ definition: '999' })),
      JSON.stringify(start({ surplus: 1 })),
      JSON.stringify({ ...start(), idempotencyKey: undefined }),
      JSON.stringify(start({ idempotencyKey: 'two words' })),
      '',
      JSON.stringify(start({ connection: 'sandbox-bitrix24-app', ...exampleOf('sign.b2e.document') })),
      JSON.stringify(start({ variables: { Parameter1: 'x'.repeat(1024 * 1024) } })),
      '7',
      JSON.stringify(start()),
    ].join('\r\n');
    const taken = await items(text);
    expect(taken.map(({ status, problem }) => [status, problem?.code])).toEqual([
      [202, undefined],
      [400, 'malformed-request'],
      [404, 'definition-not-found'],
      [400, 'malformed-request'],
      [422, 'validation-failed'],
      [422, 'validation-failed'],
      [422, 'capability-not-supported'],
      [413, 'payload-too-large'],
      [400, 'malformed-request'],
      [202, undefined],
    ]);
    expect(taken[4]?.problem?.errors).toMatchObject([{ pointer: '/idempotencyKey' }]);
  });

  it('are started once under their keys, repeated together or alone', async () => {
    const starts = [start(), start(), start()];
    const first = await items(lines([...starts, ...starts]));
    const again = await items(lines(starts));
    const ids = first.slice(0, 3).map(({ processId }) => processId);
    expect(first.slice(3).map(({ processId }) => processId)).toEqual(ids);
    expect(again.map(({ processId }) => processId)).toEqual(ids);

    const { idempotencyKey, ...alone } = starts[1] ?? {};
    const headers = { 'idempotency-key': String(idempotencyKey), prefer: 'respond-async' };
    const answer = await ask('POST', '/processes', alone, adminKey, headers);
    expect(answer.headers.get('idempotent-replayed')).toBe('true');
    expect(Object(await answer.json()).id).toBe(ids[1]);

    const [other] = await items(lines([{ ...starts[2], businessKey: 'another' }]));
    expect(other).toMatchObject({ status: 422, problem: { code: 'idempotency-key-reused' } });
  });

  it('tell how a start ended that was accepted before', async () => {
    const connection = 'sandbox-creatio';
    const [good, refused] = [
      start({ connection, definition: 'UsrApproval' }),
      start({ connection, definition: 'UsrRefused' }),
    ];
    const one = ({ connection: at, definition, idempotencyKey }: Readonly<Record<string, unknown>>) => ({
      connection: at,
      definition,
      idempotencyKey,
    });
    const alone = async (given: Readonly<Record<string, unknown>>): Promise<number> => {
      const { idempotencyKey, ...body } = one(given);
      return (await ask('POST', '/processes', body, adminKey, { 'idempotency-key': String(idempotencyKey) })).status;
    };
    const statuses = [await alone(good), await alone(refused)];
    const taken = await items(lines([one(good), one(refused)]));
    expect(taken.map(({ status }) => status)).toEqual(statuses);
  });

  it('are only for those who may start', async () => {
    const made = Object(await (await ask('POST', '/clients', { name: 'looks', scopes: ['processes:read'] })).json());
    expect((await bulk(lines([start()]), 'application/x-ndjson', String(made.key))).status).toBe(403);
    const narrow = { name: 'narrow', scopes: ['processes:start'], connections: ['sandbox-creatio'] };
    const other = Object(await (await ask('POST', '/clients', narrow)).json());
    const answer = await bulk(lines([start()]), 'application/x-ndjson', String(other.key));
    expect(Answer.parse(answer.body).items).toMatchObject([{ status: 404, problem: { code: 'not-found' } }]);
  });

  it('reach the portal once each, though they are sent twice', async () => {
    const auth = { type: 'webhook', userId: 1, secret: 'sandboxwebhook01' };
    const made = { key: 'sends', platform: 'bitrix24', name: 'Sends', baseUrl: portal, auth };
    expect((await ask('POST', '/connections', made)).status).toBe(201);
    const starts = Array.from({ length: 30 }, (_, at) =>
      start({
        connection: 'sends',
        definition: '3',
        subject: { type: 'crm.lead', id: String(at + 1) },
        variables: { Note: `sent ${at}` },
      }),
    );
    await Promise.all([items(lines(starts)), items(lines(starts))]);
    const notes = async (): Promise<string[]> => {
      const runs = z.array(z.object({ variables: z.object({ Note: z.string().optional() }) }));
      const all = runs.parse(await (await fetch(`${portal}/_sandbox/runs`)).json());
      return all.flatMap(({ variables: { Note = '' } }) => (Note.startsWith('sent ') ? [Note] : []));
    };
    await until(async () => (await notes()).length >= 30, 'every start to run', 50_000);
    expect((await notes()).toSorted()).toEqual(starts.map((_, at) => `sent ${at}`).toSorted());
  }, 90_000);
});

describe('a body of many starts', () => {
  it.each([
    ['no array', '{"a": 1}', 'application/json'],
    ['an array that does not end', `[${JSON.stringify({ a: 1 })}`, 'application/json'],
    ['something behind the array', '[] []', 'application/json'],
    ['a comma too many', '[,]', 'application/json'],
    ['a comma at the end', '[7,]', 'application/json'],
    ['nothing', '', 'application/json'],
  ])('is refused: %s', async (_, text, type) => {
    expect(await bulk(text, type)).toMatchObject({ status: 400, body: { code: 'malformed-request' } });
  });

  it('that is refused before its end keeps no later request of its caller waiting', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const { hostname, port } = new URL(gateway.url);
    const status = (method: string, path: string, body = ''): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' };
        const call = send({ agent, hostname, port, method, path, headers, timeout: 20_000 }, (answer) => {
          answer.resume().once('end', () => resolve(answer.statusCode));
        });
        call.on('timeout', () => call.destroy(new Error('No answer')));
        call.on('error', reject);
        call.end(body);
      });

    expect(await status('POST', '/v1/processes/bulk', `{"a":"${'x'.repeat(1_100_000)}"}`)).toBe(400);
    expect(await status('GET', '/v1/processes?limit=1')).toBe(200);
    agent.destroy();
  });

  it('may hold nothing', async () => {
    expect(await items(' [ ] ', 'application/json')).toEqual([]);
    expect(await items('\n\n')).toEqual([]);
  });

  it('is of no other type, and lines are for no other route', async () => {
    expect((await bulk('a', 'text/plain')).status).toBe(415);
    const headers = { 'content-type': 'application/x-ndjson' };
    expect((await ask('POST', '/processes', '{}', adminKey, headers)).status).toBe(415);
  });

  it('holds 10,000 starts at most; those before stand, and are told to', async () => {
    const [kept] = [start()];
    const text = `${lines([kept])}${'{}\n'.repeat(10_000)}`;
    const answer = await bulk(text);
    expect(answer).toMatchObject({ status: 413, body: { code: 'payload-too-large', outcome: 'executed' } });
    expect(Object(answer.body).detail).toContain('Starts before it that were taken: 1;');
    expect((await items(lines([kept])))[0]).toMatchObject({ status: 202 });
  }, 90_000);

  it('is refused before it comes where it is announced to be too large', async () => {
    const { hostname, port } = new URL(gateway.url);
    const headers = {
      authorization: `Bearer ${adminKey}`,
      'content-type': 'application/x-ndjson',
      'content-length': String(64 * 1024 * 1024 + 1),
    };
    const sent = send({ hostname, port, path: '/v1/processes/bulk', method: 'POST', headers });
    sent.on('error', () => {});
    sent.flushHeaders();
    const [answer]: unknown[] = await once(sent, 'response');
    expect(Object(answer).statusCode).toBe(413);
    sent.destroy();
  });

  it('is refused where it turns out to be too large', async () => {
    const { hostname, port } = new URL(gateway.url);
    const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/x-ndjson' };
    const sent = send({ hostname, port, path: '/v1/processes/bulk', method: 'POST', headers });
    // What is still to be sent when the answer comes is cut off.
    sent.on('error', () => {});
    const mebi = Buffer.alloc(1024 * 1024, 'x');
    for (let count = 0; count < 65; count += 1) sent.write(mebi);
    const [answer]: unknown[] = await once(sent, 'response');
    expect(Object(answer).statusCode).toBe(413);
    sent.destroy();
  });

  it('is taken as it comes: a start is a process before the next has been sent', async () => {
    const { hostname, port } = new URL(gateway.url);
    const first = start();
    const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/x-ndjson' };
    const sent = send({ hostname, port, path: '/v1/processes/bulk', method: 'POST', headers });
    sent.write(lines([first]));
    const key = encodeURIComponent(String(first['idempotencyKey']));
    await until(
      async () => (await ask('GET', `/idempotency-keys/${key}`)).status === 200,
      'the first start to be taken',
    );
    sent.end(lines([start()]));
    const [answer]: unknown[] = await once(sent, 'response');
    expect(Object(answer).statusCode).toBe(202);
    Object(answer).resume();
  });
});
