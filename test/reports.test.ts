import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startGateway, type TestGateway } from './gateway.js';
import { openApiAnswers, type OpenApiAnswers } from './openapi-answers.js';
import { until } from './until.js';

interface Process {
  readonly id: string;
  readonly state: string;
  readonly conclusion: string | null;
  readonly evidence: string | null;
  readonly nativeId: string | null;
  readonly adoption: string;
  readonly revision: number;
  readonly result: unknown;
  readonly failure: { readonly code: string; readonly message: string } | null;
}
interface Issued {
  readonly token: string;
  readonly url: string;
}

let gateway: TestGateway;
let contract: OpenApiAnswers;
let portalUrl: string;
let issued: Issued;
const lines: string[] = [];
const subject = { type: 'crm.deal', id: '1' };

beforeAll(async () => {
  const env = { SANDBOX: 'on', STATUS_POLL_SECONDS: '1', RECONCILE_DELAYS: '3600', LOG_LEVEL: 'trace' };
  gateway = await startGateway(env, (line) => lines.push(line));
  contract = await openApiAnswers(gateway.url);
  const shown = await fetch(`${gateway.url}/v1/connections/sandbox-bitrix24`);
  portalUrl = ((await shown.json()) as { baseUrl: string }).baseUrl;
  for (const key of ['plain', 'other']) await register(key);
  issued = await issue('plain');
});
afterAll(async () => gateway?.close());

/** A connection by a plain webhook that sends no run ids, so that only a report can be exact. */
async function register(key: string): Promise<void> {
  const auth = { type: 'webhook', userId: 1, secret: 'sandboxwebhook01' };
  const limits = { requestsPerSecond: null, burst: null };
  const body = { key, platform: 'bitrix24', name: key, baseUrl: portalUrl, auth, limits, runIds: 'off' };
  const answer = await post('/v1/connections', body);
  if (answer.status !== 201) throw new Error(await answer.text());
}

async function issue(connection: string): Promise<Issued> {
  const answer = await post(`/v1/connections/${connection}/correlation-kit/report-token`, undefined);
  const route = 'POST /v1/connections/{key}/correlation-kit/report-token';
  return (await contract.body(route, answer)) as Issued;
}

function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const url = path.startsWith('/') ? `${gateway.url}${path}` : path;
  if (body === undefined) return fetch(url, { method: 'POST', headers });
  const content = { 'content-type': 'application/json', ...headers };
  return fetch(url, { method: 'POST', headers: content, body: JSON.stringify(body) });
}

/** Reports as a program does, and gives the receipt. */
async function report(body: object, connection = 'plain', { token } = issued): Promise<string> {
  const answer = await post(`/v1/inbound/report/${connection}`, body, { 'x-report-token': token });
  const told = (await contract.body('POST /v1/inbound/report/{connection}', answer)) as { receipt: string };
  return told.receipt;
}

async function started(definition: string, more: object = {}): Promise<Process> {
  const order = { connection: 'plain', definition, subject, onIndeterminate: 'continue', ...more };
  const answer = await post('/v1/processes', order, { prefer: 'wait=10' });
  return (await contract.body('POST /v1/processes', answer)) as Process;
}

async function shown(id: string): Promise<Process> {
  return (await (await fetch(`${gateway.url}/v1/processes/${id}`)).json()) as Process;
}

function once(id: string, what: string, holds: (process: Process) => boolean): Promise<Process> {
  const look = async (): Promise<Process | null> => {
    const process = await shown(id);
    return holds(process) ? process : null;
  };
  return until(look, `process ${id} to be ${what}`, 15_000);
}

async function history(id: string): Promise<{ type: string; data: Record<string, unknown> }[]> {
  const answer = await fetch(`${gateway.url}/v1/processes/${id}/history`);
  return ((await contract.body('GET /v1/processes/{id}/history', answer)) as { items: [] }).items;
}

function control(path: string, body: object): Promise<Response> {
  return post(`${portalUrl}/_sandbox/${path}`, body);
}

/** The run that the portal executed for a process, by the id that the gateway gave to it. */
async function runOf(processId: string): Promise<{ nativeId: string }> {
  const runs = (await (await fetch(`${portalUrl}/_sandbox/runs`)).json()) as {
    nativeId: string;
    variables: { gatewayProcessId?: string };
  }[];
  const run = runs.find(({ variables }) => variables.gatewayProcessId === processId);
  if (!run) throw new Error(`The portal has not run ${processId}`);
  return run;
}

