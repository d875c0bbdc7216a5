import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { startGateway, type TestGateway } from '../gateway.js';
import { until } from '../until.js';
import { Receiver } from './receiver.js';
import { env, WebhookDesk } from './webhook-desk.js';

jest.setTimeout(120_000);

const lines: string[] = [];
let gateway: TestGateway;
let desk: WebhookDesk;
let receiver: Receiver;
let database: Client;

beforeAll(async () => {
  receiver = await Receiver.open();
  gateway = await startGateway({ ...env, SANDBOX: 'on', LOG_LEVEL: 'trace' }, (line) => lines.push(line));
  desk = await WebhookDesk.of(gateway.url);
  database = new Client({ connectionString: gateway.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await gateway?.close();
  await receiver?.close();
});

describe('a webhook', () => {
  it('shows its secret once, and keeps it sealed', async () => {
    const { id, secret } = await desk.webhook(receiver.url('/secret'), { types: ['task.created'] });
    const asked = [
      await desk.ask('GET', '/webhooks/{id}', id),
      await desk.ask('GET', '/webhooks'),
      await desk.ask('POST', '/webhooks/{id}/test', id),
      await desk.ask('POST', '/webhooks/{id}/enable', id),
      await desk.ask('GET', '/webhooks/{id}/deliveries', id),
      await desk.ask('GET', '/audit?action=webhook.create'),
    ];
    const { rows } = await database.query<{ row: string }>('select to_json(w)::text as row from webhooks w');
    const bytes = Buffer.from(secret.slice('whsec_'.length), 'base64');

    expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
    for (const { body } of asked) expect(JSON.stringify(body)).not.toContain(secret.slice(6));
    for (const { row } of rows) {
      expect(row).not.toContain(secret.slice(6));
      expect(row).not.toContain(bytes.toString('hex'));
    }
    expect(lines.join('\n')).not.toContain(secret.slice(6));
  });

  it('is changed and removed by whoever has seen it as it is', async () => {
    const { id } = await desk.webhook(receiver.url('/etag'), { types: ['task.created'], description: 'The first' });
    const etag = (await desk.ask('GET', '/webhooks/{id}', id)).headers.get('etag') ?? '';
    const change = (body: object, ifMatch?: string) =>
      desk.ask('PATCH', '/webhooks/{id}', id, { body, ...(ifMatch === undefined ? {} : { ifMatch }) });

    expect(await change({ description: null })).toMatchObject({ status: 428, body: { code: 'precondition-required' } });
    expect(await change({ description: null }, etag)).toMatchObject({
      status: 200,
      body: { description: null, types: ['task.created'] },
    });
    expect(await change({ types: null }, etag)).toMatchObject({ status: 412, body: { code: 'precondition-failed' } });
    const disabled = await database.query(`update webhooks set state = 'disabled' where id = $1`, [id]);
    const now = (await desk.ask('GET', '/webhooks/{id}', id)).headers.get('etag') ?? '';
    expect(disabled.rowCount).toBe(1);
    expect(now).toBe('"2"');
    expect((await desk.ask('DELETE', '/webhooks/{id}', id, { ifMatch: etag })).status).toBe(412);
    expect((await desk.ask('DELETE', '/webhooks/{id}', id, { ifMatch: now })).status).toBe(204);
    expect((await desk.ask('GET', '/webhooks/{id}', id)).status).toBe(404);
  });

  it.each([
    [{ url: 'https://10.0.0.1/hook' }, 422, 'egress-denied'],
    [{ url: 'https://169.254.169.254/latest' }, 422, 'egress-denied'],
    [{ url: 'ftp://example.com' }, 422, 'egress-denied'],
    [{ url: 'https://user:password@example.com' }, 422, 'egress-denied'],
    [{ url: 'https://example.com', types: ['process.finished'] }, 422, 'validation-failed'],
    [{ url: 'https://example.com', types: [] }, 422, 'validation-failed'],
    [{ types: ['process.*'] }, 422, 'validation-failed'],
    [{ url: 'https://example.com', secret: 'mine' }, 400, 'malformed-request'],
    [{ url: 17 }, 400, 'malformed-request'],
  ])('%j is %i %s', async (body, status, code) => {
    expect(await desk.ask('POST', '/webhooks', '', { body })).toMatchObject({ status, body: { code } });
  });

  it('cannot be turned to an address of our own', async () => {
    const { id } = await desk.webhook(receiver.url('/turned'), { types: ['task.created'] });
    const body = { url: `${gateway.url}/v1/processes` };
    expect(await desk.ask('PATCH', '/webhooks/{id}', id, { body, ifMatch: '"1"' })).toMatchObject({
      status: 422,
      body: { code: 'egress-denied' },
    });
    // As if its name had led elsewhere when it was made.
    await database.query('update webhooks set url = $2 where id = $1', [id, body.url]);
    const sent = await desk.ask('POST', '/webhooks/{id}/test', id);
    expect(sent.body).toMatchObject({
      state: 'failed',
      tries: [{ status: null, error: expect.stringMatching('must not be called') }],
    });
  });

  it('of another is nothing to a client that may not see everything', async () => {
    const { id } = await desk.webhook(receiver.url('/theirs'), { types: ['task.created'] });
    await desk.ask('POST', '/webhooks/{id}/test', id);
    const [delivery] = await desk.deliveries(id);
    const { key } = await desk.client({ sees: 'own' });
    const mine = await desk.webhook(receiver.url('/mine'), { types: ['task.created'] }, { key });
    const { body: list } = await desk.ask('GET', '/webhooks', '', { key });

    for (const [method, route] of [
      ['GET', '/webhooks/{id}'],
      ['POST', '/webhooks/{id}/test'],
      ['POST', '/webhooks/{id}/rotate-secret'],
      ['POST', '/webhooks/{id}/enable'],
      ['GET', '/webhooks/{id}/deliveries'],
    ] as const) {
      expect((await desk.ask(method, route, id, { key })).status).toBe(404);
    }
    expect((await desk.ask('POST', '/deliveries/{id}/redeliver', delivery?.id, { key })).status).toBe(404);
    expect((await desk.ask('DELETE', '/webhooks/{id}', id, { key, ifMatch: '"1"' })).status).toBe(404);
    expect(list).toMatchObject({ items: [{ id: mine.id }] });
  });
});

describe('a webhook of a client that may not see everything', () => {
  it('is told of what the client started itself, where that sees no more', async () => {
    const client = await desk.client({ sees: 'own', requireIdempotencyKey: false });
    const path = `/${randomUUID()}`;
    await desk.webhook(receiver.url(path), { types: ['process.accepted'] }, { key: client.key });
    await desk.start();
    const mine = await desk.start({}, { key: client.key });
    await until(() => receiver.at(path).length > 0, 'its own');

    expect(receiver.at(path).map(({ event }) => event.subject)).toEqual([mine]);
  });

  it('is told less from when the client may see less', async () => {
    const client = await desk.client({ connections: ['sandbox-bitrix24'] });
    const [path, watcher] = [`/${randomUUID()}`, `/${randomUUID()}`];
    await desk.webhook(receiver.url(path), { types: ['process.accepted'] }, { key: client.key });
    await desk.webhook(receiver.url(watcher), { types: ['process.accepted'] });
    const before = await desk.start();
    await until(() => receiver.at(path).length > 0, 'what it may see');
    await desk.ask('PATCH', '/clients/{id}', client.id, { body: { connections: ['sandbox-creatio'] } });
    const after = await desk.start();
    const there = await desk.start({
      connection: 'sandbox-creatio',
      definition: 'UsrApproval',
      variables: {},
      subject: undefined,
    });
    await until(() => receiver.at(watcher).length === 3, 'who sees everything to be told');
    await until(async () => {
      const { rows } = await database.query(
        `select from webhooks w where w.client_id = $1 and (w.written_in, w.event_id) >= (
           select e.written_in, e.id from events e where e.process_id = $2 and e.sequence = 1)`,
        [client.id, there],
      );
      return rows.length === 1;
    }, 'the feed to be read');

    expect(receiver.at(watcher).map(({ event }) => event.subject)).toEqual([before, after, there]);
    expect(receiver.at(path).map(({ event }) => event.subject)).toEqual([before]);
  });

  it('is disabled when the client is removed', async () => {
    const client = await desk.client({});
    const path = `/${randomUUID()}`;
    const { id } = await desk.webhook(receiver.url(path), { types: ['process.accepted'] }, { key: client.key });
    await desk.ask('DELETE', '/clients/{id}', client.id);
    await desk.start();
    await until(async () => (await desk.state(id)) === 'disabled', 'the webhook to be disabled', 30_000);

    expect(receiver.at(path)).toEqual([]);
  });
});
