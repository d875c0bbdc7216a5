import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { bitrix24Sandbox } from '../src/platforms/bitrix24/sandbox/bitrix24.sandbox.js';
import type { Sandbox } from '../src/platforms/sandbox.js';
import { startGateway, type TestGateway } from './gateway.js';
import { pass, startCuttingProxy, type CuttingProxy } from './proofs/cutting-proxy.js';
import { until } from './until.js';

const secret = 'sandboxwebhook01';
const limits = { requestsPerSecond: 1000, burst: 1000, maxInFlight: 20, startTimeoutSeconds: 5 };

interface Process {
  readonly id: string;
  readonly state: string;
  readonly nativeId: string | null;
  readonly waitingFor: { readonly reason: string; readonly processId?: string } | null;
}

let gateway: TestGateway;
/** The portal, and its old address: the same server behind another port. */
let sandbox: Sandbox;
let old: CuttingProxy;
const lines: string[] = [];
let registered = 0;

beforeAll(async () => {
  const env = {
    EGRESS_HTTP: 'on',
    EGRESS_ALLOW: '127.0.0.1/32',
    LOG_LEVEL: 'trace',
    LEASE_SECONDS: '2',
    RECONCILE_DELAYS: '3600',
    STATUS_POLL_SECONDS: '86400',
  };
  gateway = await startGateway(env, (line) => lines.push(line));
});
afterAll(() => gateway?.close());
beforeEach(async () => {
  sandbox = await bitrix24Sandbox.start({ host: '127.0.0.1', port: 0, folder: null });
  old = await startCuttingProxy(sandbox, () => pass);
});
afterEach(async () => {
  await old.close();
  await sandbox.close();
});

async function post(path: string, body: object = {}, prefer = 'wait=20'): Promise<Response> {
  const headers = { 'content-type': 'application/json', prefer };
  return fetch(`${gateway.url}/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function got(path: string): Promise<Record<string, unknown>> {
  return Object(await (await fetch(`${gateway.url}/v1${path}`)).json());
}

async function control(path: string, body: object): Promise<void> {
  const answer = await fetch(`${sandbox.url}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
}

/** Registers a connection at the portal's old address. @param which  0: by webhook, 1: by application */
async function register(which: 0 | 1 = 0, more: object = {}): Promise<string> {
  registered += 1;
  const key = `portal-${registered}`;
  const fields = { ...sandbox.connections[which]?.fields, ...more };
  const answer = await post('/connections', { key, platform: 'bitrix24', baseUrl: old.url, limits, ...fields });
  expect(answer.status).toBe(201);
  return key;
}

async function started(connection: string, note: string, prefer = 'wait=20'): Promise<Process> {
  const start = { connection, definition: '3', subject: { type: 'crm.lead', id: '1' }, variables: { Note: note } };
  return Object(await (await post('/processes', start, prefer)).json());
}

async function allRun(processes: readonly Process[]): Promise<void> {
  const states = async (): Promise<readonly unknown[]> =>
    Promise.all(processes.map(async ({ id }) => (await got(`/processes/${id}`))['state']));
  await until(async () => (await states()).every((state) => state === 'running'), 'every start to run', 40_000);
}

async function runs(): Promise<readonly string[]> {
  const all: { readonly variables: { readonly Note: string } }[] = Object(
    await (await fetch(`${sandbox.url}/_sandbox/runs`)).json(),
  );
  return all.map(({ variables }) => variables.Note).toSorted();
}

async function attempts(id: string): Promise<readonly string[]> {
  const { items } = Object(await got(`/processes/${id}/history`));
  return items.filter(({ kind }: { kind: string }) => kind === 'attempt').map(({ type }: { type: string }) => type);
}

/** A run that somebody started at the portal by hand. @returns its native id */
async function byHand(): Promise<string> {
  const answer = await fetch(`${sandbox.url}/rest/1/${secret}/bizproc.workflow.start`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ TEMPLATE_ID: '3', DOCUMENT_ID: ['crm', 'CCrmDocumentLead', 'LEAD_1'], PARAMETERS: {} }),
  });
  return String(Object(await answer.json()).result);
}