describe('a run whose template reports by the step of the portal that calls an address', () => {
  beforeAll(async () => {
    const address = (outcome: string): string => issued.url.replace('outcome=completed', `outcome=${outcome}`);
    for (const definition of ['21', '22']) {
      const steps = { started: address('started'), completed: issued.url, failed: address('failed') };
      await control('report-steps', { definition, ...steps });
    }
  });

  it('is found exactly although the answer to its start was lost, and ends by its own word', async () => {
    const lost = await started('22');
    const running = await once(lost.id, 'found', ({ state }) => state === 'running');

    const run = await runOf(lost.id);
    expect(running).toMatchObject({
      nativeId: run.nativeId,
      adoption: 'reconciled_exact',
      evidence: 'report_back',
    });

    await control(`runs/${run.nativeId}/finish`, { outcome: 'completed' });
    const over = await once(lost.id, 'over', ({ state }) => state === 'completed');
    expect(over).toMatchObject({ conclusion: 'succeeded', evidence: 'report_back' });
  });

  it('gives its caller the final answer of a start whose own answer was lost', async () => {
    const headers = { 'idempotency-key': 'lost-and-reported', prefer: 'wait=10' };
    const order = { connection: 'plain', definition: '22', subject, onIndeterminate: 'continue' };
    const first = (await (await post('/v1/processes', order, headers)).json()) as Process;
    await once(first.id, 'found', ({ state }) => state === 'running');

    const again = await post('/v1/processes', order, headers);

    expect(again.status).toBe(201);
    expect(await again.json()).toMatchObject({ id: first.id, adoption: 'reconciled_exact' });
  });

  it('says that it has failed', async () => {
    const { id } = await started('21');
    await control(`runs/${(await runOf(id)).nativeId}/finish`, { outcome: 'failed' });

    const over = await once(id, 'over', ({ state }) => state !== 'running');

    expect(over).toMatchObject({ state: 'failed', evidence: 'report_back', failure: { code: 'reported-failure' } });
  });

  it('was told by the portal itself, and the gateway took it', async () => {
    const posted = (await (await fetch(`${portalUrl}/_sandbox/report-steps`)).json()) as { status: number | null }[];

    expect(posted.length).toBeGreaterThanOrEqual(4);
    expect(posted.every(({ status }) => status === 200)).toBe(true);
  });
});

