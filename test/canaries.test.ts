import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { z } from 'zod';
import { bitrix24 } from '../src/platforms/bitrix24/bitrix24.platform.js';
import type { Sandbox } from '../src/platforms/sandbox.js';
import { sandboxKinds } from '../src/platforms/sandboxes.js';
import { EchoingPortal, type Mood } from './canaries/echoing-portal.js';
import { rowsOfEverything, search, type Place } from './canaries/search.js';
import { freshDatabase, type FreshDatabase } from './database.js';
import { runGateway, type RunningGateway } from './running-gateway.js';
import { until } from './until.js';

/** A gateway has to start, and everything is done to it once. */
jest.setTimeout(240_000);

const fixed = {
  'bootstrap key': 'canary-bootstrap-key-0001',
  'password of the database': 'canary+db/password=2',
  'key of credentials': Buffer.from('canary-credentials-key-32-bytes!').toString('base64'),
  'password of forms': 'canary "forms"/pass+word é',
  'wrong password': 'canary-wrong-password-0003',
  'wrong webhook': 'canarywrongwebhook0004',
  'client secret': 'canary-client-secret-0005',
  'sensitive variable': 'canary-sensitive "variable"/0006',
  'file of a signing': Buffer.from('%PDF-1.4 canary of a contract 0007').toString('base64'),
  'token of an event': 'canary-event-token-0008',
  'forged application token': 'canary-forged-application-0009',
  'wrong API key': 'bpmgw_canary00_wrongkey0010wrongkey',
  'access token of a caller': 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJjYW5hcnkifQ.canary0011',
  'code of a consent': 'canary-consent-code-0012',
  'wrong report token': 'canary-wrong-report-token-0013',
} as const;

const secrets = new Map<string, string>(Object.entries(fixed));
const places: Place[] = [];
/** A user of the database whose password is known to be looked for. */
const role = `looked_for_${process.pid}`;
const moods: readonly Mood[] = ['page-502', 'page-200', 'refusal-400', 'refusal-403', 'cut'];
const fields: Record<string, unknown> = Object(bitrix24.examples.starts[2]?.body['variables']);

let database: FreshDatabase;
let gateway: RunningGateway;
let sandboxes: readonly Sandbox[] = [];
let portals: readonly EchoingPortal[] = [];

interface Said {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Sends a request as the administrator, and keeps the answer for the search. */
async function call(
  method: string,
  path: string,
  body?: unknown,
  given: { headers?: Record<string, string>; shows?: string } = {},
): Promise<Said> {
  const headers = {
    authorization: `Bearer ${fixed['bootstrap key']}`,
    'content-type': 'application/json',
    prefer: 'wait=2',
    ...given.headers,
  };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(gateway.url + path, {
    method,
    headers,
    redirect: 'manual',
    ...(text === undefined ? {} : { body: text }),
  });
  const said = await answer.text();
  const head = JSON.stringify([...answer.headers]);
  const json: unknown = /json/.test(answer.headers.get('content-type') ?? '') && said !== '' ? JSON.parse(said) : {};
  const shown: unknown = given.shows === undefined ? undefined : Object(json)[given.shows];
  if (given.shows !== undefined) expect(said).toContain(`"${given.shows}":"`);
  if (typeof shown === 'string') secrets.set(`${given.shows} of ${path}`, shown);
  places.push({
    where: `the answer to ${method} ${path.split('?')[0]}`,
    text: `${head} ${said}`,
    ...(typeof shown === 'string' ? { shows: shown } : {}),
  });
  return { status: answer.status, body: Object(json) };
}

async function every<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  for (const item of items) await work(item);
}

