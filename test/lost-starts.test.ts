import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startGateway, type TestGateway } from './gateway.js';
import { openApiAnswers, type OpenApiAnswers } from './openapi-answers.js';
import { until } from './until.js';

interface Process {
  readonly id: string;
  readonly state: string;
  readonly nativeId: string | null;
  readonly adoption: string;
  readonly hasIncident: boolean;
  readonly attempts: number;
  readonly waitingFor: { readonly reason: string; readonly processId?: string } | null;
}

let gateway: TestGateway;
let contract: OpenApiAnswers;
const portals = new Map<string, string>();

beforeAll(async () => {
  gateway = await startGateway({
    SANDBOX: 'on',
    STATUS_POLL_SECONDS: '1',
    RECONCILE_DELAYS: '1,2,3',
    LEASE_SECONDS: '2',
  });
  contract = await openApiAnswers(gateway.url);
  for (const key of ['sandbox-bitrix24', 'sandbox-creatio']) {
    const answer = await fetch(`${gateway.url}/v1/connections/${key}`);
    const connection = (await contract.body('GET /v1/connections/{key}', answer)) as { baseUrl: string };
    portals.set(key, connection.baseUrl);
  }
});
afterAll(async () => gateway?.close());

async function post(path: string, body: unknown, prefer: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', prefer };
  return fetch(`${gateway.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function started(body: object, prefer = 'wait=10'): Promise<Process> {
  return (await contract.body('POST /v1/processes', await post('/v1/processes', body, prefer))) as Process;
}

async function shown(id: string): Promise<Process> {
  const answer = await fetch(`${gateway.url}/v1/processes/${id}`);
  return (await contract.body('GET /v1/processes/{id}', answer)) as Process;
}

/** The process once it stands as described. */
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

async function executed(connection: string, definition: string): Promise<{ nativeId: string }[]> {
  const runs = (await (await fetch(`${portals.get(connection) ?? ''}/_sandbox/runs`)).json()) as {
    definition: string;
    nativeId: string;
  }[];
  return runs.filter((run) => run.definition === definition);
}

const onLead = (definition: string, lead: string, more: object = {}): object => ({
  connection: 'sandbox-bitrix24',
  definition,
  subject: { type: 'crm.lead', id: lead },
  variables: { Note: 'lost' },
  ...more,
});

describe('a start whose answer was lost', () => {
  it('is found exactly by the run id that the gateway chose', async () => {
    const lost = await started(onLead('6', '1'));
    expect(lost).toMatchObject({ state: 'indeterminate', nativeId: null });

    const found = await once(lost.id, 'running', ({ state }) => state === 'running');

    const [run, ...others] = await executed('sandbox-bitrix24', '6');
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      nativeId: run?.nativeId,
      adoption: 'reconciled_exact',
      attempts: 1,
      hasIncident: false,
    });
  });

  it('is found among the runs of its schema where it alone fits', async () => {
    const lost = await started({ connection: 'sandbox-creatio', definition: 'UsrLostAnswer' });
    expect(lost).toMatchObject({ state: 'indeterminate', nativeId: null });

    const found = await once(lost.id, 'found', ({ nativeId }) => nativeId !== null);

    const runs = await executed('sandbox-creatio', 'UsrLostAnswer');
    expect(runs).toHaveLength(1);
    expect(found).toMatchObject({ nativeId: runs[0]?.nativeId, adoption: 'reconciled_probable', hasIncident: false });
  });

  it('is left to a person where nothing is found at the last look, and nothing was sent again', async () => {
    const lost = await started(onLead('7', '2'));

    const asked = await once(lost.id, 'left to a person', ({ hasIncident }) => hasIncident);

    expect(asked).toMatchObject({ state: 'indeterminate', attempts: 1 });
    expect(await executed('sandbox-bitrix24', '7')).toEqual([]);
  });
});

describe('a lane with a lost start', () => {
  it('keeps the next start of the lane waiting until a person is asked, and no other start', async () => {
    const lost = await started(onLead('7', '3'));
    const next = await started(onLead('7', '3'), 'respond-async');
    const elsewhere = await started(onLead('3', '3'));

    expect(lost.state).toBe('indeterminate');
    expect(next).toMatchObject({ state: 'queued', waitingFor: { reason: 'lane', processId: lost.id } });
    expect(elsewhere.state).toBe('running');
    await once(lost.id, 'left to a person', ({ hasIncident }) => hasIncident);
    await once(next.id, 'sent', ({ state }) => state === 'indeterminate');
  });

  it('lets the next one go where the lost one says so', async () => {
    const lost = await started(onLead('7', '4', { onIndeterminate: 'continue' }));
    const next = await started(onLead('7', '4'));

    expect([lost.state, next.state]).toEqual(['indeterminate', 'indeterminate']);
  });
});
