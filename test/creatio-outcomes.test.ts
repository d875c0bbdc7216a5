import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { startCreatioSandbox, type CreatioSandbox } from '../src/platforms/creatio/creatio.sandbox.js';
import { startGateway, type TestGateway } from './gateway.js';
import { until } from './until.js';
import { cuttingAfter, openByteGate, type ByteGate } from './walks/byte-gate.js';

const Process = z.object({
  id: z.string(),
  state: z.string(),
  nativeId: z.string().nullable(),
  conclusion: z.string().nullable(),
  adoption: z.string(),
  evidence: z.string().nullable(),
  result: z.record(z.string(), z.json()).nullable(),
  failure: z.object({ code: z.string(), message: z.string() }).nullable(),
  attempts: z.number(),
});
type Process = z.infer<typeof Process>;
const Runs = z.array(z.object({ nativeId: z.string(), definition: z.string(), state: z.string() }));

/** A proxy in front of the instance cuts what is not answered in this time; UsrSlow takes twice as long. */
const cutAfterMs = 1500;

let gateway: TestGateway;
let instance: CreatioSandbox;
let another: CreatioSandbox;
let proxy: ByteGate;

beforeAll(async () => {
  instance = await startCreatioSandbox({ host: '127.0.0.1', port: 0, folder: null });
  proxy = await openByteGate(() => ({ port: instance.port, host: '127.0.0.1' }), cuttingAfter(cutAfterMs));
  gateway = await startGateway({
    STATUS_POLL_SECONDS: '1',
    RECONCILE_DELAYS: '1,2,3,5',
    LEASE_SECONDS: '2',
    EGRESS_ALLOW: '127.0.0.0/8',
    EGRESS_HTTP: 'on',
  });
  const auth = { type: 'forms', username: 'Supervisor', password: 'Supervisor-password' };
  const made = await post('/connections', {
    key: 'shop',
    platform: 'creatio',
    name: 'Shop',
    baseUrl: `http://127.0.0.1:${proxy.port}`,
    auth,
  });
  if (made.status !== 201) throw new Error(await made.text());
  another = await startCreatioSandbox({ host: '127.0.0.1', port: 0, folder: null });
  // One session, so that every sign-in is for one that has ended; POST, since a GET needs no CSRF token.
  const byPost = { executeMethod: 'POST', sessions: 1, key: 'shop-by-post', platform: 'creatio', auth };
  const second = await post('/connections', { ...byPost, baseUrl: another.url });
  if (second.status !== 201) throw new Error(await second.text());
});
afterAll(async () => {
  await gateway?.close();
  proxy?.cutOff();
  await instance?.close();
  await another?.close();
});

