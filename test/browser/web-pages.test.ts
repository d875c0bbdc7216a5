import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { listeningPort } from '../../src/lib/listening-port.js';
import { escaped, htmlPage, marked } from '../../src/http/html.js';
import { startGateway, type TestGateway } from '../gateway.js';
import { until } from '../until.js';
import { chromiumPath, startChromium, type Chromium, type Page } from './chromium.js';

if (chromiumPath === undefined) {
  process.stderr.write('\nNO CHROMIUM HERE: what web pages can do to the gateway is NOT tested in this run.\n\n');
}
const describeInBrowser = chromiumPath === undefined ? describe.skip : describe;

const start = JSON.stringify({
  connection: 'sandbox-bitrix24',
  definition: '3',
  subject: { type: 'crm.lead', id: '1' },
  variables: { Note: 'by a web page' },
});

let gateway: TestGateway;
let chromium: Chromium;
let foreign: Server;
/** What the authorization server of the portal answers: words of its own. */
const canary = '<img src=x onerror="window.hacked=1"><script>window.hacked=2</script>';

beforeAll(async () => {
  if (chromiumPath === undefined) return;
  gateway = await startGateway({ SANDBOX: 'on', EGRESS_HTTP: 'on', EGRESS_ALLOW: '127.0.0.0/8' });
  chromium = await startChromium(chromiumPath, ['elsewhere.example', 'rebound.example']);
  foreign = createServer((request, response) => {
    if (request.url?.startsWith('/oauth/token')) {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: 'invalid_grant', error_description: canary }));
      return;
    }
    if (request.url === '/ours') {
      // Made as ours are, and without the policy that stands behind them.
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      response.end(htmlPage(canary, `<p title="${escaped(`">${canary}`)}">${marked(canary)}</p>`));
      return;
    }
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end('<!doctype html><title>elsewhere</title><body></body>');
  });
  await once(foreign.listen(0, '127.0.0.1'), 'listening');
}, 60_000);
afterAll(async () => {
  await chromium?.close();
  foreign?.close();
  await gateway?.close();
});

async function processes(): Promise<number> {
  const { items } = Object(await (await fetch(`${gateway.url}/v1/processes?limit=200`)).json());
  return items.length;
}

async function connections(): Promise<unknown> {
  const { items } = Object(await (await fetch(`${gateway.url}/v1/connections`)).json());
  return items.map(({ key, state }: { key: string; state: string }) => [key, state]);
}

/** Everything that a page can send somewhere else, and what became of each where the page may know. */
const attempts = (target: string): string => `(async () => {
  const target = ${JSON.stringify(target)}, body = ${JSON.stringify(start)}, told = {};
  const attempt = async (name, work) => { try { told[name] = await work(); } catch (error) { told[name] = 'failed'; } };
  const post = (options) => fetch(target + '/v1/processes', { method: 'POST', body, ...options }).then((answer) => answer.type + ' ' + answer.status);
  await attempt('json', () => post({ headers: { 'content-type': 'application/json' } }));
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json'])
    await attempt('no-cors ' + type, () => post({ mode: 'no-cors', headers: { 'content-type': type } }));
  await attempt('no type', () => post({ mode: 'no-cors', body: new Blob([body]) }));
  await attempt('beacon', () => String(navigator.sendBeacon(target + '/v1/processes', new Blob([body], { type: 'text/plain' }))));
  for (const method of ['PUT', 'PATCH', 'DELETE'])
    await attempt(method, () => fetch(target + '/v1/connections/sandbox-bitrix24', { method, headers: { 'if-match': '*' } }).then(({ status }) => status));
  await attempt('pause', () => fetch(target + '/v1/connections/sandbox-bitrix24/pause', { method: 'POST', mode: 'no-cors' }).then(({ type }) => type));
  await attempt('read', () => fetch(target + '/v1/processes').then((answer) => answer.text()));
  await attempt('websocket', () => new Promise((resolve) => { const socket = new WebSocket(target.replace('http', 'ws') + '/v1/processes'); socket.onopen = () => resolve('open'); socket.onerror = () => resolve('failed'); }));
  await attempt('event source', () => new Promise((resolve) => { const source = new EventSource(target + '/v1/processes'); source.onopen = () => resolve('open'); source.onerror = () => { source.close(); resolve('failed'); }; }));
  for (const [tag, name] of [['img', 'src'], ['script', 'src']])
    await attempt(tag, () => new Promise((resolve) => { const element = document.createElement(tag); element.onload = () => resolve('loaded'); element.onerror = () => resolve('failed'); element[name] = target + '/v1/processes'; document.body.append(element); }));
  for (const enctype of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])
    await attempt('form ' + enctype, () => new Promise((resolve) => {
      const frame = document.createElement('iframe'); frame.name = 'frame' + Math.random(); document.body.append(frame);
      const form = document.createElement('form'); Object.assign(form, { method: 'POST', action: target + '/v1/processes', enctype, target: frame.name });
      const field = document.createElement('input'); field.name = body.slice(0, -1) + ',"x":"'; field.value = '"}'; form.append(field); document.body.append(form);
      frame.onload = () => resolve('answered'); form.submit(); setTimeout(() => resolve('answered'), 3000);
    }));
  return told;
})()`;

describeInBrowser('a web page of somebody else', () => {
  it.each(['elsewhere.example', 'localhost', '127.0.0.1'])(
    'at %s starts and changes nothing, and reads nothing',
    async (host) => {
      const [before, standing] = [await processes(), await connections()];
      const page = await chromium.open(`http://${host}:${listeningPort(foreign)}/`);

      const told = Object(await page.evaluate(attempts(gateway.url)));

      expect(told).toMatchObject({ json: 'failed', read: 'failed', websocket: 'failed', 'event source': 'failed' });
      expect(told).toMatchObject({ img: 'failed', script: 'failed', PUT: 'failed', PATCH: 'failed', DELETE: 'failed' });
      expect(await processes()).toBe(before);
      expect(await connections()).toEqual(standing);
    },
    60_000,
  );

  it('whose name was bound to this machine starts nothing, although the browser takes it for ours', async () => {
    const before = await processes();
    // The one page that is given to any Host, and which may connect to where it comes from.
    const page = await chromium.open(`http://rebound.example:${new URL(gateway.url).port}/healthz/live`);

    const told = Object(await page.evaluate(attempts('')));

    expect(told.json).toBe('basic 403');
    expect(told.read).toContain('host-not-allowed');
    expect(await processes()).toBe(before);
  }, 60_000);

  it('could all of it where it is ours, so that the tests above can fail', async () => {
    const before = await processes();
    const page = await chromium.open(`${gateway.url}/docs`);
    const told = Object(await page.evaluate(attempts(gateway.url)));
    expect(told.json).toBe('basic 201');
    expect(await processes()).toBeGreaterThan(before);
  }, 60_000);
});

