import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bitrix24Sandbox } from '../src/platforms/bitrix24/sandbox/bitrix24.sandbox.js';
import type { Sandbox } from '../src/platforms/sandbox.js';
import { startGateway, type TestGateway } from './gateway.js';
import { until } from './until.js';

interface Process {
  readonly id: string;
  readonly state: string;
  readonly nativeId: string | null;
  readonly hasIncident: boolean;
  readonly waitingFor: { readonly reason: string; readonly processId?: string } | null;
}

let gateway: TestGateway;
let sandbox: Sandbox;

beforeAll(async () => {
  gateway = await startGateway({
    EGRESS_HTTP: 'on',
    EGRESS_ALLOW: '127.0.0.0/8',
    LEASE_SECONDS: '2',
    RECONCILE_DELAYS: '1,2,3',
    STATUS_POLL_SECONDS: '86400',
  });
  sandbox = await bitrix24Sandbox.start({ host: '127.0.0.1', port: 0, folder: null });
  await control('run-ids', { keeps: false });
  const auth = { type: 'webhook', userId: 1, secret: 'sandboxwebhook01' };
  const limits = { requestsPerSecond: 1000, burst: 1000, maxInFlight: 20, batch: 'off', startTimeoutSeconds: 5 };
  for (const key of ['sales', 'service']) {
    const answer = await post('/connections', { key, platform: 'bitrix24', baseUrl: sandbox.url, auth, limits });
    if (answer.status !== 201) throw new Error(await answer.text());
  }
});
afterAll(async () => {
  await gateway?.close();
  await sandbox?.close();
});

async function post(path: string, body: object, prefer = 'wait=10'): Promise<Response> {
  const headers = { 'content-type': 'application/json', prefer };
  return fetch(`${gateway.url}/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function control(path: string, body: object): Promise<void> {
  const answer = await fetch(`${sandbox.url}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
}

async function started(connection: string, lead: string, more: object = {}, prefer = 'wait=10'): Promise<Process> {
  const start = { connection, definition: '3', subject: { type: 'crm.lead', id: lead }, variables: { Note: lead } };
  return (await (await post('/processes', { ...start, ...more }, prefer)).json()) as Process;
}

/** A start that the portal answers in such a way. */
async function lost(how: 'lose' | 'lose-before', ...start: Parameters<typeof started>): Promise<Process> {
  await control('answers', { operation: 'start', do: how, next: 1 });
  const process = await started(...start);
  expect(process).toMatchObject({ state: 'indeterminate', nativeId: null });
  return process;
}

async function executed(lead: string): Promise<readonly string[]> {
  const runs = (await (await fetch(`${sandbox.url}/_sandbox/runs`)).json()) as {
    readonly nativeId: string;
    readonly variables: { readonly Note: string };
  }[];
  return runs.filter(({ variables }) => variables.Note === lead).map(({ nativeId }) => nativeId);
}

/** The process once a person is asked, or once it has found a run. */
function decided(id: string): Promise<Process> {
  return until(
    async () => {
      const process = (await (await fetch(`${gateway.url}/v1/processes/${id}`)).json()) as Process;
      return process.hasIncident || process.nativeId !== null ? process : null;
    },
    `process ${id} to be decided`,
    15_000,
  );
}

const goesOn = { onIndeterminate: 'continue' };

describe('two connections to one portal', () => {
  it('do not have a run of the one adopted by a lost start of the other', async () => {
    const never = await lost('lose-before', 'sales', '1', goesOn);
    const ran = await started('service', '1');

    expect(await decided(never.id)).toMatchObject({ state: 'indeterminate', nativeId: null, hasIncident: true });
    expect(await executed('1')).toEqual([ran.nativeId]);
  });

  it('do not have a run adopted that a lost start of either may have made', async () => {
    const never = await lost('lose-before', 'sales', '2', goesOn);
    const ran = await lost('lose', 'service', '2', goesOn);

    const both = await Promise.all([decided(never.id), decided(ran.id)]);

    expect(both.map(({ nativeId }) => nativeId)).toEqual([null, null]);
    expect(await executed('2')).toHaveLength(1);
  });

  it('share the lane of what looks alike from outside', async () => {
    const first = await lost('lose-before', 'sales', '3');
    const next = await started('service', '3', {}, 'respond-async');

    expect(next).toMatchObject({ state: 'queued', waitingFor: { reason: 'lane', processId: first.id } });
    expect((await decided(first.id)).hasIncident).toBe(true);
  });
});
