import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { startGateway } from '../gateway.js';
import { auditedRoutes } from '../../src/http/audited-routes.js';
import { adminKey, AuditDesk } from './audit-desk.js';

let desk: AuditDesk;
let database: Client;

beforeAll(async () => {
  desk = await AuditDesk.open({ DEFAULT_WAIT_SECONDS: '3' });
  database = new Client({ connectionString: desk.gateway.databaseUrl });
  await database.connect();
}, 60_000);
afterAll(async () => {
  await database?.end();
  await desk?.close();
});

const connection = { key: 'audited', platform: 'bitrix24', name: 'Audited', baseUrl: 'https://portal.example.com' };
const secret = 'not-for-the-audit';

function send(method: string, path: string, body: object | null = null, headers: object = {}): Promise<Response> {
  return fetch(`${desk.gateway.url}/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${adminKey}`,
      ...(body === null ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === null ? {} : { body: JSON.stringify(body) }),
  });
}

/** A run at the simulated portal, as a process. */
async function running(): Promise<string> {
  const answer = await send('POST', '/processes', {
    connection: 'sandbox-bitrix24',
    definition: '1',
    subject: { type: 'crm.lead', id: '1' },
    variables: { Parameter1: 'user_1' },
  });
  expect(answer.status).toBe(201);
  return String(Object(await answer.json()).id);
}

describe('the audit of clients and keys', () => {
  it('names the client, what was done to what, from where and under which trace', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const made = await send(
      'POST',
      '/clients',
      { name: 'audited', scopes: [] },
      {
        traceparent: `00-${traceId}-b7ad6b7169203331-01`,
      },
    );
    const { id } = Object(await made.json());

    const [line] = await desk.lines(`target=clients/${String(id)}`);
    expect(line).toMatchObject({
      client: 'bootstrap',
      action: 'client.create',
      target: `clients/${String(id)}`,
      result: 'done',
      traceId,
    });
    expect(line?.address).toMatch(/127\.0\.0\.1|::1/);
  });

  it('has a line for every change, each with what came of it', async () => {
    const { id } = await desk.client({ name: 'changed', scopes: [] });
    await send('PATCH', `/clients/${id}`, { sees: 'own' });
    const key = Object(await (await send('POST', `/clients/${id}/keys`)).json());
    await send('DELETE', `/clients/${id}/keys/${String(key.id)}`);
    await send('DELETE', `/clients/${id}`);
    await send('DELETE', `/clients/${id}`);

    const all = await desk.lines('limit=10');
    const own = all
      .filter(({ target }) => target.startsWith(`clients/${id}`))
      .map(({ action, result }) => [action, result]);
    expect(own).toEqual([
      ['client.remove', 'not-found'],
      ['client.remove', 'done'],
      ['client-key.remove', 'done'],
      ['client-key.create', 'done'],
      ['client.change', 'done'],
      ['client.create', 'done'],
    ]);
    expect(await desk.lines(`target=clients/${id}/keys/${String(key.id)}`)).toHaveLength(2);
  });
});

describe('the audit of connections', () => {
  it('has a line for what is registered, changed, given, paused and removed, and no secret', async () => {
    const auth = { type: 'webhook', userId: 1, secret };
    await send('POST', '/connections', { ...connection, auth });
    const path = `/connections/${connection.key}`;
    await send('PATCH', path, { name: 'Renamed' }, { 'if-match': '"1"' });
    await send('PUT', `${path}/credentials`, auth);
    await send('POST', `${path}/pause`);
    await send('POST', `${path}/resume`);
    const token = Object(await (await send('POST', `${path}/correlation-kit/report-token`)).json());
    await send('DELETE', path, null, { 'if-match': '"0"' });
    const { headers } = await send('GET', path);
    await send('DELETE', path, null, { 'if-match': headers.get('etag') ?? '' });

    const lines = await desk.lines(`connection=${connection.key}`);
    expect(lines.map(({ action, result }) => `${action} ${result}`)).toEqual([
      'connection.remove done',
      'connection.remove precondition-failed',
      'connection.issue-report-token done',
      'connection.resume done',
      'connection.pause done',
      'connection.replace-credentials done',
      'connection.change done',
      'connection.register done',
    ]);
    const { rows } = await database.query(
      'select l.*, r.* from audit_lines l join audit_results r on r.line_id = l.id',
    );
    expect(token.token).toEqual(expect.any(String));
    expect(JSON.stringify(rows)).not.toContain(secret);
    expect(JSON.stringify(rows)).not.toContain(token.token);
  });

  it('writes nothing down that a caller put in the place of a name', async () => {
    const strange = `Bearer ${secret}`;
    await send('POST', `/connections/${encodeURIComponent(strange)}/pause`);
    await send('POST', '/connections', { ...connection, key: strange });
    await send('POST', `/clients/${encodeURIComponent(strange)}/keys`);
    const { rows } = await database.query('select * from audit_lines');
    expect(JSON.stringify(rows)).not.toContain(secret);
  });
});

