import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { z } from 'zod';
import { listeningPort } from '../../src/lib/listening-port.js';
import { until } from '../until.js';
import { AuditDesk } from './audit-desk.js';

const Requests = z.array(z.object({ operation: z.string(), method: z.string().optional() }));

let desk: AuditDesk;
let database: Client;
let keys = 0;
const portals = new Map<string, string>();

beforeAll(async () => {
  desk = await AuditDesk.open({ STATUS_POLL_SECONDS: '86400', EGRESS_ALLOW: '127.0.0.0/8', EGRESS_HTTP: 'on' });
  database = new Client({ connectionString: desk.gateway.databaseUrl });
  await database.connect();
  for (const platform of ['bitrix24', 'creatio']) {
    const { body } = await desk.ask('GET', '/connections/{key}', `sandbox-${platform}`);
    portals.set(platform, String(Object(body).baseUrl));
  }
}, 60_000);
afterAll(async () => {
  await database?.end();
  await desk?.close();
});
beforeEach(() => {
  keys += 1;
});

type Options = Readonly<{ key?: string; caller?: string; connection?: string }>;

/** A raw call, by default under a key of this test. */
function call(method: string, params: object = {}, { key = `key-${keys}`, caller, connection }: Options = {}) {
  const body = { method, params };
  const options = { body, headers: { 'idempotency-key': key }, ...(caller === undefined ? {} : { key: caller }) };
  return desk.ask('POST', '/connections/{key}/call', connection ?? 'sandbox-bitrix24', options);
}

/** The requests that the simulated portal has received of a method or path. */
async function received(method: string, platform = 'bitrix24'): Promise<number> {
  const log = Requests.parse(await (await fetch(`${portals.get(platform) ?? ''}/_sandbox/requests`)).json());
  return log.filter((one) => one.method === method || one.operation === method).length;
}

async function order(path: string, body: object, platform = 'bitrix24'): Promise<void> {
  const url = `${portals.get(platform) ?? ''}/_sandbox/${path}`;
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
}

const started = (connection: string, fields: object) =>
  desk.ask('POST', '/processes', '', { body: { connection, ...fields } });

