import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { startGateway, type TestGateway } from './gateway.js';
import { openApiAnswers, type OpenApiAnswers } from './openapi-answers.js';
import { until } from './until.js';

interface Process {
  readonly id: string;
  readonly state: string;
  readonly nativeId: string;
  readonly definition: string;
  readonly conclusion: string | null;
}

const ways = [
  {
    platform: 'bitrix24',
    start: {
      connection: 'sandbox-bitrix24',
      definition: '1',
      subject: { type: 'crm.lead', id: '1' },
      variables: { Parameter1: 'user_1' },
    },
    // It lists what runs and keeps no record of what ended.
    end: { state: 'ended', conclusion: 'unknown' },
  },
  {
    platform: 'creatio',
    start: { connection: 'sandbox-creatio', definition: 'UsrApproval' },
    end: { state: 'completed', conclusion: 'succeeded' },
  },
];

/** The ten stations of README's "way of one start", walked from outside. */
describe.each(ways)('the way of a start to $platform', ({ platform, start, end }) => {
  let gateway: TestGateway;
  let database: Client;
  let contract: OpenApiAnswers;
  let portalUrl: string;
  let started: Process;
  const key = `way-of-${platform}`;

  beforeAll(async () => {
    gateway = await startGateway({ SANDBOX: 'on', STATUS_POLL_SECONDS: '1' });
    database = new Client({ connectionString: gateway.databaseUrl });
    await database.connect();
    contract = await openApiAnswers(gateway.url);
    const connection = await contract.body(
      'GET /v1/connections/{key}',
      await fetch(`${gateway.url}/v1/connections/sandbox-${platform}`),
    );
    portalUrl = (connection as { baseUrl: string }).baseUrl;
  });

  afterAll(async () => {
    await database?.end();
    await gateway?.close();
  });

  const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${gateway.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const runs = async (): Promise<{ nativeId: string }[]> =>
    (await (await fetch(`${portalUrl}/_sandbox/runs`)).json()) as { nativeId: string }[];

  it('1 the door refuses what is not a start', async () => {
    const answer = await post('/v1/processes', { ...start, surprise: true });

    expect(await contract.body('POST /v1/processes', answer)).toMatchObject({
      code: 'malformed-request',
      outcome: 'not_executed',
      errors: [{ pointer: '/surprise' }],
    });
    expect(await runs()).toEqual([]);
  });

  it('2 the command starts it, and answers when the run exists', async () => {
    const answer = await post('/v1/processes', start, { 'idempotency-key': key });

    expect(answer.status).toBe(201);
    expect(answer.headers.get('idempotency-key')).toBe(key);
    started = (await contract.body('POST /v1/processes', answer)) as Process;
    expect(started).toMatchObject({ platform, state: 'running', category: 'open', attempts: 1, adoption: 'direct' });
    expect(answer.headers.get('location')).toBe(`${gateway.url}/v1/processes/${started.id}`);
  });

  it('3 the record holds process, operation, key and events', async () => {
    const { rows } = await database.query(
      `select
         (select state from processes where id = $1) as process,
         (select state from operations where process_id = $1) as operation,
         (select answer ->> 'word' from idempotency_keys where key = $2) as word,
         (select array_agg(type order by sequence) from events where process_id = $1) as events`,
      [started.id, key],
    );

    expect(rows).toEqual([
      { process: 'running', operation: 'done', word: 'confirmed', events: ['process.accepted', 'process.started'] },
    ]);
  });

  it('4 the dispatcher sends a queued start too', async () => {
    const answer = await post('/v1/processes', start, { prefer: 'respond-async' });
    const accepted = (await contract.body('POST /v1/processes', answer)) as Process;

    expect(answer.status).toBe(202);
    expect(answer.headers.get('retry-after')).toBe('1');
    await until(async () => {
      const { state } = (await (await fetch(`${gateway.url}/v1/processes/${accepted.id}`)).json()) as Process;
      return state === 'running';
    }, 'the queued start to run');
  });

  it('5 the intent was on disk before the platform had the request', async () => {
    const { rows } = await database.query(
      'select number, class, sent_at < answered_at as in_order from attempts where process_id = $1',
      [started.id],
    );

    expect(rows).toEqual([{ number: 1, class: 'accepted', in_order: true }]);
  });

  it('6 the adapter and 7 the client made it one run there', async () => {
    expect((await runs()).filter(({ nativeId }) => nativeId === started.nativeId)).toHaveLength(1);
  });

  it('8 the verdict answers a repetition of the key as it was then, and nothing runs again', async () => {
    const before = (await runs()).length;
    const answer = await post('/v1/processes', start, { 'idempotency-key': key });

    expect(answer.status).toBe(201);
    expect(answer.headers.get('idempotent-replayed')).toBe('true');
    expect(await contract.body('POST /v1/processes', answer)).toEqual(started);
    expect((await runs()).length).toBe(before);
  });

  it('9 a later look finds the end', async () => {
    const finished = await fetch(`${portalUrl}/_sandbox/runs/${started.nativeId}/finish`, {
      method: 'POST',
      body: JSON.stringify({ outcome: 'completed' }),
    });
    expect(finished.ok).toBe(true);

    const closed = await until(async () => {
      const answer = await fetch(`${gateway.url}/v1/processes/${started.id}`);
      const process = (await contract.body('GET /v1/processes/{id}', answer)) as Process & { category: string };
      return process.category === 'closed' && process;
    }, 'the end of the run');
    expect(closed).toMatchObject(end);
  });

  it('10 the news stands in the history, without a gap', async () => {
    const answer = await fetch(`${gateway.url}/v1/processes/${started.id}/history`);
    const { items } = (await contract.body('GET /v1/processes/{id}/history', answer)) as {
      items: { kind: string; type: string; sequence: number | null }[];
    };

    expect(items.map(({ type }) => type)).toEqual([
      'process.accepted',
      'attempt.accepted',
      'process.started',
      `process.${end.state}`,
    ]);
    expect(items.flatMap(({ sequence }) => sequence ?? [])).toEqual([1, 2, 3]);
  });
});
