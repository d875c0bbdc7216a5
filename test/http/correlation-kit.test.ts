import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startGateway, type TestGateway } from '../gateway.js';
import { openApiAnswers, type OpenApiAnswers } from '../openapi-answers.js';

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

/** What the portal has registered, by its own word. */
async function registered(): Promise<{ code: string; handler: string; waits: boolean }[]> {
  const connection = await fetch(`${gateway.url}/v1/connections/sandbox-bitrix24-app`);
  const { baseUrl } = (await connection.json()) as { baseUrl: string };
  const truth = await fetch(`${baseUrl}/_sandbox/callbacks`);
  return ((await truth.json()) as { activities: { code: string; handler: string; waits: boolean }[] }).activities;
}

const installed = {
  parts: [
    { name: 'activity', installed: true, native: 'gateway_report' },
    { name: 'robot', installed: true, native: 'gateway_report_robot' },
  ],
};
const missing = {
  parts: [
    { name: 'activity', installed: false, native: null },
    { name: 'robot', installed: false, native: null },
  ],
};

describe('the correlation kit at a portal', () => {
  it('is installed by an application, as often as one likes, and taken back', async () => {
    expect(await kit('GET')).toEqual(missing);
    expect(await kit('PUT')).toEqual(installed);
    expect(await kit('PUT')).toEqual(installed);
    expect(await kit('GET')).toEqual(installed);

    const handler = `${gateway.url}/v1/inbound/bitrix24/sandbox-bitrix24-app`;
    expect(await registered()).toMatchObject([
      { code: 'gateway_report', handler, waits: false },
      { code: 'gateway_report_robot', handler, waits: false },
    ]);

    await kit('DELETE');
    await kit('DELETE');
    expect(await kit('GET')).toEqual(missing);
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