describe('a raw call', () => {
  it('answers what the platform answered, as it came', async () => {
    const { status, body, headers } = await call('user.current');
    expect(status).toBe(200);
    expect(body).toMatchObject({ result: { NAME: 'Ivan' }, time: { operating: expect.any(Number) } });
    expect(headers.get('idempotency-key')).toBe(`key-${keys}`);
  });

  it('is sent once under its key, and the same answer comes again', async () => {
    const before = await received('app.info');
    const first = await call('app.info');
    const again = await call('app.info');
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await received('app.info')) - before).toBe(1);
    expect(await call('scope')).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
  });

  it('is kept sealed: whatever a platform holds may stand in its answer', async () => {
    const said = 'ru_pro100';
    expect(JSON.stringify((await call('app.info')).body)).toContain(said);
    const inHex = Buffer.from(said).toString('hex');
    for (const table of ['idempotency_keys', 'sealed_answers']) {
      // A row as text has its bytes in hexadecimal.
      const { rowCount } = await database.query(`select from ${table} r where r::text like any($1)`, [
        [`%${said}%`, `%${inHex}%`],
      ]);
      expect(rowCount).toBe(0);
    }
    expect(JSON.stringify((await call('app.info')).body)).toContain(said);
  });

  it('is sent once by those who give it at the same time', async () => {
    const before = await received('user.admin');
    const all = await Promise.all([1, 2, 3, 4, 5].map(() => call('user.admin')));
    expect((await received('user.admin')) - before).toBe(1);
    for (const { status } of all) expect([200, 409]).toContain(status);
  });

  it('shares the keys of its client with the other commands', async () => {
    const { body } = await started('sandbox-bitrix24', {
      definition: '1',
      subject: { type: 'crm.lead', id: '1' },
      variables: { Parameter1: 'user_1' },
    });
    const options = { body: { confirm: Object(body).id }, headers: { 'idempotency-key': `key-${keys}` } };
    expect((await desk.ask('POST', '/processes/{id}/kill', String(Object(body).id), options)).status).toBe(200);
    expect(await call('app.info')).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
  });

  it('is an unknown outcome where its answer is lost, for ever, and is not sent again', async () => {
    const before = await received('bizproc.workflow.terminate');
    await order('answers', { operation: 'terminate', do: 'lose', next: 1 });
    const params = { ID: 'no-such-run' };
    for (const _ of [1, 2]) {
      expect(await call('bizproc.workflow.terminate', params)).toMatchObject({
        status: 502,
        body: { code: 'platform-outcome-unknown', outcome: 'unknown', retryable: false },
      });
    }
    expect((await received('bizproc.workflow.terminate')) - before).toBe(1);
    const kept = await desk.ask('GET', '/idempotency-keys/{key}', `key-${keys}`);
    expect(kept.body).toMatchObject({ state: 'done', httpStatus: 502, operationId: null, processId: null });
  });

  it('is an unknown outcome where the platform fails in words that nobody has described', async () => {
    await order('errors', { method: 'scope', error: 'SOMETHING_NEW', description: 'Hm', status: 400, next: 1 });
    expect(await call('scope')).toMatchObject({
      status: 502,
      body: { code: 'platform-outcome-unknown', platform: { code: 'SOMETHING_NEW', httpStatus: 400 } },
    });
  });

  it.each(['user.current', 'crm.lead.fields'])(
    'that reads, %s, is asked again under its key where the platform failed',
    async (method) => {
      const before = await received(method);
      await order('errors', { method, error: '', description: 'Hm', status: 500, next: 1 });
      expect(await call(method)).toMatchObject({
        status: 502,
        body: { code: 'platform-bad-response', outcome: 'not_executed' },
      });
      await call(method);
      expect((await received(method)) - before).toBe(2);
    },
  );

  it.each(['partner.account.get', 'im.dialog.messages.get', 'crm.lead.update', 'crm.list.add'])(
    '%s may have been carried out, whatever its name says',
    async (method) => {
      await order('errors', { method, error: '', description: 'Hm', status: 500, next: 1 });
      expect(await call(method)).toMatchObject({ status: 502, body: { code: 'platform-outcome-unknown' } });
    },
  );

  it('keeps the refusal of the platform under its key', async () => {
    const before = await received('scope');
    await order('errors', { method: 'scope', error: 'insufficient_scope', status: 403, next: 1 });
    for (const _ of [1, 2]) {
      expect(await call('scope')).toMatchObject({
        status: 422,
        body: { code: 'platform-permission-denied', outcome: 'not_executed', platform: { httpStatus: 403 } },
      });
    }
    expect((await received('scope')) - before).toBe(1);
  });

  it('may be repeated with its key where the platform asks to wait', async () => {
    await order('errors', { method: 'scope', error: 'QUERY_LIMIT_EXCEEDED', status: 503, next: 1 });
    expect(await call('scope')).toMatchObject({ status: 503, body: { code: 'platform-unavailable', retryable: true } });
    const again = await until(async () => {
      const answer = await call('scope');
      return answer.status === 200 ? answer : null;
    }, 'the portal to take it');
    expect(again.headers.get('idempotent-replayed')).toBeNull();
  });

  it('is not sent through a connection that is paused', async () => {
    const before = await received('server.time');
    await desk.ask('POST', '/connections/{key}/pause', 'sandbox-bitrix24');
    expect(await call('server.time')).toMatchObject({ status: 409, body: { code: 'invalid-state' } });
    await desk.ask('POST', '/connections/{key}/resume', 'sandbox-bitrix24');
    expect(await received('server.time')).toBe(before);
    expect((await call('server.time')).status).toBe(200);
  });
});

describe('a raw call whose answer is larger than what is kept', () => {
  it('was carried out, is not shown, and is not sent again', async () => {
    let requests = 0;
    const portal = createServer((_, response) => {
      requests += 1;
      response.end(JSON.stringify({ result: 'x'.repeat(1024 * 1024) }));
    }).listen(0, '127.0.0.1');
    await once(portal, 'listening');
    try {
      const body = {
        key: 'large',
        platform: 'bitrix24',
        name: 'Large',
        baseUrl: `http://127.0.0.1:${listeningPort(portal)}`,
        auth: { type: 'webhook', userId: 1, secret: 'canary01' },
      };
      expect((await desk.ask('POST', '/connections', '', { body })).status).toBe(201);
      for (const _ of [1, 2]) {
        expect(await call('crm.lead.list', {}, { connection: 'large' })).toMatchObject({
          status: 502,
          body: { code: 'platform-bad-response', outcome: 'executed' },
        });
      }
      expect(requests).toBe(1);
    } finally {
      portal.close();
    }
  });
});

describe('a raw call that was bound and has no outcome', () => {
  const leave = (seconds: number) =>
    database.query(
      `update idempotency_keys set answer = null, created_at = clock_timestamp() - make_interval(secs => $1) where key = $2`,
      [seconds, `key-${keys}`],
    );

  it('is under way as long as it may live', async () => {
    await call('app.info');
    await leave(0);
    expect(await call('app.info')).toMatchObject({ status: 409, body: { code: 'idempotency-in-progress' } });
  });

  it('is unknown after that, and nobody sends it again', async () => {
    await call('app.info');
    await leave(3600);
    const before = await received('app.info');
    expect(await call('app.info')).toMatchObject({ status: 502, body: { code: 'platform-outcome-unknown' } });
    expect(await received('app.info')).toBe(before);
  });
});

