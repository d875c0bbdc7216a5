import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventEmitter, once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Client } from 'pg';
import { startGateway, type TestGateway } from '../gateway.js';
import { uuidForm } from '../../src/http/cursor.js';
import { Front } from '../../src/http/front.js';
import { Load } from '../../src/http/load.js';
import { listeningPort } from '../../src/lib/listening-port.js';
import { until } from '../until.js';
import { rawRequest } from './raw-request.js';

/** As in `src/app.ts`. */
const most = 320;

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway({ SANDBOX: 'on' });
});
afterAll(() => gateway?.close());

/** Sends a body and reads the answer to its end: whether the connection had carried one before. */
function wasReused(agent: Agent, body: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const call = request(`${gateway.url}/v1/processes`, { agent, method: 'POST' }, (answer) => {
      answer.on('end', () => resolve(call.reusedSocket)).resume();
    });
    call.on('error', reject).end(body);
  });
}

const get = (path: string): Promise<Response> => fetch(gateway.url + path);

/** Has the replica work on as much as it can: on lists of starts that come in and do not end. */
async function fill(): Promise<{ empty: () => Promise<void>; refused: Response }> {
  const { hostname, port, host } = new URL(gateway.url);
  const type = 'Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked';
  const open = (): Socket => {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined).resume();
    socket.write(`POST /v1/processes/bulk HTTP/1.1\r\nHost: ${host}\r\n${type}\r\n\r\n1\r\n\n\r\n`);
    return socket;
  };
  const sockets = Array.from({ length: most }, open);
  const refused = await until(async () => {
    const answer = await get('/v1/processes?limit=1');
    if (answer.status === 503) return answer;
    // Some came while others were still counted, and were sent away themselves.
    sockets.push(open(), open(), open());
    return null;
  }, 'a request to be sent away');
  const empty = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await until(async () => (await get('/v1/processes?limit=1')).status === 200, 'the replica to be free');
  };
  return { empty, refused };
}

describe('a replica that works on as much as it can', () => {
  it('sends more away, and answers who looks after it', async () => {
    const { empty, refused } = await fill();

    for (const path of ['/healthz/live', '/healthz/ready', '/metrics']) expect((await get(path)).status).toBe(200);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({
      code: 'overloaded',
      outcome: 'not_executed',
      retryable: true,
      detail: 'This replica has as much to do as it can.',
    });

    await empty();
  });

  it('names the key of a start that it sends away', async () => {
    const { empty } = await fill();
    const post = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${gateway.url}/v1/processes`, { method: 'POST', headers, body: 'x' });
    expect((await post({ 'idempotency-key': 'kept' })).headers.get('idempotency-key')).toBe('kept');
    expect((await post({})).headers.get('idempotency-key')).toMatch(uuidForm);

    await empty();
  });

  it('sends away in the words of every other problem, and the connection goes on', async () => {
    const { empty } = await fill();
    const { host } = new URL(gateway.url);
    const body = 'x'.repeat(300_000);
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const head = `Host: ${host}\r\nX-Request-Id: mine\r\ntraceparent: 00-${traceId}-00f067aa0ba902b7-01\r\n`;
    const answer = await rawRequest(
      gateway.url,
      `POST /v1/processes?a=b HTTP/1.1\r\n${head}Content-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'x-request-id': 'mine',
      'retry-after': '1',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(answer.headers['traceparent']).toContain(traceId);
    expect(JSON.parse(answer.body)).toMatchObject({
      type: `${gateway.url}/problems/overloaded`,
      status: 503,
      instance: '/v1/processes',
      traceId,
    });
    expect(
      (await rawRequest(gateway.url, `HEAD /v1/processes HTTP/1.1\r\n${head}Connection: close\r\n\r\n`)).body,
    ).toBe('');

    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect([await wasReused(agent, body), await wasReused(agent, body)]).toEqual([false, true]);
    agent.destroy();
    expect(await (await get('/metrics')).text()).toMatch(/bpmgw_http_requests_sent_away_total\{method="POST"\} [1-9]/);

    await empty();
  });
});

