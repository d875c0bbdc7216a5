import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { Client } from 'pg';
import { listeningPort } from '../../src/lib/listening-port.js';
import { startGateway, type TestGateway } from '../gateway.js';
import { countingListener, type CountingListener } from '../lib/counting-listener.js';
import { inwardNames, inwardUrls } from '../lib/inward-spellings.js';
import { until } from '../until.js';

/** The one address that the operator allows; a portal is there that redirects. */
const allowed = '127.0.0.2';

let gateway: TestGateway;
let listener: CountingListener;
let portal: Server;
let redirect = { status: 302, location: '/' };
let asked = 0;
let made = 0;

beforeAll(async () => {
  listener = await countingListener();
  gateway = await startGateway({ EGRESS_HTTP: 'on', EGRESS_ALLOW: `${allowed}/32` });
  portal = createServer((request, response) => {
    asked += 1;
    const { status, location } = redirect;
    response.writeHead(status, { location: location.replace('{path}', request.url ?? '/') }).end();
  });
  await once(portal.listen(0, allowed), 'listening');
});
afterAll(async () => {
  await gateway?.close();
  await listener?.close();
  portal?.close();
});

async function post(path: string, body: object, method = 'POST'): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${gateway.url}/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json', prefer: 'respond-async' },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
}

const webhook = { type: 'webhook', userId: 1, secret: 'canarysecret1234' };
const forms = { type: 'forms', username: 'Supervisor', password: 'Supervisor-password' };
const oauth = { type: 'oauth', clientId: 'local.1', clientSecret: 'secret', accessToken: 'a', refreshToken: 'r' };

/** A registration of each kind that has the URL at each place where one may stand. */
const places = {
  'the portal of Bitrix24': (url: string) => ({ platform: 'bitrix24', baseUrl: url, auth: webhook }),
  'the instance of Creatio': (url: string) => ({ platform: 'creatio', baseUrl: url, auth: forms }),
  'the token server of Bitrix24': (url: string) => ({
    platform: 'bitrix24',
    baseUrl: 'https://93.184.216.34',
    auth: { ...oauth, tokenUrl: url },
  }),
  'the token server of Creatio': (url: string) => ({
    platform: 'creatio',
    baseUrl: 'https://93.184.216.34',
    auth: { type: 'oauth', clientId: 'c', clientSecret: 's', tokenUrl: url },
  }),
} as const;

async function registered(fields: object): Promise<string> {
  made += 1;
  const key = `portal-${made}`;
  const { status, body } = await post('/connections', { key, ...fields });
  expect([status, body]).toEqual([201, expect.anything()]);
  return key;
}

/** What asks the portal of a connection something, all at once: its test, its definitions, a start. */
async function useOf(key: string): Promise<void> {
  await Promise.all([
    post(`/connections/${key}/test`, {}),
    fetch(`${gateway.url}/v1/connections/${key}/definitions`),
    post('/processes', { connection: key, definition: '1', subject: { type: 'crm.lead', id: '1' } }),
  ]);
}

async function rewrite(key: string, set: string, url: string): Promise<void> {
  const client = new Client({ connectionString: gateway.databaseUrl });
  await client.connect();
  await client.query(`update connections set ${set} = $1 where key = $2`, [url, key]);
  await client.end();
}

describe('a registration', () => {
  it.each(Object.entries(places))('refuses every spelling of an inward address as %s', async (_, fields) => {
    // Names of the test's own resolver have no address here; they are for the dial.
    const names = Object.keys(inwardNames).filter((name) => name !== 'localhost');
    const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).hostname : '');
    const urls = inwardUrls(listener.port).filter((url) => ![...names, 'portal.example'].includes(hostOf(url)));
    const before = listener.count;
    const taken: unknown[] = [];
    for (const url of urls) {
      made += 1;
      const { status } = await post('/connections', { key: `portal-${made}`, ...fields(url) });
      if (status !== 422 && status !== 400) taken.push([url, status]);
    }

    expect(urls.length).toBeGreaterThan(250);
    expect(taken).toEqual([]);
    expect(listener.count).toBe(before);
  });
});

describe('an inward address that came into the database by another way', () => {
  it.each([
    ['bitrix24', webhook],
    ['creatio', forms],
  ])('is not dialled for a portal of %s', async (platform, auth) => {
    const key = await registered({ platform, baseUrl: 'https://93.184.216.34', auth });
    const before = listener.count;
    for (const host of ['127.0.0.1', '[::1]', 'localhost', '2130706433', '[::ffff:7f00:1]']) {
      await rewrite(key, 'base_url', `http://${host}:${listener.port}`);
      await post(`/connections/${key}/pause`, {});
      await post(`/connections/${key}/resume`, {});
      const { body } = await post(`/connections/${key}/test`, {});
      expect(body).toMatchObject({ ok: false });
    }
    expect(listener.count).toBe(before);
  });
});

describe('a portal that redirects inward', () => {
  const locations = (port: number): readonly string[] => [
    `http://127.0.0.1:${port}{path}`,
    `//127.0.0.1:${port}{path}`,
    `http://[::1]:${port}{path}`,
    `http://localhost:${port}{path}`,
    `http://user:word@127.0.0.1:${port}{path}`,
    `\\\\127.0.0.1:${port}{path}`,
    `http://2130706433:${port}/elsewhere`,
  ];

  it.each([
    ['bitrix24', webhook],
    ['creatio', forms],
  ])(
    'is not followed, whatever the status: %s',
    async (platform, auth) => {
      const baseUrl = `http://${allowed}:${listeningPort(portal)}`;
      const before = listener.count;
      // Every place at the status that a moved portal has, and every other status once.
      const [first = '', ...others] = locations(listener.port);
      const redirects = [
        ...[first, ...others].map((location) => ({ status: 302, location })),
        ...[301, 303, 307, 308].map((status) => ({ status, location: first })),
      ];
      for (redirect of redirects) {
        const key = await registered({ platform, baseUrl, auth, limits: { requestsPerSecond: 1000, burst: 1000 } });
        const askedBefore = asked;
        await useOf(key);
        await until(() => asked > askedBefore, 'the portal to be asked');
        const shown = await fetch(`${gateway.url}/v1/connections/${key}`);
        expect(await shown.json()).toMatchObject({ baseUrl });
      }
      expect(listener.count).toBe(before);
    },
    120_000,
  );
});