beforeAll(async () => {
  database = await freshDatabase();
  sandboxes = await Promise.all(sandboxKinds.map((kind) => kind.start({ host: '127.0.0.1', port: 0, folder: null })));
  portals = await Promise.all(sandboxes.map(({ url }) => EchoingPortal.before(url)));
  const url = new URL(database.url);
  url.username = role;
  url.password = fixed['password of the database'];
  await onDatabase(`create role ${role} login superuser password '${fixed['password of the database']}'`);
  gateway = await runGateway({
    DATABASE_URL: url.href,
    CREDENTIALS_KEYS: `first:${fixed['key of credentials']}`,
    AUTH: 'on',
    SANDBOX: 'off',
    BOOTSTRAP_API_KEY: fixed['bootstrap key'],
    EGRESS_ALLOW: '127.0.0.0/8',
    EGRESS_HTTP: 'on',
    STATUS_POLL_SECONDS: '1',
    RECONCILE_DELAYS: '1,1',
    LOG_LEVEL: 'trace',
  });
});
afterAll(async () => {
  await gateway?.end('SIGKILL');
  for (const portal of portals) await portal.close();
  for (const sandbox of sandboxes) await sandbox.close();
  await onDatabase(`drop role ${role}`);
  await database?.drop();
});

async function onDatabase(statement: string): Promise<void> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(statement);
  await client.end();
}

/** The auth of a connection of the simulated portal, through the proxy before it. */
function authOf(platform: number, connection: number): object {
  const auth = sandboxes[platform]?.connections[connection]?.fields['auth'];
  const text = JSON.stringify(auth).replaceAll(sandboxes[platform]?.url ?? '', portals[platform]?.url ?? '');
  return Object(JSON.parse(text));
}

async function register(key: string, platform: number, auth: object): Promise<void> {
  const { status } = await call('POST', '/v1/connections', {
    key,
    platform: sandboxKinds[platform]?.platform,
    baseUrl: portals[platform]?.url,
    auth,
    limits: { burst: 100_000, requestsPerSecond: 10_000 },
  });
  expect(status).toBe(201);
}

const workflow = (connection: string, more: object = {}): object => ({
  connection,
  definition: '20',
  subject: { type: 'crm.deal', id: '7' },
  onIndeterminate: 'continue',
  variables: { Title: 'Supply contract', Approver: 'user_14', Comment: fixed['sensitive variable'] },
  ...more,
});
const creatioStart = {
  connection: 'forms',
  definition: 'UsrWaiting',
  variables: { Document: fixed['sensitive variable'] },
  onIndeterminate: 'continue',
};
let signed = 0;
const signing = (): object => ({
  connection: 'application',
  definition: 'sign.b2e.document',
  onIndeterminate: 'continue',
  variables: {
    ...fields,
    files: [{ fileName: 'contract.pdf', fileType: 'application/pdf', fileContent: fixed['file of a signing'] }],
    externalSettings: { externalId: `CANARY-${(signed += 1)}`, externalDateCreate: '2026-02-18T09:19:34+03:00' },
  },
});

