import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { startGateway, type TestGateway } from '../gateway.js';
import { until } from '../until.js';

/** As in `src/app.ts`. */
const most = 200;

let gateway: TestGateway;
let database: Client;

beforeAll(async () => {
  gateway = await startGateway({ SANDBOX: 'on' });
  database = new Client({ connectionString: gateway.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await gateway?.close();
});

const get = (path: string): Promise<Response> => fetch(gateway.url + path);

describe('a replica that works on as much as it can', () => {
  it('sends more away at once, and answers who looks after it', async () => {
    await database.query('begin');
    await database.query('lock table processes in access exclusive mode');
    const sent = Array.from({ length: most + 100 }, () => get('/v1/processes'));
    const refused: Response[] = [];
    for (const one of sent) void one.then((answer) => answer.status === 503 && refused.push(answer));
    const first = await until(() => refused[0], 'a request to be sent away');

    expect((await get('/healthz/live')).status).toBe(200);
    // Those in work hold every session of the pool.
    expect((await get('/healthz/ready')).status).toBe(200);
    expect(first.headers.get('retry-after')).toBe('1');
    expect(await first.json()).toMatchObject({
      code: 'overloaded',
      outcome: 'not_executed',
      retryable: true,
      detail: 'This replica has as much to do as it can.',
    });

    await database.query('rollback');
    await Promise.all(sent);
    expect((await get('/v1/processes')).status).toBe(200);
  });

  it('names the key of a start that it sends away', async () => {
    await database.query('begin');
    await database.query('lock table processes in access exclusive mode');
    const sent = Array.from({ length: most + 1 }, () => get('/v1/processes'));
    const start = async (): Promise<Response> =>
      fetch(`${gateway.url}/v1/processes`, { method: 'POST', headers: { 'idempotency-key': 'kept' }, body: 'x' });
    const answer = await until(async () => {
      const one = await start();
      return one.status === 503 && one;
    }, 'a start to be sent away');
    expect(answer.headers.get('idempotency-key')).toBe('kept');
    await database.query('rollback');
    await Promise.all(sent);
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