describe('the audit of processes', () => {
  it('has a line for a stop, a kill and an operator’s word, with the connection of the process', async () => {
    const [stopped, killed, closed] = [await running(), await running(), await running()];
    await send('POST', `/processes/${stopped}/terminate`);
    await send('POST', `/processes/${killed}/kill`, { confirm: killed });
    await send('POST', `/processes/${closed}/close`, { as: 'ended', reason: `It is ${secret}` });

    const lines = await desk.lines('connection=sandbox-bitrix24');
    expect(lines.map(({ action, target, result }) => [action, target, result])).toEqual([
      ['process.close', `processes/${closed}`, 'done'],
      ['process.kill', `processes/${killed}`, 'done'],
      ['process.terminate', `processes/${stopped}`, 'done'],
    ]);
    expect(JSON.stringify(lines)).not.toContain(secret);
  });

  it('tells an answer that is repeated from what was done', async () => {
    const id = await running();
    const headers = { 'idempotency-key': `kill-${id}` };
    await send('POST', `/processes/${id}/kill`, { confirm: id }, headers);
    await send('POST', `/processes/${id}/kill`, { confirm: id }, headers);
    expect((await desk.lines(`target=processes/${id}`)).map(({ result }) => result)).toEqual(['replayed', 'done']);
  });
});

describe('a line of the audit', () => {
  it('stands before what it tells of: without it nothing is done', async () => {
    const id = await running();
    await database.query('alter table audit_lines rename to audit_lines_gone');
    try {
      expect((await send('POST', `/processes/${id}/kill`, { confirm: id })).status).toBeGreaterThanOrEqual(500);
      expect((await send('POST', '/clients', { name: 'unseen', scopes: ['admin'] })).status).toBeGreaterThanOrEqual(
        500,
      );
    } finally {
      await database.query('alter table audit_lines_gone rename to audit_lines');
    }
    expect(Object(await (await send('GET', `/processes/${id}`)).json()).state).toBe('running');
    expect((await database.query(`select from clients where name = 'unseen'`)).rowCount).toBe(0);
  });

  it('says begun where its result could not be written, and what was done is answered', async () => {
    await database.query('alter table audit_results rename to audit_results_gone');
    let made: { readonly id: string } | null = null;
    try {
      made = await desk.client({ name: 'half told', scopes: [] });
    } finally {
      await database.query('alter table audit_results_gone rename to audit_results');
    }
    expect(made.id).toEqual(expect.any(String));
    expect((await desk.lines('limit=1'))[0]).toMatchObject({
      action: 'client.create',
      target: 'clients',
      result: 'begun',
    });
  });

  it.each([
    `update audit_lines set client = 'nobody'`,
    'delete from audit_lines',
    'truncate audit_lines',
    `update audit_results set result = 'done'`,
    'delete from audit_results',
    'truncate audit_results',
    `update events set type = 'process.completed'`,
    'delete from events',
    'truncate events',
    'update attempts set process_id = operation_id',
    'truncate attempts',
  ])('is not rewritten, and neither is a history: %s', async (sql) => {
    await expect(database.query(sql)).rejects.toThrow('append-only');
  });
});

describe('the key of the administrator', () => {
  it('has a line where a start of the gateway puts another one in its place, and none where it stays', async () => {
    const replaced = async (): Promise<number> => (await desk.lines('action=client-key.replace')).length;
    const restarted = async (key: string): Promise<void> => {
      const env = { DATABASE_URL: desk.gateway.databaseUrl, AUTH: 'on', BOOTSTRAP_API_KEY: key };
      await (await startGateway(env)).close();
    };
    await restarted(adminKey);
    expect(await replaced()).toBe(0);
    await restarted(`${adminKey}-of-tomorrow`);
    await restarted(adminKey);

    const lines = await desk.lines('action=client-key.replace');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({
      client: 'gateway',
      target: 'clients/00000000-0000-7000-8000-000000000002',
      result: 'done',
    });
  });
});