describe('a replica whose connections to the database all wait', () => {
  it('is ready: who looks after it has one of its own', async () => {
    const sql = new Client({ connectionString: gateway.databaseUrl });
    await sql.connect();
    await sql.query('begin');
    await sql.query('lock table processes in access exclusive mode');
    const over = new AbortController();
    const callers = Array.from({ length: 30 }, async () => {
      while (!over.signal.aborted) await get('/v1/processes?limit=1');
    });
    const waiting = async (): Promise<number> =>
      (await sql.query(`select from pg_locks where relation = 'processes'::regclass and not granted`)).rowCount ?? 0;
    await until(async () => (await waiting()) >= 20, 'all connections to wait');

    // An answer of the database counts for five seconds.
    const began = performance.now();
    const statuses = new Set<number>();
    while (performance.now() - began < 6500) statuses.add((await get('/healthz/ready')).status);
    expect([...statuses]).toEqual([200]);

    over.abort();
    await sql.query('rollback');
    await sql.end();
    await Promise.all(callers);
  });
});

describe('callers that only wait', () => {
  it('keep nobody from being answered', async () => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({
      connection: 'sandbox-bitrix24',
      definition: '3',
      subject: { type: 'crm.lead', id: '1' },
      variables: { Note: 'a' },
    });
    const process = Object(
      await (await fetch(`${gateway.url}/v1/processes`, { method: 'POST', headers, body })).json(),
    );
    const over = new AbortController();
    const waiting = Array.from({ length: most + 50 }, async () =>
      fetch(`${gateway.url}/v1/processes/${process.id}?wait=55&until=closed`, { signal: over.signal }).catch(
        () => null,
      ),
    );
    // Every one of them has been read once; those that wait then are not in the way of the next.
    const statuses = new Set<number>();
    for (let times = 0; times < 20; times += 1) statuses.add((await get('/v1/processes?limit=1')).status);
    await until(async () => (await get('/v1/processes?limit=1')).status === 200, 'the callers to wait');
    expect((await get('/v1/processes?limit=1')).status).toBe(200);

    over.abort();
    await Promise.all(waiting);
  });
});

describe('commands that wait for their outcomes', () => {
  it("count while the replica is busy with them, and stand in nobody's way while it is not", async () => {
    const busyness = { isBusy: true };
    const load = new Load(2, busyness);
    const answered: (() => void)[] = [];
    const begin = (): Promise<void> =>
      load.begin(new EventEmitter()).rest('outcome', new Promise<void>((resolve) => answered.push(resolve)));
    const waiting = [begin(), begin()];
    expect(load.isFull()).toBe(true);
    busyness.isBusy = false;
    expect(load.isFull()).toBe(false);
    waiting.push(begin(), begin(), begin(), begin());
    expect(load.isFull()).toBe(true);

    for (const answer of answered) answer();
    await Promise.all(waiting);
  });

  it('do not count where their callers have gone away before they are begun', () => {
    const load = new Load(1, { isBusy: true });
    load.begin(Object.assign(new EventEmitter(), { destroyed: true }));
    expect(load.isFull()).toBe(false);
  });

  it('do not count where they only wait for news', () => {
    const load = new Load(2, { isBusy: true });
    const news = Array.from({ length: 5 }, () => load.begin(new EventEmitter()).rest('news', new Promise(() => {})));
    expect(news).toHaveLength(5);
    expect(load.isFull()).toBe(false);
  });
});

describe('requests that come at once', () => {
  it('are begun a few in each turn of the loop, and whoever looks after the replica at once', async () => {
    const [begunIn, turns] = [new Map<number, number>(), { now: 0, areOver: false }];
    const turn = (): void => {
      turns.now += 1;
      if (!turns.areOver) setImmediate(turn);
    };
    turn();
    const front = new Front(new Load(100, { isBusy: false }), (_, response) => response.writeHead(503).end());
    const server = createServer((request, response) =>
      front.take(request, response, ({ url = '' }, answer) => {
        if (url.startsWith('/v1/')) begunIn.set(turns.now, (begunIn.get(turns.now) ?? 0) + 1);
        answer.end('ok');
      }),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const socket = connect(listeningPort(server), '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    socket.write(get('/v1/processes').repeat(40) + get('/healthz/live'));

    await until(() => text.split('HTTP/1.1 200').length - 1 === 41, 'all to be answered');
    turns.areOver = true;
    expect(Math.max(...begunIn.values())).toBeLessThanOrEqual(16);
    expect([...begunIn.values()].reduce((sum, one) => sum + one, 0)).toBe(40);

    socket.destroy();
    server.close();
  });
});
