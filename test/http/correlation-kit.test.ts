import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startGateway, type TestGateway } from '../gateway.js';
import { openApiAnswers, type OpenApiAnswers } from '../openapi-answers.js';
import { until } from '../until.js';

let gateway: TestGateway;
let contract: OpenApiAnswers;

beforeAll(async () => {
  gateway = await startGateway({ SANDBOX: 'on' });
  contract = await openApiAnswers(gateway.url);
});
afterAll(async () => gateway?.close());

async function kit(method: 'GET' | 'PUT' | 'DELETE', connection = 'sandbox-bitrix24-app'): Promise<unknown> {
  const answer = await fetch(`${gateway.url}/v1/connections/${connection}/correlation-kit`, { method });
  return contract.body(`${method} /v1/connections/{key}/correlation-kit`, answer);
}

interface Registered {
  readonly activities: { code: string; handler: string; waits: boolean }[];
  readonly bindings: { event: string; handler: string }[];
}

async function portalUrl(): Promise<string> {
  const connection = await fetch(`${gateway.url}/v1/connections/sandbox-bitrix24-app`);
  return ((await connection.json()) as { baseUrl: string }).baseUrl;
}

function post(url: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** What the portal has registered, by its own word. */
async function registered(): Promise<Registered> {
  const truth = await fetch(`${await portalUrl()}/_sandbox/callbacks`);
  return (await truth.json()) as Registered;
}

const installed = {
  parts: [
    { name: 'activity', installed: true, native: 'gateway_report' },
    { name: 'robot', installed: true, native: 'gateway_report_robot' },
    { name: 'events', installed: true, native: 'ONAPPINSTALL, ONAPPUPDATE, ONAPPUNINSTALL' },
    {
      name: 'signing_events',
      installed: true,
      native: 'ONSIGNB2EDOCUMENTSTATUSCHANGED, ONSIGNB2EMEMBERSTATUSCHANGED',
    },
  ],
};
const missing = {
  parts: [
    { name: 'activity', installed: false, native: null },
    { name: 'robot', installed: false, native: null },
    { name: 'events', installed: false, native: null },
    { name: 'signing_events', installed: false, native: null },
  ],
};

describe('the correlation kit at a portal', () => {
  it('is installed by an application, as often as one likes, and taken back', async () => {
    expect(await kit('GET')).toEqual(missing);
    expect(await kit('PUT')).toEqual(installed);
    expect(await kit('PUT')).toEqual(installed);
    expect(await kit('GET')).toEqual(installed);

    const handler = `${gateway.url}/v1/inbound/bitrix24/sandbox-bitrix24-app`;
    const { activities, bindings } = await registered();
    expect(activities).toMatchObject([
      { code: 'gateway_report', handler, waits: false },
      { code: 'gateway_report_robot', handler, waits: false },
    ]);
    expect(bindings).toHaveLength(5);
    expect(bindings.every((binding) => binding.handler === handler)).toBe(true);

    await kit('DELETE');
    await kit('DELETE');
    expect(await kit('GET')).toEqual(missing);
    expect(await registered()).toMatchObject({ activities: [], bindings: [] });
  });

  it.each(['sandbox-bitrix24', 'sandbox-creatio'])('cannot be installed with %s, which says what can', async (key) => {
    for (const method of ['GET', 'PUT', 'DELETE'] as const) {
      expect(await kit(method, key)).toMatchObject({
        status: 422,
        code: 'capability-not-supported',
        detail: expect.stringContaining('report-token'),
      });
    }
  });

  it('is of a connection', async () => {
    expect(await kit('GET', 'nobodys')).toMatchObject({ status: 404 });
  });
});

describe('a run that reaches a step of the kit', () => {
  it('has told how it stands', async () => {
    const connection = 'sandbox-bitrix24-app';
    await kit('PUT');
    const order = { connection, definition: '3', subject: { type: 'crm.lead', id: '1' } };
    const started = await post(`${gateway.url}/v1/processes`, order);
    const { id, nativeId } = (await started.json()) as { id: string; nativeId: string };
    const handler = `${gateway.url}/v1/inbound/bitrix24/${connection}`;
    const properties = { outcome: 'failed', processId: id, message: 'No stock', result: '{"Sum":1}' };

    await post(`${await portalUrl()}/_sandbox/elements`, {
      runId: nativeId,
      handler,
      code: 'gateway_report',
      waits: false,
      properties,
    });

    const failed = await until(async () => {
      const process = (await (await fetch(`${gateway.url}/v1/processes/${id}`)).json()) as { state: string };
      return process.state === 'failed' ? process : null;
    }, 'the report of the run');
    expect(failed).toMatchObject({ evidence: 'report_back', result: { Sum: 1 }, failure: { message: 'No stock' } });
  });
});

describe('a report token', () => {
  it('comes with the address for a step, placeholders and all, where the platform fills them in', async () => {
    const path = 'correlation-kit/report-token';
    const answers = await Promise.all(
      ['sandbox-bitrix24', 'sandbox-creatio'].map((key) =>
        fetch(`${gateway.url}/v1/connections/${key}/${path}`, { method: 'POST' }),
      ),
    );
    const [workflow, other] = (await Promise.all(answers.map((answer) => answer.json()))) as Record<string, string>[];

    expect(workflow?.['token']).toMatch(/^bpmgw_report_[\w-]{43}$/);
    expect(workflow?.['url']).toBe(
      `${gateway.url}/v1/inbound/report/sandbox-bitrix24?token=${workflow?.['token'] ?? ''}` +
        '&processId={=Template:gatewayProcessId}&nativeId={=Workflow:ID}&outcome=completed',
    );
    expect(other?.['url']).toBe(
      `${gateway.url}/v1/inbound/report/sandbox-creatio?token=${other?.['token'] ?? ''}&outcome=completed`,
    );
  });
});