async function adopted(connection: string, nativeId: string | null): Promise<readonly [number, unknown]> {
  const answer = await post('/processes/adopt', { connection, nativeId });
  return [answer.status, Object(await answer.json()).processId];
}

describe('a portal that has moved', () => {
  it.each([
    ['a webhook', 0],
    ['an application', 1],
  ] as const)('is followed by a connection with %s: the start runs there once, as a new attempt', async (_, which) => {
    const key = await register(which);
    await started(key, 'before');
    await control('moved', { to: sandbox.url });

    const process = await started(key, 'after');

    expect(process.state).toBe('running');
    expect(await runs()).toEqual(['after', 'before']);
    expect(await attempts(process.id)).toEqual(['attempt.refused_before_execution', 'attempt.accepted']);
    expect(await got(`/connections/${key}`)).toMatchObject({
      baseUrl: sandbox.url,
      state: 'active',
      moved: { from: old.url },
    });
    expect(await runs()).toHaveLength(2);
    expect((await got(`/audit?connection=${key}&action=connection.move`))['items']).toMatchObject([
      { client: 'gateway', target: `connections/${key}`, result: 'done' },
    ]);
  });

  it('is followed by many starts at once, none lost and none twice', async () => {
    const key = await register();
    await started(key, '00');
    await control('moved', { to: sandbox.url });
    const notes = Array.from({ length: 20 }, (_, number) => String(number + 1).padStart(2, '0'));

    const processes = await Promise.all(notes.map((note) => started(key, note)));

    await allRun(processes);
    expect(await runs()).toEqual(['00', ...notes]);
  }, 60_000);

  it('is followed by starts that ride together', async () => {
    await control('moved', { to: sandbox.url });
    const narrow = { ...limits, requestsPerSecond: 3, burst: 4, batch: 'auto' };
    const key = await register(0, { limits: narrow });
    const notes = Array.from({ length: 30 }, (_, number) => String(number).padStart(2, '0'));

    const processes = await Promise.all(notes.map((note) => started(key, note, 'respond-async')));

    await allRun(processes);
    expect(await runs()).toEqual(notes);
    const seen = await (await fetch(`${sandbox.url}/_sandbox/requests`)).json();
    expect(seen).toContainEqual(expect.objectContaining({ method: 'bizproc.workflow.start', inBatch: true }));
  }, 60_000);

  it('is followed by a read and by a test of the connection', async () => {
    const [reading, testing] = [await register(), await register()];
    await control('moved', { to: sandbox.url });

    const { items } = await got(`/connections/${reading}/definitions`);
    expect(items).toContainEqual(expect.objectContaining({ definition: '3' }));
    expect(Object(await (await post(`/connections/${testing}/test`)).json()).ok).toBe(true);

    for (const key of [reading, testing]) expect((await got(`/connections/${key}`))['baseUrl']).toBe(sandbox.url);
  });

  it('keeps its runs: what was started before is stopped there', async () => {
    const key = await register();
    const before = await started(key, 'before');
    await control('moved', { to: sandbox.url });
    await started(key, 'after');

    const stopped = Object(await (await post(`/processes/${before.id}/terminate`)).json());
    expect(stopped.state).toBe('terminated');
  });

  it('keeps its lanes: a start that was lost before holds the next one after', async () => {
    await control('run-ids', { keeps: false });
    const [key, early] = [await register(), await register(0, { baseUrl: sandbox.url })];
    await got(`/connections/${early}/definitions`);
    await control('answers', { operation: 'start', do: 'lose-before', next: 1 });
    const lost = await started(key, 'lost');
    expect(lost.state).toBe('indeterminate');
    await control('moved', { to: sandbox.url });
    await got(`/connections/${key}/definitions`);
    await post(`/connections/${key}/test`);
    expect((await got(`/connections/${key}`))['baseUrl']).toBe(sandbox.url);
    const other = await register(0, { baseUrl: sandbox.url });

    for (const connection of [key, other, early]) {
      const next = Object(
        await (
          await fetch(`${gateway.url}/v1/processes`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', prefer: 'respond-async' },
            body: JSON.stringify({ connection, definition: '3', subject: { type: 'crm.lead', id: '1' } }),
          })
        ).json(),
      );
      expect(next).toMatchObject({ state: 'queued', waitingFor: { reason: 'lane', processId: lost.id } });
    }
  });

  it("has one name for all its connections: a run that one of them adopted is no other one's", async () => {
    const [key, other] = [await register(), await register(0, { baseUrl: sandbox.url })];
    await got(`/connections/${other}/definitions`);
    await control('moved', { to: sandbox.url });
    await post(`/connections/${key}/test`);
    const [first, second] = [await byHand(), await byHand()];

    expect(await adopted(key, first)).toEqual([201, undefined]);
    expect(await adopted(other, first)).toEqual([409, expect.any(String)]);
    expect(await adopted(other, second)).toEqual([201, undefined]);
    expect(await adopted(key, second)).toEqual([409, expect.any(String)]);
  });

  it('is not followed to an address that has processes: a person is told, and no run gets a second process', async () => {
    const [key, other] = [await register(), await register(0, { baseUrl: sandbox.url })];
    const before = await started(key, 'before');
    await started(other, 'there');
    await control('moved', { to: sandbox.url });

    await post(`/connections/${key}/test`);

    expect(await got(`/connections/${key}`)).toMatchObject({
      baseUrl: old.url,
      state: 'degraded',
      stateReason: expect.stringContaining('Start through a connection with that address'),
    });
    expect(await adopted(other, before.nativeId)).toEqual([409, before.id]);
  });

  it.each([
    ['to a private address', { to: 'http://10.1.2.3/' }],
    ['to another method', { path: `/rest/1/${secret}/bizproc.workflow.kill.json` }],
  ])('is not followed %s: nothing is lost, and a person is told', async (_, moved) => {
    const key = await register();
    await started(key, 'before');
    await control('moved', { to: sandbox.url, ...moved });

    const process = await fetch(`${gateway.url}/v1/processes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', prefer: 'respond-async' },
      body: JSON.stringify({ connection: key, definition: '3', subject: { type: 'crm.lead', id: '1' } }),
    });
    expect(process.status).toBe(202);

    const seen = await until(async () => {
      const connection = await got(`/connections/${key}`);
      return connection['state'] === 'degraded' ? connection : null;
    }, 'the portal to be found closed');
    expect(seen).toMatchObject({ baseUrl: old.url, moved: null });
    expect(seen['stateReason']).toContain('Look at the portal');
    expect((await got(`/incidents?connection=${key}`))['items']).toMatchObject([
      { kind: 'portal-closed', state: 'open' },
    ]);
    expect(await runs()).toEqual(['before']);
  });

  it('can be put back by a person, to where it was and nowhere else', async () => {
    const key = await register();
    await control('moved', { to: sandbox.url });
    await post(`/connections/${key}/test`);
    const patch = async (baseUrl: string): Promise<number> => {
      const etag = (await fetch(`${gateway.url}/v1/connections/${key}`)).headers.get('etag') ?? '';
      const headers = { 'content-type': 'application/json', 'if-match': etag };
      const body = JSON.stringify({ baseUrl });
      const answer = await fetch(`${gateway.url}/v1/connections/${key}`, { method: 'PATCH', headers, body });
      return answer.status;
    };

    expect(await patch('http://127.0.0.1:1')).toBe(422);
    expect(await patch(old.url)).toBe(200);
  });

  it('leaves no secret of a webhook in the log', () => {
    expect(lines.join('')).toContain('connection.moved');
    expect(lines.join('')).not.toContain(secret);
  });
});