async function post(path: string, body: object, prefer = 'wait=10'): Promise<Response> {
  const headers = { 'content-type': 'application/json', prefer };
  return fetch(`${gateway.url}/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function started(body: object, prefer?: string): Promise<Process & { readonly status: number }> {
  const answer = await post('/processes', { connection: 'shop', ...body }, prefer);
  return { ...Process.parse(await answer.json()), status: answer.status };
}

async function shown(id: string): Promise<Process> {
  return Process.parse(await (await fetch(`${gateway.url}/v1/processes/${id}`)).json());
}

function once(id: string, what: string, holds: (process: Process) => boolean): Promise<Process> {
  return until(
    async () => {
      const process = await shown(id);
      return holds(process) ? process : null;
    },
    `process ${id} to be ${what}`,
    15_000,
  );
}

async function runsOf(definition: string, { url } = instance): Promise<z.infer<typeof Runs>> {
  const runs = Runs.parse(await (await fetch(`${url}/_sandbox/runs`)).json());
  return runs.filter((run) => run.definition === definition);
}

async function requestsOf(operation: string, { url } = instance): Promise<number> {
  const requests = z
    .array(z.object({ operation: z.string() }))
    .parse(await (await fetch(`${url}/_sandbox/requests`)).json());
  return requests.filter((request) => request.operation === operation).length;
}

describe('a process that takes longer than a proxy waits', () => {
  it('is answered in time, unknown at the cut, and completed from the log, having run once', async () => {
    const before = await requestsOf('RunProcess');

    const accepted = await started({ definition: 'UsrSlow', results: ['Decision'] }, 'wait=1');
    expect(accepted).toMatchObject({ status: 202, state: 'starting', nativeId: null });

    await once(accepted.id, 'indeterminate', ({ state }) => state === 'indeterminate');
    const over = await once(accepted.id, 'completed', ({ state }) => state === 'completed');

    const runs = await runsOf('UsrSlow');
    expect(runs).toHaveLength(1);
    expect(over).toMatchObject({ nativeId: runs[0]?.nativeId, adoption: 'reconciled_probable', attempts: 1 });
    expect((await requestsOf('RunProcess')) - before).toBe(1);
  });
});

describe('a start with Execute', () => {
  const options = { startWith: 'Execute' };

  it('is completed by the log and keeps the value that it gave', async () => {
    const variables = { Quantity: 3, Price: 10.11 };
    const accepted = await started({ definition: 'UsrOrderCheck', variables, results: ['Total'], options });
    expect(accepted).toMatchObject({ status: 201, state: 'running', nativeId: null });

    const over = await once(accepted.id, 'over', ({ state }) => state !== 'running');

    expect(over).toMatchObject({ state: 'completed', result: { Total: 30.33 }, evidence: 'platform_reported' });
    expect(await runsOf('UsrOrderCheck')).toMatchObject([{ nativeId: over.nativeId }]);
  });

  it('that gave a value and failed is failed, by the log', async () => {
    const accepted = await started({ definition: 'UsrFailing', results: ['Decision'], options });

    const over = await once(accepted.id, 'over', ({ state }) => state !== 'running');

    expect(over).toMatchObject({
      state: 'failed',
      conclusion: 'failed',
      result: null,
      failure: { message: 'System.InvalidOperationException: The script divided by zero' },
    });
  });
});

describe('a start with Execute that meets a session which has ended', () => {
  it.each(['redirect', 'message-401', 'empty-401', 'same-307', 'login-page', 'forbidden'])(
    'as %s, is sent once more after one sign-in, and runs once',
    async (shape) => {
      const options = { startWith: 'Execute' };
      const order = (orders: object): Promise<Response> =>
        fetch(`${another.url}/_sandbox/sessions`, { method: 'POST', body: JSON.stringify(orders) });
      await order({});
      const first = await started({ connection: 'shop-by-post', definition: 'UsrApproval', options });
      await once(first.id, 'found', ({ nativeId }) => nativeId !== null);
      const before = {
        logins: await requestsOf('Login', another),
        runs: (await runsOf('UsrApproval', another)).length,
      };
      await order({ shape, atStart: 1, end: 'its' });

      const accepted = await started({ connection: 'shop-by-post', definition: 'UsrApproval', options });
      const found = await once(accepted.id, 'found', ({ nativeId }) => nativeId !== null);

      expect(found.state).toBe('running');
      expect(found.attempts).toBeGreaterThanOrEqual(2);
      expect((await runsOf('UsrApproval', another)).length - before.runs).toBe(1);
      expect((await requestsOf('Login', another)) - before.logins).toBe(1);
    },
  );
});

describe('a start in the background', () => {
  it.each([
    ['UsrBackground', 'completed'],
    ['UsrBackgroundTask', 'running'],
  ])('of %s is running without a name, and %s once it was found', async (definition, state) => {
    const accepted = await started({ definition });
    expect(accepted).toMatchObject({ status: 201, state: 'running', nativeId: null });

    const found = await once(accepted.id, 'found', ({ nativeId }) => nativeId !== null);

    expect(found).toMatchObject({ state, adoption: 'reconciled_probable' });
    expect(await runsOf(definition)).toMatchObject([{ nativeId: found.nativeId }]);
  });
});

describe('a stop', () => {
  it('of a run that has ended meanwhile is not sent, and tells its end', async () => {
    const { id, nativeId } = await started({ definition: 'UsrWaiting' });
    await fetch(`${instance.url}/_sandbox/runs/${nativeId ?? ''}/finish`, {
      method: 'POST',
      body: JSON.stringify({ outcome: 'completed' }),
    });

    const answer = await post(`/processes/${id}/terminate`, {});

    expect(answer.status).toBe(410);
    expect(await shown(id)).toMatchObject({ state: 'completed', conclusion: 'succeeded' });
    expect(await requestsOf('CancelExecution')).toBe(0);
  });

  it('that deletes is refused before it is accepted', async () => {
    const { id } = await started({ definition: 'UsrWaiting' });

    const answer = await post(`/processes/${id}/kill`, { confirm: id });

    expect([answer.status, await answer.json()]).toMatchObject([422, { code: 'capability-not-supported' }]);
    expect(await shown(id)).toMatchObject({ state: 'running' });
    expect(await requestsOf('CancelExecution')).toBe(0);
  });

  it('cancels the run, as the log tells afterwards', async () => {
    const { id, nativeId } = await started({ definition: 'UsrWaiting' });

    const answer = await post(`/processes/${id}/terminate`, { reason: 'not needed' });

    expect(answer.status).toBe(200);
    expect(await once(id, 'terminated', ({ state }) => state === 'terminated')).toMatchObject({
      evidence: 'platform_reported',
    });
    expect(await runsOf('UsrWaiting')).toContainEqual({ nativeId, definition: 'UsrWaiting', state: 'terminated' });
  });
});