describe('a raw call that would start a run', () => {
  it.each([
    ['a workflow', 'bizproc.workflow.start', {}, '/method'],
    ['a document for signature', 'sign.b2e.document.send', {}, '/method'],
    ['in a batch', 'batch', { cmd: { a: 'user.current', b: 'bizproc.workflow.start?TEMPLATE_ID=1' } }, '/params/cmd/b'],
    ['in a batch of a batch', 'batch', { cmd: { a: 'batch?cmd[b]=bizproc.workflow.start' } }, '/params/cmd/a'],
    ['in other letters', 'bizproc.workflow.START', {}, '/method'],
    ['with an ending', 'bizproc.workflow.start.json', {}, '/method'],
    ['by a path', '../1/other/bizproc.workflow.start', {}, '/method'],
    ['percent-encoded', 'bizproc.workflow%2Estart', {}, '/method'],
    ['in a list of commands', 'batch', { cmd: ['bizproc.workflow.start'] }, '/params/cmd'],
  ])('is refused with a remedy: %s', async (_, method, params, pointer) => {
    const before = (await (await fetch(`${portals.get('bitrix24') ?? ''}/_sandbox/runs`)).text()).length;
    const answer = await call(method, params);
    expect(answer).toMatchObject({ status: 422, body: { code: 'validation-failed', errors: [{ pointer }] } });
    expect((await (await fetch(`${portals.get('bitrix24') ?? ''}/_sandbox/runs`)).text()).length).toBe(before);
    // Nothing is kept: the key is free.
    expect((await call('app.info')).status).toBe(200);
  });

  it.each([
    'ProcessEngineService.svc/RunProcess',
    'ProcessEngineService.svc/UsrApproval/Execute',
    'processengineservice.svc/EXECUTE',
    'ProcessEngineService.svc/RunProcess/x',
    'AuthService.svc/Login',
    'ServiceModel/ProcessEngineService.svc/RunProcess',
    'odata/../ServiceModel/ProcessEngineService.svc/RunProcess',
  ])('is refused by the other platform too: %s', async (method) => {
    const answer = await call(method, {}, { connection: 'sandbox-creatio' });
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'validation-failed', errors: [{ pointer: '/method' }] },
    });
  });
});

it('is no start where its name only begins like one', async () => {
  const { body } = await call('ProcessEngineService.svc/ExecuteOther', {}, { connection: 'sandbox-creatio' });
  expect(Object(body).code).not.toBe('validation-failed');
});

describe('a raw call of Creatio', () => {
  const at = { connection: 'sandbox-creatio' };

  it('reads rows, with the options of OData', async () => {
    await started('sandbox-creatio', { definition: 'UsrApproval' });
    const { status, body } = await call('odata/SysProcessLog', { $select: 'Id', $top: '1' }, at);
    expect(status).toBe(200);
    expect(Object(body).value).toHaveLength(1);
  });

  it('calls an operation of a service once, whose lost answer is an unknown outcome', async () => {
    const before = await received('CancelExecution', 'creatio');
    await order('answers', { operation: 'terminate', do: 'lose', next: 1 }, 'creatio');
    for (const _ of [1, 2]) {
      const answer = await call('ProcessEngineService.svc/CancelExecution', { processDataIds: 'x' }, at);
      expect(answer).toMatchObject({ status: 502, body: { code: 'platform-outcome-unknown' } });
    }
    expect((await received('CancelExecution', 'creatio')) - before).toBe(1);
  });
});

describe('who may call', () => {
  it('is an administrator, of connections that it may use, and not limited otherwise', async () => {
    const manager = await desk.client({ name: 'no admin', scopes: ['connections:manage'] });
    const elsewhere = await desk.client({ name: 'elsewhere', scopes: ['admin'], connections: ['sandbox-creatio'] });
    const narrow = await desk.client({ name: 'narrow', scopes: ['admin'], definitions: ['1'] });
    const own = await desk.client({ name: 'own only', scopes: ['admin'], sees: 'own' });
    const before = await received('server.time');
    const statuses = [];
    for (const { key } of [manager, elsewhere, narrow, own]) {
      statuses.push((await call('server.time', {}, { caller: key })).status);
    }
    expect(statuses).toEqual([403, 404, 403, 403]);
    expect(await received('server.time')).toBe(before);
  });

  it('stands in the audit, with the method and without its parameters', async () => {
    await call('user.admin', { canary: 'not-for-the-audit' });
    const [line] = await desk.lines('action=connection.call');
    expect(line).toMatchObject({
      client: 'bootstrap',
      target: 'connections/sandbox-bitrix24/call/user.admin',
      result: 'done',
    });
    expect(JSON.stringify((await database.query('select * from audit_lines')).rows)).not.toContain('not-for-the-audit');
  });

  it('finds the call among the capabilities', async () => {
    const { body } = await desk.ask('GET', '/connections/{key}/capabilities', 'sandbox-bitrix24');
    expect(Object(body).capabilities).toContainEqual(
      expect.objectContaining({ operation: 'call', supported: true, delivery: 'at_most_once' }),
    );
  });
});