describe('a report', () => {
  it('tells what came of a run, in the history too with how it came', async () => {
    const { id } = await started('3', { subject: { type: 'crm.lead', id: '1' } });

    expect(await report({ processId: id, outcome: 'completed', message: 'Signed', result: { Sum: 12 } })).toBe(
      'applied',
    );

    expect(await shown(id)).toMatchObject({ state: 'completed', evidence: 'report_back', result: { Sum: 12 } });
    const [last] = (await history(id)).slice(-1);
    expect(last).toMatchObject({ type: 'process.completed', data: { by: 'report', via: 'token', message: 'Signed' } });
  });

  it('of a failure keeps its words', async () => {
    const { id } = await started('3', { subject: { type: 'crm.lead', id: '2' } });

    await report({ processId: id, outcome: 'failed', message: 'No stock' });

    expect(await shown(id)).toMatchObject({ state: 'failed', conclusion: 'failed', failure: { message: 'No stock' } });
  });

  it('counts once', async () => {
    const { id } = await started('3', { subject: { type: 'crm.lead', id: '3' } });
    const same = { processId: id, outcome: 'completed', reportId: 'r-1' };

    expect([await report(same), await report(same), await report({ ...same, message: 'other words' })]).toEqual([
      'applied',
      'repeated',
      'repeated',
    ]);
    expect((await history(id)).filter(({ type }) => type === 'process.completed')).toHaveLength(1);
  });

  it('of another outcome counts although its sender uses one id for all', async () => {
    const { id } = await started('3', { subject: { type: 'crm.lead', id: '4' } });
    await report({ processId: id, outcome: 'started', reportId: 'fixed' });

    expect(await report({ processId: id, outcome: 'completed', reportId: 'fixed' })).toBe('applied');
    expect((await shown(id)).state).toBe('completed');
  });

  it('revises an end of which nobody knew more than that the run was gone', async () => {
    const { id, nativeId } = await started('2', { subject: { type: 'crm.lead', id: '5' } });
    const ended = await once(id, 'ended', ({ state }) => state === 'ended');
    expect(ended.evidence).toBe('inferred_absence');

    expect(await report({ nativeId, outcome: 'completed' })).toBe('applied');

    expect(await shown(id)).toMatchObject({ state: 'completed', conclusion: 'succeeded', evidence: 'report_back' });
    expect((await history(id)).at(-1)?.type).toBe('process.outcome-revised');
  });

  it('does not undo what another one said with the same right', async () => {
    const { id } = await started('3', { subject: { type: 'crm.lead', id: '6' } });
    await report({ processId: id, outcome: 'completed' });

    await report({ processId: id, outcome: 'failed' });
    await report({ processId: id, outcome: 'started' });

    expect((await shown(id)).state).toBe('completed');
  });

  it('that the run has completed proves that a lost start ran, though nobody knows its id', async () => {
    const { id, state } = await started('6', { subject: { type: 'crm.lead', id: '7' } });
    expect(state).toBe('indeterminate');

    await report({ processId: id, outcome: 'completed' });

    expect(await shown(id)).toMatchObject({ state: 'completed', nativeId: null, adoption: 'reconciled_exact' });
  });

  it('of another run than the one that is known is a second run, and its end is not the end', async () => {
    const { id } = await started('3', { subject: { type: 'crm.lead', id: '8' } });

    await report({ processId: id, nativeId: 'another-run', outcome: 'completed' });

    expect((await shown(id)).state).toBe('running');
    const incidents = await fetch(`${gateway.url}/v1/incidents?kind=second-run`);
    const { items } = (await incidents.json()) as { items: { processId: string; candidates: object[] }[] };
    expect(items.find(({ processId }) => processId === id)?.candidates).toMatchObject([{ nativeId: 'another-run' }]);
  });

  it('of a run that nobody knows yet is kept, and counts when it is known', async () => {
    await control('delay', { operation: 'start', ms: 5000 });
    const order = { connection: 'plain', definition: '20', subject, variables: { Title: 'Too early' } };
    const accepted = (await (await post('/v1/processes', order, { prefer: 'respond-async' })).json()) as Process;
    const run = await until(() => runOf(accepted.id).catch(() => null), 'the run');

    expect(await report({ nativeId: run.nativeId, outcome: 'completed', result: { Early: true } })).toBe('kept');
    await control('delay', { operation: 'start', ms: 0 });

    const over = await once(accepted.id, 'over', ({ state }) => state === 'completed');
    expect(over).toMatchObject({
      adoption: 'direct',
      nativeId: run.nativeId,
      result: { Early: true },
      evidence: 'report_back',
    });
  });

  it('that comes before the answer to the start stands, also where that answer is lost then', async () => {
    await control('delay', { operation: 'start', ms: 1000 });
    await control('answers', { operation: 'start', do: 'lose', next: 1 });
    const order = { connection: 'plain', definition: '20', subject, variables: { Title: 'Early' } };
    const accepted = (await (await post('/v1/processes', order, { prefer: 'respond-async' })).json()) as Process;
    const run = await until(() => runOf(accepted.id).catch(() => null), 'the run');
    await control('delay', { operation: 'start', ms: 0 });

    await report({ processId: accepted.id, nativeId: run.nativeId, outcome: 'failed', message: 'At once' });

    const attempted = await until(
      async () => (await history(accepted.id)).find(({ type }) => type === 'attempt.unknown'),
      'the verdict',
    );
    expect(attempted.data).toMatchObject({ nativeId: run.nativeId });
    expect(await shown(accepted.id)).toMatchObject({ state: 'failed', failure: { message: 'At once' } });
  });
});

