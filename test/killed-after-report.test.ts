import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { runGateway, type RunningGateway } from './running-gateway.js';
import { until } from './until.js';

interface Process {
  readonly id: string;
  readonly state: string;
  readonly nativeId: string | null;
}

/** Two starts of a whole gateway with its own database. */
jest.setTimeout(240_000);

describe('a gateway that is killed right after it took a report', () => {
  let dataDir: string;
  let gateway: RunningGateway;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'reported-'));
    await chmod(dataDir, 0o711);
    gateway = await runGateway({ DATA_DIR: dataDir });
  });

  afterEach(async () => {
    await gateway?.end('SIGTERM');
    await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  });

  async function post(path: string, body?: object): Promise<unknown> {
    const content = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const answer = await fetch(`${gateway.url}${path}`, { method: 'POST', ...content });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  }

  it('knows what the run has told, though it was said once', async () => {
    const order = { connection: 'sandbox-bitrix24', definition: '3', subject: { type: 'crm.lead', id: '1' } };
    const { id } = (await post('/v1/processes', order)) as Process;
    const issued = await post('/v1/connections/sandbox-bitrix24/correlation-kit/report-token');
    const { token } = issued as { token: string };

    await post(`/v1/inbound/report/sandbox-bitrix24?token=${token}&processId=${id}&outcome=completed`);
    await gateway.end('SIGKILL');
    gateway = await runGateway({ DATA_DIR: dataDir });

    const completed = await until(async () => {
      const process = (await (await fetch(`${gateway.url}/v1/processes/${id}`)).json()) as Process;
      return process.state === 'completed' ? process : null;
    }, 'the end that was reported');
    expect(completed).toMatchObject({ conclusion: 'succeeded', evidence: 'report_back' });
    expect(gateway.said()).not.toContain(token);
  });
});
