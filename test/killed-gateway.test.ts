import { mkdtemp, chmod, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as passed } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { creatioSandbox } from '../src/platforms/creatio/creatio.sandbox.js';
import type { Sandbox } from '../src/platforms/sandbox.js';
import { runGateway, type RunningGateway } from './running-gateway.js';
import { until } from './until.js';

interface Process {
  readonly id: string;
  readonly state: string;
  readonly attempts: number;
}

/** Each fact takes two or three starts of a whole gateway. */
jest.setTimeout(240_000);

/** A portal that does not die with the gateway. */
const egress = { EGRESS_ALLOW: '127.0.0.0/8', EGRESS_HTTP: 'on' };

describe('a gateway on its own database, killed with -9', () => {
  let dataDir: string;
  let gateway: RunningGateway;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'killed-'));
    await chmod(dataDir, 0o711);
    gateway = await run();
  });

  afterEach(async () => {
    await gateway?.end('SIGTERM');
    await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  });

  const run = () => runGateway({ DATA_DIR: dataDir, LEASE_SECONDS: '2', ...egress });
  const start = async (definition: string, prefer = 'wait=10', connection = 'sandbox-creatio'): Promise<Process> => {
    const answer = await fetch(`${gateway.url}/v1/processes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'the-key', prefer },
      body: JSON.stringify({ connection, definition }),
    });
    return (await answer.json()) as Process;
  };
  const look = async (id: string): Promise<Process> =>
    (await (await fetch(`${gateway.url}/v1/processes/${id}`)).json()) as Process;
  const portalUrl = async (): Promise<string> => {
    const connection = await fetch(`${gateway.url}/v1/connections/sandbox-creatio`);
    return ((await connection.json()) as { baseUrl: string }).baseUrl;
  };
  const runsAt = async (url: string): Promise<string[]> => {
    const runs = (await (await fetch(`${url}/_sandbox/runs`)).json()) as { definition: string }[];
    return runs.map(({ definition }) => definition);
  };

  it('has the same processes, keys and simulated portals after the next start', async () => {
    const before = await start('UsrApproval');
    const portal = await portalUrl();
    await gateway.end('SIGKILL');
    gateway = await run();

    expect(await look(before.id)).toMatchObject({ state: 'running' });
    expect(await start('UsrApproval')).toMatchObject({ id: before.id });
    expect(await portalUrl()).toBe(portal);
  });

  it('does not know whether a start ran whose answer it was waiting for, and sends nothing again', async () => {
    const portal = await creatioSandbox.start({ host: '127.0.0.1', port: 0, folder: null });
    try {
      await register('elsewhere', portal);
      const { id } = await start('UsrSlow', 'respond-async', 'elsewhere');
      await until(async () => (await runsAt(portal.url)).length === 1, 'the platform to have executed the start');
      expect(await look(id)).toMatchObject({ state: 'starting' });
      await gateway.end('SIGKILL');
      gateway = await run();

      await until(async () => (await look(id)).state === 'indeterminate', 'the sweep of the abandoned attempt');
      expect(await start('UsrSlow', 'wait=10', 'elsewhere')).toMatchObject({ id, state: 'indeterminate', attempts: 1 });
      expect(await runsAt(portal.url)).toEqual(['UsrSlow']);
    } finally {
      await portal.close();
    }
  });

  const register = async (key: string, { url, connections }: Sandbox): Promise<void> => {
    const body = { key, platform: 'creatio', name: key, baseUrl: url, ...connections[0]?.fields };
    const answer = await fetch(`${gateway.url}/v1/connections`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(201);
  };

  const json = async (path: string, body?: object, key = 'another-key') => {
    const answer = await fetch(path.startsWith('http') ? path : `${gateway.url}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { 'content-type': 'application/json', ...(body ? { 'idempotency-key': key } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  it('has an adopted run whole or not at all, and its key binds', async () => {
    const portal = String((await json('/v1/connections/sandbox-bitrix24')).body['baseUrl']);
    const document = ['crm', 'CCrmDocumentLead', 'LEAD_1'];
    const byHand = { TEMPLATE_ID: 3, DOCUMENT_ID: document, PARAMETERS: {} };
    const { result } = (await json(`${portal}/rest/3/sandboxwebhook03/bizproc.workflow.start`, byHand)).body;
    const adoption = { connection: 'sandbox-bitrix24', nativeId: String(result) };
    const processes = `/v1/processes?nativeId=${String(result)}`;

    const cut = json('/v1/processes/adopt', adoption).catch(() => null);
    // Anywhere on its way: what is asked for holds wherever it was cut.
    await passed(15);
    await gateway.end('SIGKILL');
    await cut;
    gateway = await run();

    const adopted = await json('/v1/processes/adopt', adoption);
    expect(adopted).toMatchObject({ status: 201, body: { nativeId: result, state: 'running' } });
    expect(await json(processes)).toMatchObject({ body: { items: [{ id: adopted.body['id'] }] } });
    expect((await json(`/v1/processes/${String(adopted.body['id'])}/history`)).body['items']).toMatchObject([
      { type: 'process.started', sequence: 1 },
    ]);
  });

  it('stops in order when it is asked to', async () => {
    await start('UsrApproval');
    await gateway.end('SIGTERM');

    expect(gateway.said()).not.toMatch(/error/i);
    gateway = await run();
  });
});
