import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startGateway, type TestGateway } from './gateway.js';
import { until } from './until.js';

interface Process {
  readonly id: string;
  readonly state: string;
  readonly waitingFor: { readonly reason: string } | null;
}
interface Run {
  readonly nativeId: string;
  readonly definition: string;
  readonly state: string;
  readonly document: readonly string[];
}

const admin = 'key-of-the-admin-for-reports';
let gateway: TestGateway;
let portalUrl: string;
let token: string;

beforeAll(async () => {
  gateway = await startGateway({
    SANDBOX: 'on',
    AUTH: 'on',
    BOOTSTRAP_API_KEY: admin,
    RECONCILE_DELAYS: '3600',
    LANE_BLOCK_SECONDS: '600',
  });
  const shown = await call('GET', '/v1/connections/sandbox-bitrix24');
  portalUrl = ((await shown.json()) as { baseUrl: string }).baseUrl;
  const auth = { type: 'webhook', userId: 1, secret: 'sandboxwebhook01' };
  const limits = { requestsPerSecond: null, burst: null };
  const plain = { key: 'plain', platform: 'bitrix24', name: 'Plain', baseUrl: portalUrl, auth, limits, runIds: 'off' };
  await call('POST', '/v1/connections', plain);
  const issued = await call('POST', '/v1/connections/plain/correlation-kit/report-token');
  token = ((await issued.json()) as { token: string }).token;
});
afterAll(async () => gateway?.close());

function call(method: string, path: string, body?: object, key = admin): Promise<Response> {
  const headers: Record<string, string> = { authorization: `Bearer ${key}`, prefer: 'wait=1' };
  if (body) headers['content-type'] = 'application/json';
  return fetch(`${gateway.url}${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
}

async function lost(lead: string): Promise<Process> {
  const order = { connection: 'plain', definition: '6', subject: { type: 'crm.lead', id: lead } };
  const process = (await (await call('POST', '/v1/processes', order)).json()) as Process;
  expect(process.state).toBe('indeterminate');
  return process;
}

/** The runs that the portal executed on a lead, by its own word. */
async function runsOn(lead: string): Promise<Run[]> {
  const runs = (await (await fetch(`${portalUrl}/_sandbox/runs`)).json()) as Run[];
  return runs.filter(({ document }) => document[2] === `LEAD_${lead}`);
}

async function reportStarted(processId: string, nativeId: string | undefined): Promise<void> {
  const body = { processId, nativeId, outcome: 'started' };
  const answer = await call('POST', '/v1/inbound/report/plain', body, token);
  expect(answer.status).toBe(200);
}

describe('a lost start that reports', () => {
  it('lets the next start of its lane go', async () => {
    const first = await lost('101');
    const order = { connection: 'plain', definition: '6', subject: { type: 'crm.lead', id: '101' } };
    const accepted = await call('POST', '/v1/processes', { ...order, startWithinSeconds: 600 });
    const second = (await accepted.json()) as Process;
    expect(second).toMatchObject({ state: 'queued', waitingFor: { reason: 'lane' } });

    await reportStarted(first.id, (await runsOn('101'))[0]?.nativeId);

    await until(async () => (await runsOn('101')).length === 2, 'the second start to run');
  });

  it('is stopped where a stop was waiting for its run', async () => {
    const { id } = await lost('102');
    const stop = await call('POST', `/v1/processes/${id}/terminate`, { whenFound: true });
    expect(stop.status).toBe(202);

    await reportStarted(id, (await runsOn('102'))[0]?.nativeId);

    await until(async () => (await runsOn('102'))[0]?.state === 'terminated', 'the run to be stopped');
    const shown = await until(async () => {
      const process = (await (await call('GET', `/v1/processes/${id}`)).json()) as Process;
      return process.state === 'terminated' && process;
    }, 'the stop to be written');
    expect(shown).toMatchObject({ adoption: 'reconciled_exact' });
  });
});

describe('who may make runs report', () => {
  it('is who manages the connection, not who only starts there', async () => {
    const path = '/v1/connections/plain/correlation-kit';
    const client = { name: 'starter', scopes: ['processes:start', 'connections:read'] };
    const created = (await (await call('POST', '/v1/clients', client)).json()) as { key: string };

    const statuses = [
      (await call('POST', `${path}/report-token`, undefined, created.key)).status,
      (await call('PUT', path, undefined, created.key)).status,
      (await call('DELETE', path, undefined, created.key)).status,
      (await call('POST', '/v1/inbound/report/plain', { nativeId: 'x', outcome: 'started' }, created.key)).status,
      (await call('POST', '/v1/inbound/report/plain', { nativeId: 'x', outcome: 'started' })).status,
      (await call('GET', '/v1/processes', undefined, token)).status,
    ];

    expect(statuses).toEqual([403, 403, 403, 401, 401, 401]);
  });

  it('sees the connection at all', async () => {
    const client = { name: 'elsewhere', scopes: ['connections:manage'], connections: ['sandbox-creatio'] };
    const created = (await (await call('POST', '/v1/clients', client)).json()) as { key: string };

    const path = '/v1/connections/plain/correlation-kit/report-token';
    expect((await call('POST', path, undefined, created.key)).status).toBe(404);
  });
});