/** Everything that a caller, an operator, a portal and a stranger do, once. */
async function everythingDone(processes: string[]): Promise<void> {
  for (const start of [workflow('webhook'), workflow('application'), signing(), creatioStart]) {
    const { body } = await call('POST', '/v1/processes', start);
    const id = body['processId'] ?? body['id'];
    if (typeof id === 'string') processes.push(id);
    await call('POST', '/v1/processes?validateOnly=true', start);
  }
  await Promise.all(
    [0, 1, 2, 3, 4].map(() =>
      call('POST', '/v1/processes', workflow('webhook'), { headers: { prefer: 'respond-async' } }),
    ),
  );
  await every(['webhook', 'application', 'forms'], async (key) => {
    await call('POST', `/v1/connections/${key}/test`, {});
    for (const part of [
      '',
      '/capabilities',
      '/health',
      '/limits',
      '/definitions',
      '/definitions/20',
      '/native-runs',
      '/correlation-kit',
    ]) {
      await call('GET', `/v1/connections/${key}${part}`);
    }
    await call('POST', `/v1/connections/${key}/call`, {
      method: key === 'forms' ? 'GET /0/odata/Contact' : 'user.current',
      params: {},
    });
    await call('GET', `/v1/tasks?connection=${key}`);
  });
  await call('PUT', '/v1/connections/application/correlation-kit', {});
  await call('GET', '/v1/connections/application/signing-providers?companyCrmId=12');
  for (const [at, id] of processes.slice(-4).entries()) {
    await call('GET', `/v1/processes/${id}?refresh=true`);
    const { body } = await call('GET', `/v1/processes/${id}/elements`);
    const [element] = Array.isArray(body['items']) ? body['items'] : [];
    const variables = { [at === 3 ? 'Document' : 'Comment']: fixed['sensitive variable'] };
    if (element)
      await call('POST', `/v1/processes/${id}/elements/${String(Object(element).id)}/complete`, { variables });
    await call('POST', `/v1/processes/${id}/terminate`, { reason: 'Enough' });
    await call('POST', `/v1/processes/${id}/kill`, { confirm: id });
    await call('POST', `/v1/processes/${id}/retry`, {});
  }
  const tasks = await call('GET', '/v1/tasks?connection=webhook&state=waiting');
  for (const task of Array.isArray(tasks.body['items']) ? tasks.body['items'].slice(0, 2) : []) {
    const fieldsOfTask = { Comment: fixed['sensitive variable'] };
    await call('POST', `/v1/tasks/${String(Object(task).id)}/complete`, { status: 'yes', fields: fieldsOfTask });
  }
}

/** What is refused at the door, and what strangers send. */
async function strangers(): Promise<void> {
  for (const token of [fixed['wrong API key'], fixed['access token of a caller']]) {
    await call('GET', '/v1/processes', undefined, { headers: { authorization: `Bearer ${token}` } });
  }
  const form = { headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: '' } };
  const told = new URLSearchParams({
    event: 'ONAPPUNINSTALL',
    event_token: fixed['token of an event'],
    'auth[application_token]': fixed['forged application token'],
    'auth[access_token]': fixed['token of an event'],
  });
  await call('POST', '/v1/inbound/bitrix24/application', told.toString(), form);
  await call(
    'POST',
    `/v1/inbound/report/webhook?token=${fixed['wrong report token']}`,
    { nativeId: '1', outcome: 'completed' },
    { headers: { authorization: '' } },
  );
  const asked = await call('POST', '/v1/connections/application/authorize', {});
  const consent = z.object({ url: z.string() }).parse(asked.body);
  const state = new URL(consent.url).searchParams.get('state') ?? '';
  await call(
    'GET',
    `/v1/oauth/callback?state=${encodeURIComponent(state)}&code=${fixed['code of a consent']}&domain=x&member_id=y`,
  );
  await call('POST', '/v1/processes', '{"connection":"' + fixed['sensitive variable']);
  await call('POST', '/v1/connections', {
    key: 'x',
    platform: 'bitrix24',
    baseUrl: 'https://user:canary-wrong-password-0003@portal.example',
    auth: { type: 'webhook', userId: 1, secret: fixed['wrong webhook'] },
  });
}

/** Everything that can be read. */
async function everythingRead(processes: readonly string[]): Promise<void> {
  const lists = [
    '/v1/processes?include=variables,result&limit=200',
    '/v1/incidents',
    '/v1/connections',
    '/v1/clients',
    '/v1/audit',
    '/v1/platforms',
    '/v1/stats',
    '/v1/tasks',
    '/v1/events?after=',
  ];
  const pages = [
    '/healthz/live',
    '/healthz/ready',
    '/metrics',
    '/openapi.json',
    '/openapi.yaml',
    '/docs',
    '/problems/platform-rejected',
    '/guarantees',
    '/console',
  ];
  await every([...lists, ...pages], (path) => call('GET', path));
  for (const id of processes) {
    await call('GET', `/v1/processes/${id}`);
    await call('GET', `/v1/processes/${id}/history`);
  }
}

