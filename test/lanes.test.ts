import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bitrix24Sandbox } from '../src/platforms/bitrix24/sandbox/bitrix24.sandbox.js';
import { creatioSandbox } from '../src/platforms/creatio/creatio.sandbox.js';
import type { Sandbox } from '../src/platforms/sandbox.js';
import { startGateway, type TestGateway } from './gateway.js';
import { until } from './until.js';

let gateway: TestGateway;
let sandbox: Sandbox;

beforeAll(async () => {
  gateway = await startGateway({ EGRESS_HTTP: 'on', EGRESS_ALLOW: '127.0.0.0/8', RECONCILE_DELAYS: '1,60' });
  sandbox = await bitrix24Sandbox.start({ host: '127.0.0.1', port: 0, folder: null });
  const auth = { type: 'webhook', userId: 1, secret: 'sandboxwebhook01' };
  const limits = { requestsPerSecond: 1000, burst: 1000, maxInFlight: 20, batch: 'off' };
  await post('/connections', { key: 'sales', platform: 'bitrix24', baseUrl: sandbox.url, auth, limits });
});
afterAll(async () => {
  await gateway?.close();
  await sandbox?.close();
});

async function post(path: string, body: object, prefer = 'wait=20'): Promise<Response> {
  const headers = { 'content-type': 'application/json', prefer };
  return fetch(`${gateway.url}/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function control(of: Sandbox, path: string, body: object): Promise<void> {
  expect((await fetch(`${of.url}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) })).status).toBe(200);
}

async function executed(of: Sandbox): Promise<number> {
  return ((await (await fetch(`${of.url}/_sandbox/runs`)).json()) as unknown[]).length;
}

describe('a lane', () => {
  it('has its starts side by side while every answer arrives', async () => {
    const start = { connection: 'sales', definition: '3', subject: { type: 'crm.lead', id: '1' } };
    // Answers wait until all ten runs are there: one after the other they would never be.
    await control(sandbox, 'delay', { operation: 'start', ms: 60_000 });
    const answers = Array.from({ length: 10 }, () => post('/processes', { ...start, variables: { Note: 'side' } }));

    await until(async () => (await executed(sandbox)) === 10, 'ten runs of one lane at once', 15_000);
    await sandbox.close();

    expect((await Promise.all(answers)).every(({ status }) => status === 202)).toBe(true);
  });

  it('that is found by looking alone takes one start at a time', async () => {
    const instance = await creatioSandbox.start({ host: '127.0.0.1', port: 0, folder: null });
    const [connection] = instance.connections;
    const limits = { maxInFlight: 10 };
    const body = { key: 'shop', platform: 'creatio', baseUrl: instance.url, limits, ...connection?.fields };
    expect((await post('/connections', { ...body, startWith: 'Execute' })).status).toBe(201);
    await control(instance, 'answers', { operation: 'start', do: 'hang', next: 1 });

    const start = { connection: 'shop', definition: 'UsrWaiting' };
    for (let count = 0; count < 5; count += 1) await post('/processes', start, 'respond-async');

    await until(async () => (await executed(instance)) === 1, 'the first run', 15_000);
    const answer = await fetch(`${gateway.url}/v1/processes?connection=shop&state=queued`);
    expect(((await answer.json()) as { items: unknown[] }).items).toHaveLength(4);
    await instance.close();
  });
});