describe('a report in an address', () => {
  it('needs no body', async () => {
    const { id } = await started('3', { subject: { type: 'crm.lead', id: '11' } });
    const query = new URLSearchParams({
      token: issued.token,
      processId: id,
      outcome: 'completed',
      result: '{"Sum":3}',
    });

    const answer = await post(`/v1/inbound/report/plain?${query.toString()}`, undefined);

    expect(answer.status).toBe(200);
    expect(await shown(id)).toMatchObject({ state: 'completed', result: { Sum: 3 } });
  });

  it('says nothing where the step of the portal filled nothing in', async () => {
    const { id } = await started('3', { subject: { type: 'crm.lead', id: '12' } });

    const answer = await post(issued.url, { processId: id, outcome: 'failed' });

    expect(answer.status).toBe(200);
    expect((await shown(id)).state).toBe('failed');
  });

  it('is refused with the places that are wrong', async () => {
    const answers = await Promise.all([
      post(`/v1/inbound/report/plain?token=${issued.token}&outcome=done`, undefined),
      post(`/v1/inbound/report/plain?token=${issued.token}&outcome=failed&colour=red`, undefined),
      post(`/v1/inbound/report/plain?token=${issued.token}&outcome=failed`, undefined),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([400, 400, 422]);
    expect(await answers[2]?.json()).toMatchObject({ code: 'validation-failed', errors: [{ pointer: '/processId' }] });
  });
});

describe('the report token', () => {
  it.each(['plain', 'other', 'nobody'])('of no connection opens nothing: %s', async (connection) => {
    const answer = await post(`/v1/inbound/report/${connection}`, {}, { authorization: 'Bearer bpmgw_report_wrong' });

    await contract.body('POST /v1/inbound/report/{connection}', answer);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
  });

  it('is asked for', async () => {
    expect((await post('/v1/inbound/report/plain', { outcome: 'started' })).status).toBe(401);
  });

  it('is of one connection, and reports of its processes alone', async () => {
    const foreign = await issue('other');
    const { id, nativeId } = await started('3', { subject: { type: 'crm.lead', id: '13' } });

    expect((await post('/v1/inbound/report/plain', {}, { 'x-report-token': foreign.token })).status).toBe(401);
    expect(await report({ processId: id, outcome: 'completed' }, 'other', foreign)).toBe('kept');
    expect(await report({ nativeId, outcome: 'completed' }, 'other', foreign)).toBe('kept');
    expect((await shown(id)).state).toBe('running');
  });

  it('ends with the next one', async () => {
    const before = await issue('other');
    const after = await issue('other');

    const statuses = await Promise.all(
      [before, after].map(async ({ token }) => {
        const body = { nativeId: 'unknown', outcome: 'started' };
        return (await post('/v1/inbound/report/other', body, { authorization: `Bearer ${token}` })).status;
      }),
    );
    expect(statuses).toEqual([401, 200]);
  });

  it('is not what is counted', async () => {
    const text = await (await fetch(`${gateway.url}/metrics`)).text();

    expect(text).toMatch(/bpmgw_reports_total\{outcome="completed",receipt="applied"\} \d/);
    expect(text).not.toContain(issued.token);
  });

  it('stands in no log line', () => {
    expect(lines.some((line) => line.includes('report.received'))).toBe(true);
    expect(lines.filter((line) => line.includes(issued.token))).toEqual([]);
  });
});

describe('a body on the report route', () => {
  it('may have 64 KiB', async () => {
    const body = { nativeId: 'x', outcome: 'failed', message: 'm'.repeat(70_000) };

    const answer = await post('/v1/inbound/report/plain', body, { 'x-report-token': issued.token });

    await contract.body('POST /v1/inbound/report/{connection}', answer);
    expect(answer.status).toBe(413);
  });

  it('may be a form there, and nowhere else', async () => {
    const form = { method: 'POST', body: new URLSearchParams({ nativeId: 'nobodys', outcome: 'started' }) };
    const there = { ...form, headers: { 'x-report-token': issued.token } };

    expect((await fetch(`${gateway.url}/v1/inbound/report/plain`, there)).status).toBe(200);
    expect((await fetch(`${gateway.url}/v1/processes`, form)).status).toBe(415);
    expect((await fetch(`${gateway.url}/v1/nothing`, form)).status).toBe(404);
  });

  it('of another type is refused with those that it may have', async () => {
    const headers = { 'x-report-token': issued.token, 'content-type': 'application/xml' };

    const answer = await fetch(`${gateway.url}/v1/inbound/report/plain`, { method: 'POST', headers, body: '<a/>' });

    expect(answer.status).toBe(415);
    expect(await answer.text()).toContain('send application/json or application/x-www-form-urlencoded.');
  });
});

describe('a report on a start that nothing was sent of', () => {
  it('is kept aside, and the start goes its way', async () => {
    expect((await post('/v1/connections/plain/pause', undefined)).status).toBe(200);
    const subject3 = { type: 'crm.lead', id: '31' };
    const order = { connection: 'plain', definition: '3', subject: subject3, onIndeterminate: 'continue' };
    const { id } = (await (await post('/v1/processes', order, { prefer: 'respond-async' })).json()) as Process;
    const fresh = await issue('plain');

    expect(await report({ processId: id, outcome: 'completed' }, 'plain', fresh)).toBe('kept');
    expect(await shown(id)).toMatchObject({ state: 'queued', conclusion: null });
    expect(lines.some((line) => line.includes('report.contradicts') && line.includes(id))).toBe(true);

    await post('/v1/connections/plain/resume', undefined);
    await until(async () => (await shown(id)).state === 'running', 'the start to be sent');
    expect(await report({ processId: id, outcome: 'failed' }, 'plain', fresh)).toBe('applied');
    expect(await shown(id)).toMatchObject({ state: 'failed', evidence: 'report_back' });
  });
});

describe('a word on a process that is given ten times at once', () => {
  it('is given once, and answered ten times', async () => {
    const { id } = await started('3', { subject: { type: 'crm.lead', id: '32' } });
    const headers = { 'idempotency-key': `closed-${id}` };
    const close = (): Promise<Response> =>
      post(`/v1/processes/${id}/close`, { as: 'completed', reason: 'Looked at' }, headers);

    const answers = await Promise.all(Array.from({ length: 10 }, close));

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(answers.filter((answer) => answer.headers.get('idempotent-replayed') === 'true')).toHaveLength(9);
  });
});