/** A password is sent when somebody signs in alone. */
async function signedInAnew(): Promise<void> {
  const auth = { ...authOf(1, 0), password: fixed['password of forms'] };
  expect((await call('PUT', '/v1/connections/forms/credentials', auth)).status).toBe(204);
  await call('POST', '/v1/connections/forms/test', {});
}

async function sent(): Promise<void> {
  await register('webhook', 0, authOf(0, 0));
  await register('application', 0, authOf(0, 1));
  await register('forms', 1, { ...authOf(1, 0), password: fixed['password of forms'] });
  await register('wrong-webhook', 0, { type: 'webhook', userId: 1, secret: fixed['wrong webhook'] });
  await register('wrong-forms', 1, { ...authOf(1, 0), password: fixed['wrong password'] });
  await register('wrong-application', 0, {
    ...authOf(0, 1),
    clientSecret: fixed['client secret'],
    refreshToken: fixed['token of an event'],
    accessToken: fixed['wrong report token'],
  });
  await every(['webhook', 'application'], (key) =>
    call('PATCH', `/v1/connections/${key}/definitions/20`, { sensitive: ['Comment'] }),
  );
  await call('PATCH', '/v1/connections/forms/definitions/UsrWaiting', { sensitive: ['Document'] });
  await call('POST', '/v1/clients', { name: 'erp', scopes: ['processes:read'] }, { shows: 'key' });
  await call('POST', '/v1/connections/webhook/correlation-kit/report-token', {}, { shows: 'token' });

  const processes: string[] = [];
  await everythingDone(processes);
  await every(['wrong-webhook', 'wrong-forms', 'wrong-application'], async (key) => {
    await call('POST', `/v1/connections/${key}/test`, {});
    const unmarked = key === 'wrong-forms' ? { ...creatioStart, variables: {} } : workflow(key, { variables: {} });
    await call('POST', '/v1/processes', { ...unmarked, connection: key });
  });
  await strangers();
  for (const mood of moods) {
    for (const portal of portals) portal.mood = mood;
    await signedInAnew();
    await everythingDone(processes);
    for (const portal of portals) portal.mood = 'pass';
    await signedInAnew();
    await fetch(`${sandboxes[0]?.url}/_sandbox/oauth`, {
      method: 'POST',
      body: JSON.stringify({ expireTokens: true }),
    });
    await every(['webhook', 'application', 'forms'], (key) => call('POST', `/v1/connections/${key}/test`, {}));
  }
  const said = gateway.said().length;
  await until(() => gateway.said().length > said, 'lines of looks after what was lost', 30_000);
  await everythingRead(processes);
}

describe('a secret of any kind', () => {
  it('is in no line, no answer, no page and no row, however it is written', async () => {
    portals[1]?.translate(fixed['password of forms'], 'Supervisor-password');
    await sent();
    await gateway.end('SIGTERM');
    for (const portal of portals) for (const [name, value] of portal.secrets) secrets.set(name, value);
    places.push({ where: 'what the gateway wrote', text: gateway.said() }, ...(await rowsOfEverything(database.url)));

    expect(portals.map(({ echoed }) => echoed > 20)).toEqual([true, true]);
    expect(secrets.size).toBeGreaterThan(25);
    expect(gateway.said().length).toBeGreaterThan(10_000);
    expect(places.length).toBeGreaterThan(1000);
    expect(search(secrets, places)).toEqual([]);
  });

  it('would be found in any of these forms', () => {
    const secret = fixed['password of forms'];
    const forms = [
      secret,
      encodeURIComponent(secret),
      JSON.stringify({ a: secret }),
      ...['', 'x', 'xy'].map((before) => Buffer.from(`${before}${secret}:rest`).toString('base64')),
      Buffer.from(secret).toString('hex'),
    ];
    for (const text of forms) {
      expect(search(new Map([['planted', secret]]), [{ where: 'here', text: `before ${text} after` }])).not.toEqual([]);
    }
    expect(search(new Map([['planted', secret]]), [{ where: 'here', text: 'nothing of it' }])).toEqual([]);
  });
});
