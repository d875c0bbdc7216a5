import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { startCreatioSandbox, type CreatioSandbox } from '../src/platforms/creatio/creatio.sandbox.js';
import { startGateway, type TestGateway } from './gateway.js';
import { until } from './until.js';

const Process = z.object({
  id: z.string(),
  state: z.string(),
  nativeId: z.string().nullable(),
  evidence: z.string().nullable(),
  adoption: z.string(),
  attempts: z.number(),
  failure: z.object({ code: z.string(), message: z.string() }).nullable(),
});
type Process = z.infer<typeof Process>;
const Run = z.object({ nativeId: z.string(), definition: z.string(), variables: z.record(z.string(), z.string()) });
const Issued = z.object({ token: z.string(), url: z.string() });
const Steps = z.array(z.object({ definition: z.string(), outcome: z.string(), status: z.number().nullable() }));

let gateway: TestGateway;
let instance: CreatioSandbox;
let issued: z.infer<typeof Issued>;

beforeAll(async () => {
  instance = await startCreatioSandbox({ host: '127.0.0.1', port: 0, folder: null });
  // Nobody looks: what is known of a run is what it reports.
  const blind = { STATUS_POLL_SECONDS: '86400', RECONCILE_DELAYS: '3600' };
  gateway = await startGateway({ ...blind, EGRESS_HTTP: 'on', EGRESS_ALLOW: '127.0.0.0/8' });
  const auth = { type: 'forms', username: 'Supervisor', password: 'Supervisor-password' };
  const made = await post('/v1/connections', { key: 'shop', platform: 'creatio', baseUrl: instance.url, auth });
  if (made.status !== 201) throw new Error(await made.text());
  issued = Issued.parse(await (await post('/v1/connections/shop/correlation-kit/report-token')).json());
  for (const definition of ['UsrLostAnswer', 'UsrWaiting', 'UsrBackground', 'UsrFailing']) await putSteps(definition);
});
afterAll(async () => {
  await gateway?.close();
  await instance?.close();
});

function post(path: string, body?: object): Promise<Response> {
  const headers = { prefer: 'wait=10', ...(body ? { 'content-type': 'application/json' } : {}) };
  const options = body ? { body: JSON.stringify(body) } : {};
  return fetch(`${gateway.url}${path}`, { method: 'POST', headers, ...options });
}

/** As README's recipe says: the address without its query, the token in a header. */
async function putSteps(definition: string, token = issued.token): Promise<void> {
  const address = issued.url.split('?')[0];
  const order = { method: 'POST', body: JSON.stringify({ definition, address, token }) };
  expect((await fetch(`${instance.url}/_sandbox/report-steps`, order)).status).toBe(200);
}

async function started(definition: string): Promise<Process> {
  const body = { connection: 'shop', definition, variables: { Document: 'Contract 17' } };
  return Process.parse(await (await post('/v1/processes', body)).json());
}

function once(id: string, what: string): Promise<Process> {
  return until(async () => {
    const shown = Process.parse(await (await fetch(`${gateway.url}/v1/processes/${id}`)).json());
    return shown.state === what && shown;
  }, `process ${id} to be ${what}`);
}

async function runOf(processId: string): Promise<z.infer<typeof Run>> {
  const runs = z.array(Run).parse(await (await fetch(`${instance.url}/_sandbox/runs`)).json());
  const [run, ...more] = runs.filter(({ variables }) => variables['gatewayProcessId'] === processId);
  if (!run || more.length > 0) throw new Error(`The instance has run ${processId} ${1 + more.length} times, or never`);
  return run;
}

async function stepsOf(definition: string): Promise<z.infer<typeof Steps>> {
  const all = Steps.parse(await (await fetch(`${instance.url}/_sandbox/report-steps`)).json());
  return all.filter((one) => one.definition === definition);
}

async function finished({ nativeId }: z.infer<typeof Run>, outcome: string): Promise<void> {
  const body = JSON.stringify({ outcome });
  await fetch(`${instance.url}/_sandbox/runs/${nativeId}/finish`, { method: 'POST', body });
}

describe('a process with "Call web service" as its first and last element', () => {
  it('tells its good end', async () => {
    const { id } = await started('UsrWaiting');
    await finished(await runOf(id), 'completed');

    expect(await once(id, 'completed')).toMatchObject({ evidence: 'report_back', adoption: 'direct' });
  });

  it('tells its bad end, with the reason', async () => {
    const { id } = await started('UsrWaiting');
    await finished(await runOf(id), 'failed');

    expect(await once(id, 'failed')).toMatchObject({
      evidence: 'report_back',
      failure: { code: 'reported-failure', message: 'The branch for errors was taken' },
    });
  });

  it('is known for sure although the answer to its start was lost, and was sent once', async () => {
    const { id } = await started('UsrLostAnswer');

    expect(await once(id, 'completed')).toMatchObject({
      evidence: 'report_back',
      adoption: 'reconciled_exact',
      attempts: 1,
    });
    await runOf(id);
  });

  it('is known for sure although a start in the background gives no id', async () => {
    const { id } = await started('UsrBackground');

    expect(await once(id, 'completed')).toMatchObject({ nativeId: null, evidence: 'report_back' });
    await runOf(id);
  });

  it('agrees with the answer of a run that ended within its request', async () => {
    const { id } = await started('UsrFailing');

    const { nativeId } = await runOf(id);
    // The report comes while its request is still to be answered.
    await until(async () => (await once(id, 'failed')).nativeId === nativeId, 'the answer to be agreed with');
    await until(async () => (await stepsOf('UsrFailing')).length === 2, 'both elements to be answered');
    expect(await stepsOf('UsrFailing')).toContainEqual({ definition: 'UsrFailing', outcome: 'failed', status: 200 });
    expect(await once(id, 'failed')).toMatchObject({ attempts: 1 });
  });

  it('tells nothing with a token that is not its connection\u2019s', async () => {
    await putSteps('UsrWaiting', `${issued.token}x`);
    const { id } = await started('UsrWaiting');
    const before = (await stepsOf('UsrWaiting')).length;

    await finished(await runOf(id), 'completed');
    const last = await until(async () => (await stepsOf('UsrWaiting'))[before], 'the element to be answered');

    expect(last).toMatchObject({ status: 401 });
    expect(Process.parse(await (await fetch(`${gateway.url}/v1/processes/${id}`)).json()).state).toBe('running');
  });
});