describeInBrowser('a page of ours', () => {
  it('that shows the interface works without an error in its console', async () => {
    const page = await chromium.open(`${gateway.url}/docs`);
    const operations = await until(
      async () => page.evaluate(`document.querySelectorAll('.opblock').length`),
      'Swagger UI to show operations',
      30_000,
    );
    expect(Number(operations)).toBeGreaterThan(20);
    expect(page.errors).toEqual([]);
  }, 60_000);

  it.each(['/problems/malformed-request', '/guarantees'])(
    'is shown without an error in its console: %s',
    async (path) => {
      const page = await chromium.open(gateway.url + path);
      expect(await page.evaluate('document.title')).toBeTruthy();
      expect(page.errors).toEqual([]);
    },
  );

  it('makes text of whatever it shows', async () => {
    const page = await chromium.open(`http://127.0.0.1:${listeningPort(foreign)}/ours`);
    const shown = await page.evaluate(
      `[document.images.length, document.scripts.length, String(window.hacked), document.title, document.querySelector('p').textContent]`,
    );
    expect(shown).toEqual([0, 0, 'undefined', canary, canary]);
  });

  it('shows the words of a portal as text, if at all', async () => {
    const tokenUrl = `http://127.0.0.1:${listeningPort(foreign)}/oauth/token/`;
    const auth = { type: 'oauth', clientId: 'local.1', clientSecret: 'secret', tokenUrl };
    const body = { key: 'hacked', platform: 'bitrix24', baseUrl: `http://127.0.0.1:${listeningPort(foreign)}`, auth };
    const headers = { 'content-type': 'application/json' };
    const registered = await fetch(`${gateway.url}/v1/connections`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    expect(registered.status).toBe(201);
    const consent = Object(
      await (await fetch(`${gateway.url}/v1/connections/hacked/authorize`, { method: 'POST' })).json(),
    );
    const state = new URL(consent.url).searchParams.get('state') ?? '';
    const brought = new URLSearchParams({
      state,
      code: canary,
      error: canary,
      error_description: canary,
      domain: canary,
    });

    for (const query of [
      `state=${encodeURIComponent(state)}&code=a`,
      brought.toString(),
      `state=${encodeURIComponent(canary)}`,
    ]) {
      const page: Page = await chromium.open(`${gateway.url}/v1/oauth/callback?${query}`);
      const shown = await page.evaluate(
        `[document.images.length, document.scripts.length, String(window.hacked), document.title]`,
      );
      expect(shown).toEqual([0, 0, 'undefined', 'The consent could not be used']);
    }
  }, 60_000);
});