describe('callers that are turned away', () => {
  it('are counted, and written down at the latest when the gateway stops', async () => {
    const replica = await startGateway({ DATABASE_URL: desk.gateway.databaseUrl, AUTH: 'on' });
    for (let at = 0; at < 5; at += 1) {
      const headers = { authorization: `Bearer wrong-${at}` };
      expect((await fetch(`${replica.url}/v1/clients`, { headers })).status).toBe(401);
    }
    expect(await desk.lines('action=caller.refused')).toEqual([]);
    await replica.close();

    const [line, ...more] = await desk.lines('action=caller.refused');
    expect(line).toMatchObject({ client: null, target: '5 requests', result: 'unauthenticated' });
    expect(line?.address).toMatch(/127\.0\.0\.1|::1/);
    expect(more).toEqual([]);
  });
});

describe('the list of the audit', () => {
  it('goes on where a page ended, and takes no cursor of other filters', async () => {
    for (const name of ['p1', 'p2', 'p3']) await desk.client({ name, scopes: [] });
    const first = await desk.page('action=client.create&limit=2');
    expect(first.items).toHaveLength(2);
    const second = await desk.page(`action=client.create&limit=2&cursor=${first.nextCursor ?? ''}`);
    expect(second.items.map(({ id }) => id)).not.toEqual(expect.arrayContaining(first.items.map(({ id }) => id)));

    const wrong = await desk.ask('GET', `/audit?action=client.remove&limit=2&cursor=${first.nextCursor ?? ''}`);
    expect(wrong).toMatchObject({ status: 400, body: { code: 'malformed-request' } });
  });

  it('finds by client, action, result and time', async () => {
    const { key } = await desk.client({ name: 'searcher', scopes: ['connections:manage'] });
    await desk.ask('POST', '/connections/{key}/pause', 'sandbox-creatio', { key });
    const [line] = await desk.lines('client=searcher&action=connection.pause&result=done');
    expect(line).toMatchObject({ client: 'searcher', target: 'connections/sandbox-creatio' });
    expect(await desk.lines(`client=searcher&createdAfter=${line?.at ?? ''}`)).toHaveLength(1);
    expect(await desk.lines(`client=searcher&createdBefore=2020-01-01T00:00:00Z`)).toEqual([]);
    expect(await desk.lines('client=searcher&result=not-found')).toEqual([]);
    await desk.ask('POST', '/connections/{key}/resume', 'sandbox-creatio');
  });

  it('shows a client that is limited to connections what concerns these', async () => {
    const { key } = await desk.client({ name: 'neighbour', scopes: ['audit:read'], connections: ['sandbox-creatio'] });
    await desk.ask('POST', '/connections/{key}/resume', 'sandbox-creatio');
    await desk.ask('POST', '/connections/{key}/resume', 'sandbox-bitrix24');
    const targets = new Set((await desk.lines('limit=200', key)).map(({ target }) => target));
    expect([...targets]).toEqual(['connections/sandbox-creatio']);
  });

  it('shows a client that sees its own processes what it did itself', async () => {
    const settings = { name: 'own', scopes: ['audit:read', 'connections:manage'], sees: 'own' };
    const { key } = await desk.client(settings);
    await desk.ask('POST', '/connections/{key}/resume', 'sandbox-creatio');
    expect(await desk.lines('', key)).toEqual([]);
    await desk.ask('POST', '/connections/{key}/resume', 'sandbox-creatio', { key });
    expect(await desk.lines('', key)).toHaveLength(1);
  });

  it('needs the scope audit:read', async () => {
    const { key } = await desk.client({ name: 'blind', scopes: ['processes:read'] });
    expect(await desk.ask('GET', '/audit', '', { key })).toMatchObject({ status: 403 });
  });
});

/** Routes that change something and have no line, each with the reason. */
const unaudited: Readonly<Record<string, string>> = {
  'POST /v1/processes': 'a start is a process, with its client and its history',
  'POST /v1/processes/bulk': 'the same',
  'POST /v1/processes/{id}/retry': 'the same',
  'POST /v1/processes/{id}/elements/{elementId}/complete': 'stands in the history of the process',
  'POST /v1/processes/{id}/elements/{elementId}/log': 'a line in the log of a run',
  'POST /v1/connections/{key}/test': 'reads',
  'POST /v1/inbound/bitrix24/{connection}': 'portals tell by themselves; what follows stands in the history',
  'POST /v1/inbound/report/{connection}': 'the same',
  'GET /v1/inbound/report/{connection}': 'the same',
};

it('has a line, or a reason to have none, for every route that changes something', async () => {
  const { paths }: { paths: Record<string, object> } = Object(
    await (await fetch(`${desk.gateway.url}/openapi.json`)).json(),
  );
  const routes = Object.entries(paths)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
    .filter((route) => /^(POST|PUT|PATCH|DELETE) /.test(route));
  const audited = auditedRoutes.map((route) => route.replace(/:(\w+)/g, '{$1}'));
  expect(routes.filter((route) => !audited.includes(route) && !(route in unaudited))).toEqual([]);
});
